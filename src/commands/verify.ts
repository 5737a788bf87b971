/** `verify`: does the built cloud really work? A table for people, JSON for programs, JUnit for CI. */
import { resolve } from 'node:path';
import type { Argv } from 'yargs';
import { z } from 'zod';
import type { Command } from './command.ts';
import { parseOptions } from './parse-options.ts';
import { addRehearsalOptions } from './rehearsal-options.ts';
import { addFormatOption, addProgressOption, addSharedOptions, parseSharedOptions } from './shared-options.ts';
import { addSshProxyOption, parseSshProxy } from './ssh-proxy-option.ts';

/** `--only a,b --only c`: three names. */
const names = z
  .array(z.string())
  .default([])
  .transform((words) => words.flatMap((word) => word.split(',')).filter((name) => name !== ''));

const options = z.object({
  cluster: z.string().optional(),
  only: names,
  skip: names,
  with: names,
  junit: z.string().min(1).optional(),
});

function addVerifyOptions(y: Argv): Argv {
  return addFormatOption(addProgressOption(addRehearsalOptions(addSharedOptions(addSshProxyOption(y)))))
    .positional('cluster', { type: 'string', describe: 'name of the cluster' })
    .option('only', {
      type: 'string',
      array: true,
      nargs: 1,
      describe:
        'these checks, joined by commas: services, compute-services, hypervisors, placement, agents, chassis, tunnels, ' +
        'joined, messages, volumes, boot, metadata, ping, mtu, floating-ip, live-migrate, tempest-smoke',
    })
    .option('skip', { type: 'string', array: true, nargs: 1, describe: 'all but these' })
    .option('with', {
      type: 'string',
      array: true,
      nargs: 1,
      describe: 'these too; tempest-smoke takes half an hour, and runs only where it is named',
    })
    .option('junit', {
      type: 'string',
      requiresArg: true,
      describe: 'write the results to this file as JUnit XML too',
    });
}

export const verify: Command = {
  name: 'verify',
  usage: 'verify [cluster]',
  summary: 'does the built cloud work? services, hypervisors, agents, servers',
  options: addVerifyOptions,
  async run(args, io) {
    const shared = parseSharedOptions(args, io);
    const sshProxy = parseSshProxy(args, io);
    const { cluster, junit, ...checks } = parseOptions(options, args);
    const [
      { openWork },
      { verifyCluster },
      { verifyFailure },
      { resultCells, renderResults },
      { renderJunit },
      { renderData },
    ] = await Promise.all([
      import('./work.ts'),
      import('../cluster/verify.ts'),
      import('../cluster/check-cloud.ts'),
      import('../progress/verify-text.ts'),
      import('../progress/junit.ts'),
      import('../progress/table.ts'),
    ]);
    const [{ writeFileDurably }, { renderError }] = await Promise.all([
      import('../host/files.ts'),
      import('../progress/error-text.ts'),
    ]);
    const { parts, renderer } = await openWork(shared, io, process.argv.slice(2), sshProxy);
    try {
      const outcome = await verifyCluster({ clusterName: cluster, ...checks }, parts);
      renderer.close();
      const rows = outcome.results.map(resultCells);
      io.stdout(await renderData(shared.format, { data: outcome, rows, table: () => renderResults(outcome) }));
      if (junit !== undefined) await writeFileDurably(resolve(io.cwd, junit), renderJunit(outcome));
      const failure = verifyFailure(
        outcome,
        'the cluster is as it was; nothing was mended',
        'the table says of each what was seen, and what mends it; then verify again',
      );
      if (failure === null) return 0;
      io.stderr(renderError(failure, { debug: shared.debug }));
      return failure.exitCode;
    } finally {
      renderer.close();
    }
  },
};
