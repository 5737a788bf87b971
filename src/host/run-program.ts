/** Local programs run to their end without a shell, their output collected. */
import { execFile } from 'node:child_process';
import { BuilderError } from '../errors.ts';
import { errnoOf } from './errno.ts';

export interface ProgramResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Throws `missing-program` when it is not installed; any exit code is a result, 124 when it ran longer than `timeoutMs`. */
export function runProgram(
  program: string,
  args: readonly string[],
  options: {
    readonly timeoutMs: number;
    readonly environment: Readonly<Record<string, string>>;
    readonly signal: AbortSignal;
  },
): Promise<ProgramResult> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      program,
      [...args],
      {
        timeout: options.timeoutMs,
        signal: options.signal,
        maxBuffer: 16 * 1024 * 1024,
        // biome-ignore lint/style/noProcessEnv: children inherit PATH and HOME; secrets were removed at start
        env: { ...process.env, ...options.environment },
      },
      (error, stdout, stderr) => {
        if (errnoOf(error) === 'ENOENT') {
          reject(
            new BuilderError('missing-program', `${program} is not installed`, {
              fix: `install ${program}`,
              cause: error,
            }),
          );
        } else if (options.signal.aborted) {
          reject(options.signal.reason as Error);
        } else if (error === null) {
          resolve({ code: 0, stdout, stderr });
        } else {
          resolve({ code: error.killed === true ? 124 : Number(error.code ?? 1), stdout, stderr });
        }
      },
    );
    child.stdin?.end();
  });
}
