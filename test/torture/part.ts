/** What every part of a torture run takes and gives. */
import { type Findings, noFindings } from '../simulation/oracle.ts';
import type { Trial } from '../simulation/scenarios.ts';
import { below, seededChance } from '../simulation/seeded-random.ts';

export interface PartWishes {
  readonly seed: number;
  /** `Date.now()` after which nothing new is begun. */
  readonly deadlineMs: number;
  /** Which share of the work is this process's. */
  readonly slice: { readonly index: number; readonly count: number };
}

export interface PartFindings extends Findings {
  /** Histories or cases that broke something, and how each is repeated. */
  readonly trials: string[];
}

export interface PartResult {
  /** Added up over the slices, by name. */
  readonly figures: Readonly<Record<string, number>>;
  readonly findings: PartFindings;
  /** Why the part could not run here; null when it did. */
  readonly skipped: string | null;
}

export type Part = (wishes: PartWishes) => Promise<PartResult>;

/** The cases of one slice, in an order by the seed: a run that is cut short has tried some of everything. */
export function casesOf<Case>(all: readonly Case[], { seed, slice }: PartWishes): readonly Case[] {
  const chance = seededChance(seed);
  const cases = [...all];
  for (let last = cases.length - 1; last > 0; last -= 1) {
    const other = below(last + 1, chance);
    [cases[last], cases[other]] = [cases[other] as Case, cases[last] as Case];
  }
  return cases.filter((_, index) => index % slice.count === slice.index);
}

export function nothingFound(): PartFindings {
  return { ...noFindings(), trials: [] };
}

/** Adds what a trial found, each finding with its history; whether that was anything. */
export function addTrial(all: PartFindings, { history, findings }: Trial): boolean {
  const found = Object.entries(findings) as [keyof Findings, readonly string[]][];
  for (const [kind, texts] of found) all[kind].push(...texts.map((text) => `${history}: ${text}`));
  const isBroken = found.some(([, texts]) => texts.length > 0);
  if (isBroken) all.trials.push(history);
  return isBroken;
}
