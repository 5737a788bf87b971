/** Signals: the first one asks the builder to stop, the second one ends it at once (reliability.md section 2.15). */
import { constants } from 'node:os';
import { BuilderError } from '../errors.ts';

const STOPPING = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export interface StopSignal {
  readonly signal: AbortSignal;
  /** 128 + number of the signal that came, null while none did. */
  exitCode(): number | null;
}

/** A second signal, or 30 s after the first, ends the process: that is just another crash point, and resumable. */
export function listenForStop(onFirst: (name: string) => void): StopSignal {
  const controller = new AbortController();
  let exitCode: number | null = null;
  for (const name of STOPPING) {
    process.on(name, () => {
      const code = 128 + constants.signals[name];
      if (exitCode !== null) process.exit(code);
      exitCode = code;
      onFirst(name);
      controller.abort(
        new BuilderError('canceled', `stopped by ${name}`, {
          state: 'jobs go on running on their servers; nothing is lost',
          fix: 'run the same command again to go on',
        }),
      );
      setTimeout(() => process.exit(code), 30_000).unref();
    });
  }
  return { signal: controller.signal, exitCode: () => exitCode };
}
