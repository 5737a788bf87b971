/** What people are told of waiting for a service: once for each spell of it, and when it is over. */
import type { Clock } from '../../host/clock.ts';
import type { Opened } from './circuit.ts';

/** Shorter waits are over before they are read. */
const LEAST_SLOW_MS = 1_000;
const LEAST_AWAY_MS = 3_000;

interface Spell {
  readonly since: Date;
  readonly sinceMs: number;
  isTold: boolean;
}

function timeOf(moment: Date): string {
  return moment.toTimeString().slice(0, 5);
}

export class Waits {
  /** The service behind a URL, by its name. */
  readonly nameOf: (url: string) => string;
  private readonly clock: Clock;
  private readonly tell: (text: string) => void;
  private readonly slowUntilMs = new Map<string, number>();
  private readonly away = new Map<string, Spell>();

  constructor(clock: Clock, nameOf: (url: string) => string, tell: (text: string) => void) {
    this.clock = clock;
    this.nameOf = nameOf;
    this.tell = tell;
  }

  /** A request was not served, and is sent again after `waitMs`; `isAway`: nobody answered for the service. */
  begin(url: string, waitMs: number, isAway: boolean): void {
    if (isAway) this.missAnswer(url, waitMs);
    else this.slowDown(url, waitMs);
  }

  /** The service failed too often: nobody asks it for a while. */
  leaveInPeace(url: string, { waitMs, retries, calls }: Opened): void {
    const why = `${retries} of the last ${calls} requests to it had to be repeated within a minute`;
    this.tell(`waiting ${waitMs / 1000} s before ${this.nameOf(url)} is asked again: ${why}`);
  }

  /** The service answered. */
  answered(url: string): void {
    if (this.away.size === 0) return;
    const name = this.nameOf(url);
    const spell = this.away.get(name);
    this.away.delete(name);
    if (spell?.isTold !== true) return;
    this.tell(`${name} answers again, after ${Math.ceil((this.clock.monotonicMs() - spell.sinceMs) / 1000)} s`);
  }

  private slowDown(url: string, waitMs: number): void {
    const name = this.nameOf(url);
    const nowMs = this.clock.monotonicMs();
    if (waitMs < LEAST_SLOW_MS || nowMs < (this.slowUntilMs.get(name) ?? 0)) return;
    this.slowUntilMs.set(name, nowMs + waitMs);
    this.tell(`waiting ${Math.ceil(waitMs / 1000)} s: ${name} asks us to slow down`);
  }

  private missAnswer(url: string, waitMs: number): void {
    const name = this.nameOf(url);
    const nowMs = this.clock.monotonicMs();
    const spell = this.away.get(name) ?? { since: this.clock.now(), sinceMs: nowMs, isTold: false };
    this.away.set(name, spell);
    if (spell.isTold || nowMs - spell.sinceMs + waitMs < LEAST_AWAY_MS) return;
    spell.isTold = true;
    this.tell(`waiting: ${name} unreachable since ${timeOf(spell.since)}`);
  }
}
