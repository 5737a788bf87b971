/** Time that passes only when nothing else is to be done: forty minutes of waiting take milliseconds. */
import type { Clock } from '../../src/host/clock.ts';

interface Sleeper {
  readonly dueMs: number;
  readonly wake: () => void;
}

/** Quiet turns of the event loop after which nothing is on its way: reading an answer's body takes eleven. */
const QUIET_TURNS = 30;

function isFileBusy(): boolean {
  return process.getActiveResourcesInfo().some((resource) => resource.startsWith('FSReq') || resource === 'CloseReq');
}

/** One for all parts of a simulation. Wall and monotonic time are the same. */
export class VirtualClock implements Clock {
  private readonly sleepers: Sleeper[] = [];
  private nowMs: number;
  private readonly beganMs: number;
  private isTurning = false;
  private quiet = 0;

  private readonly choose: (count: number) => number;

  /** `choose` says who of those that are due at the same time wakes first; in the order of their coming by itself. */
  constructor(beganMs = Date.parse('2026-03-01T12:00:00Z'), choose: (count: number) => number = () => 0) {
    this.nowMs = beganMs;
    this.beganMs = beganMs;
    this.choose = choose;
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

  /** To the next who is due. */
  private advance(): void {
    this.quiet = 0;
    const dueMs = Math.min(...this.sleepers.map((sleeper) => sleeper.dueMs));
    const due = this.sleepers.filter((sleeper) => sleeper.dueMs === dueMs);
    const next = due[this.choose(due.length)];
    if (next === undefined) return;
    this.sleepers.splice(this.sleepers.indexOf(next), 1);
    this.nowMs = Math.max(this.nowMs, next.dueMs);
    next.wake();
  }
}
