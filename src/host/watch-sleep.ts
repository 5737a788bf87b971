/** Noticing that this machine slept, or that the process was stopped: wall time went on, and nothing of us did. */
import type { Clock } from './clock.ts';

const LOOK_MS = 10_000;
/** A busy machine, a short stop and a corrected clock are no sleep. */
const LEAST_MS = 60_000;

/** Calls `onWake` with the length of each sleep, until the signal aborts. */
export async function watchSleep(clock: Clock, signal: AbortSignal, onWake: (sleptMs: number) => void): Promise<void> {
  while (!signal.aborted) {
    const beforeMs = clock.now().getTime();
    try {
      await clock.sleep(LOOK_MS, signal);
    } catch (error) {
      // A sleep rejects only because its signal aborted.
      if (!signal.aborted) throw error;
      return;
    }
    const sleptMs = clock.now().getTime() - beforeMs - LOOK_MS;
    if (sleptMs >= LEAST_MS) onWake(sleptMs);
  }
}
