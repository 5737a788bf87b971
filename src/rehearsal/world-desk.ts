/** Where skins meet the model: the newest world as handlers see it, modelled waiting, and the record of what was decided. */
import type { Clock } from '../host/clock.ts';
import type { Random } from '../host/random.ts';
import type { View, WorldSettings } from './api/route.ts';
import { chooseFaults, type Fault } from './fault-plan.ts';
import type { FaultScript } from './faults.ts';
import type { Deed, Ledger } from './ledger.ts';
import { type Change, put } from './world.ts';

export interface WorldParts {
  readonly ledger: Ledger;
  readonly clock: Clock;
  /** Aborts when the cloud is no longer served. */
  readonly stop: AbortSignal;
  readonly random: Pick<Random, 'uuid'>;
  readonly settings: WorldSettings;
  readonly faults: FaultScript;
  /** Where the API is served. */
  readonly url: string;
}

/** What a handler decided, and what is to be recorded of it. */
interface Decided<Result> {
  readonly result: Result;
  readonly changes: readonly Change[];
}

/** Whole seconds, as most of the services write them. */
function apiTime(time: Date): string {
  return time.toISOString().replace(/\.\d+Z$/, 'Z');
}

export class WorldDesk {
  private readonly parts: WorldParts;
  /** Seals tokens; other processes serve other addresses, so nobody shares it. */
  private readonly secret: string;

  constructor(parts: WorldParts) {
    this.parts = parts;
    this.secret = parts.random.uuid();
  }

  /** The world now, with what other processes did to it. */
  view(): View {
    const { ledger, random, settings, url, clock } = this.parts;
    ledger.refresh();
    return {
      world: ledger.world,
      nowMs: ledger.nowMs(),
      utc: (modelMs) => apiTime(this.wallAt(modelMs)),
      wallAt: (modelMs) => this.wallAt(modelMs),
      uuid: () => random.uuid(),
      settings,
      url,
      tokens: { secret: this.secret, wallMs: clock.now().getTime() },
    };
  }

  /** One of the fault script's occurrences; what it counts is recorded with the rest. */
  chooseFault(
    operation: string,
    subject: string,
  ): { readonly fault: Fault | null; readonly changes: readonly Change[] } {
    const { ledger, faults, settings } = this.parts;
    const { fault, counts } = chooseFaults(faults, settings.seed, operation, subject, ledger.world['fault-count']);
    return { fault, changes: counts.map(({ key, row }) => put('fault-count', key, row)) };
  }

  /** Decides on the newest world and records what comes of it, in one step that no other process can come between. */
  decide<Result>(deed: Deed, decide: (view: View) => Decided<Result>): Result {
    const decided = this.parts.ledger.record(
      () => decide(this.view()),
      ({ changes }) => (changes.length === 0 ? null : { deed, changes }),
    );
    return decided.result;
  }

  /** Waits for modelled milliseconds, not longer than `limitMs` of ours; returns how many of ours. Rejects when serving ends. */
  async sleep(modelMs: number, limitMs = Number.POSITIVE_INFINITY): Promise<number> {
    const { clock, ledger, stop } = this.parts;
    const waitMs = Math.ceil(Math.max(1, Math.min(limitMs, modelMs / ledger.speed)));
    await clock.sleep(waitMs, stop);
    return waitMs;
  }

  private wallAt(modelMs: number): Date {
    const { ledger, clock } = this.parts;
    // Before the first effect there is no modelled time.
    return ledger.timeline.hasBegun ? new Date(ledger.timeline.wallAt(modelMs)) : clock.now();
  }
}
