/** Local programs that take over the terminal, like ssh. */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { BuilderError } from '../errors.ts';
import { errnoOf } from './errno.ts';

/** Ctrl-C reaches the program through its process group; the builder only waits for it to end. */
const LEFT_TO_PROGRAM = ['SIGINT', 'SIGQUIT'] as const;
const ignore = (): void => undefined;

/**
 * Runs a program on our own stdin, stdout and stderr, without a shell. Resolves with its exit code, 128 + number for a signal;
 * throws `missing-program` when it is not installed.
 */
export async function runInteractive(command: string, args: readonly string[]): Promise<number> {
  for (const signal of LEFT_TO_PROGRAM) process.on(signal, ignore);
  try {
    return await new Promise<number>((resolve, reject) => {
      const child = spawn(command, [...args], { stdio: 'inherit' });
      child.once('error', reject);
      child.once('close', (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
    });
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
    throw new BuilderError('missing-program', `${command} is not installed`, {
      fix: `install ${command}`,
      cause: error,
    });
  } finally {
    for (const signal of LEFT_TO_PROGRAM) process.off(signal, ignore);
  }
}
