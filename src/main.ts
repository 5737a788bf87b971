/** The wiring of real parts: command line to command, errors to texts and exit codes. */

import type { Io } from './commands/command.ts';
import { runCommandLine } from './commands/command-line.ts';
import { BuilderError } from './errors.ts';
import { systemClock } from './host/clock.ts';
import { takeEnvironment } from './host/environment.ts';
import { onFatalError } from './host/fatal-errors.ts';
import { openOutput } from './host/output.ts';
import { systemRandom } from './host/random.ts';
import { listenForStop } from './host/signals.ts';
import { errorJson, renderError } from './progress/error-text.ts';
import type { Rehearsal } from './rehearsal/start.ts';

/** Verbs that change something, if only for a while, so that stopping them is worth a word. */
const WORKING: ReadonlySet<string> = new Set(['create', 'destroy', 'resolve', 'recover', 'verify']);

/** Runs one command line; resolves with the exit code and never throws. */
export async function main(argv: readonly string[]): Promise<number> {
  const stdout = openOutput(process.stdout);
  const stderr = openOutput(process.stderr);
  const debug = argv.includes('--debug');
  onFatalError((error) => stderr(renderError(error, { debug })));
  const isWorking = WORKING.has(argv[0] ?? '');
  const stop = listenForStop((name) => {
    if (isWorking)
      stderr(`\n${name}: stopping; no new work is begun, jobs on the servers run on. Once more ends at once.\n`);
  });
  const rehearsals: Rehearsal[] = [];
  const io: Io = {
    stdout,
    stderr,
    isTty: {
      stdin: process.stdin.isTTY ?? false,
      stdout: process.stdout.isTTY ?? false,
      stderr: process.stderr.isTTY ?? false,
    },
    get columns() {
      return process.stderr.columns ?? 80;
    },
    get rows() {
      return process.stderr.rows ?? 24;
    },
    environment: takeEnvironment(),
    cwd: process.cwd(),
    signal: stop.signal,
    clock: systemClock,
    random: systemRandom,
    async rehearse(wishes) {
      // Loaded by those who ask for it only.
      const { startRehearsal } = await import('./rehearsal/start.ts');
      const rehearsal = await startRehearsal(wishes);
      rehearsals.push(rehearsal);
      return rehearsal;
    },
  };
  try {
    const code = await runCommandLine(argv, io);
    return stop.exitCode() ?? code;
  } catch (error) {
    // Who only looks on has nothing to be told when they stop looking.
    const code = stop.exitCode();
    if (code !== null && !isWorking) return code;
    // Everything thrown on purpose is a BuilderError with its exit code; the rest is a bug and says so (exit 1).
    if (argv.includes('json') && argv.some((word) => word === '-f' || word === '--format'))
      stdout(`${JSON.stringify(errorJson(error))}\n`);
    stderr(renderError(error, { debug }));
    return code ?? exitCodeOf(error);
  } finally {
    await Promise.all(rehearsals.map((rehearsal) => rehearsal.stop()));
  }
}

function exitCodeOf(error: unknown): number {
  return error instanceof BuilderError ? error.exitCode : 1;
}
