/** The command line of the stand-in's server: flags, the URL on stdout, and the end. */
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { type StandinOptions, serveStandinDevstack } from './serve.ts';

const usage = `Usage: scripts/standin-devstack [--seconds N] [--log-lines N] [--fail [NODE:]MILESTONE[*TIMES]]
                                [--listen ADDRESS] [--port N]
Serves a DevStack whose stack.sh takes seconds. Prints its URL, then its commit; ends with stdin, SIGINT or SIGTERM.`;

function readOptions(): StandinOptions | undefined {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    options: { seconds: text, 'log-lines': text, fail: text, listen: text, port: text, help: { type: 'boolean' } },
  });
  if (values.help === true) {
    return undefined;
  }
  return {
    ...(values.seconds === undefined ? {} : { seconds: Number(values.seconds) }),
    ...(values['log-lines'] === undefined ? {} : { logLines: Number(values['log-lines']) }),
    ...(values.fail === undefined ? {} : { fail: values.fail }),
    ...(values.listen === undefined ? {} : { listen: values.listen }),
    ...(values.port === undefined ? {} : { port: Number(values.port) }),
  };
}

async function main(): Promise<void> {
  const options = readOptions();
  if (options === undefined) {
    process.stdout.write(`${usage}\n`);
    return;
  }
  const served = await serveStandinDevstack(options);
  const ending = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM'), once(process.stdin.resume(), 'end')]);
  process.stdout.write(`${served.url}\ncommit ${served.commit}\n`);
  await ending;
  await served.close();
}

try {
  await main();
  process.exit(0);
} catch (error) {
  // Whatever it is, the caller sees a sentence, not a stack.
  process.stderr.write(`standin-devstack: ${error instanceof Error ? error.message : String(error)}\n${usage}\n`);
  process.exit(2);
}
