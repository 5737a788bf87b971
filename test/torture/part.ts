/** What every part of a torture run takes and gives. */
import type { Findings } from '../simulation/oracle.ts';

export interface PartWishes {
  readonly seed: number;
  /** `Date.now()` after which nothing new is begun. */
  readonly deadlineMs: number;
  /** Which share of the work is this process's. */
  readonly slice: { readonly index: number; readonly count: number };
}

export interface PartResult {
  /** Added up over the slices, by name. */
  readonly figures: Readonly<Record<string, number>>;
  readonly findings: Findings & {
    /** Histories or cases that broke something, and how each is repeated. */
    readonly trials: readonly string[];
  };
  /** Why the part could not run here; null when it did. */
  readonly skipped: string | null;
}

export type Part = (wishes: PartWishes) => Promise<PartResult>;

/** A number in [0, 1) for each seed and step; the same everywhere (mulberry32). */
export function* fractions(seed: number): Generator<number, never> {
  let state = seed >>> 0;
  for (;;) {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    yield ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }
}

/** The cases of one slice, in an order by the seed: a run that is cut short has tried some of everything. */
export function casesOf<Case>(all: readonly Case[], { seed, slice }: PartWishes): readonly Case[] {
  const chance = fractions(seed);
  const cases = [...all];
  for (let last = cases.length - 1; last > 0; last -= 1) {
    const other = Math.floor(chance.next().value * (last + 1));
    [cases[last], cases[other]] = [cases[other] as Case, cases[last] as Case];
  }
  return cases.filter((_, index) => index % slice.count === slice.index);
}
