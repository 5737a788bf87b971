/** Time that passes only when nothing else is to be done: forty minutes of waiting take milliseconds. */
import type { Clock } from '../../src/host/clock.ts';

interface Sleeper {
  readonly dueMs: number;
  readonly wake: () => void;
}

/** Quiet turns of the event loop after which nothing is on its way: a promise chain takes one, a callback of ours another. */
const QUIET_TURNS = 2;

function isFileBusy(): boolean {
  return process
    .getActiveResourcesInfo()
    .some((resource) => resource.startsWith('FSReq') || resource === 'FileHandleCloseReq');
}

/** One for all parts of a simulation. Wall and monotonic time are the same. */
export class VirtualClock implements Clock {
  private readonly sleepers: Sleeper[] = [];
  private nowMs: number;
  private readonly beganMs: number;
  private isTurning = false;
  private quiet = 0;

  constructor(beganMs = Date.parse('2026-03-01T12:00:00Z')) {
    this.beganMs = beganMs;
    this.nowMs = beganMs;
  }

  now(): Date {
    return new Date(this.nowMs);
  }

  monotonicMs(): number {
    return this.nowMs - this.beganMs;
  }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason as Error);
        return;
      }
      const sleeper = {
        dueMs: this.nowMs + Math.max(0, ms),
        wake: () => {
          signal.removeEventListener('abort', abort);
          resolve();
        },
      };
      const abort = (): void => {
        this.sleepers.splice(this.sleepers.indexOf(sleeper), 1);
        reject(signal.reason as Error);
      };
      signal.addEventListener('abort', abort, { once: true });
      this.sleepers.push(sleeper);
      this.quiet = 0;
      this.turn();
    });
  }

  private turn(): void {
    if (this.isTurning) return;
    this.isTurning = true;
    setImmediate(() => {
      this.isTurning = false;
      this.quiet = isFileBusy() ? 0 : this.quiet + 1;
      if (this.quiet > QUIET_TURNS) this.advance();
      if (this.sleepers.length > 0) this.turn();
    });
  }

  /** To the next who is due, the first of those that came first. */
  private advance(): void {
    this.quiet = 0;
    let next = this.sleepers[0];
    for (const sleeper of this.sleepers) if (next !== undefined && sleeper.dueMs < next.dueMs) next = sleeper;
    if (next === undefined) return;
    this.sleepers.splice(this.sleepers.indexOf(next), 1);
    this.nowMs = Math.max(this.nowMs, next.dueMs);
    next.wake();
  }
}
