/** Time: wall clock, monotonic clock and waiting, behind one port so that tests can rule it. */
import { setTimeout as wait } from 'node:timers/promises';

export interface Clock {
  /** Wall time, for display and token life only. */
  now(): Date;
  /** Milliseconds that never jump, for durations and deadlines. */
  monotonicMs(): number;
  /** Resolves after `ms`; rejects with the signal's reason when it aborts first. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => new Date(),
  monotonicMs: () => performance.now(),
  async sleep(ms, signal) {
    signal.throwIfAborted();
    try {
      await wait(ms, undefined, { signal });
    } catch (error) {
      // timers/promises rejects with its own AbortError; callers want the reason they gave.
      signal.throwIfAborted();
      throw error;
    }
  },
};
