/** What runs of stack.sh took from milestone to milestone: read from a summary, and learned from several. */
import { COMPLETED, MILESTONES, milestoneOf, type StageTimes } from './milestones.ts';
import type { SummaryLine } from './stack-progress.ts';

/** No stage of a run that is followed takes longer. */
const DAY_MS = 24 * 60 * 60_000;

/** The times of a whole run, in the order in which it told its milestones; null for a part of one, or where a clock was set. */
export function timesOf(lines: readonly SummaryLine[]): StageTimes | null {
  const firstToldMs = new Map<number, number>();
  for (const { text, atMs } of lines) {
    const place = milestoneOf(text);
    if (place !== null && !firstToldMs.has(place)) firstToldMs.set(place, atMs);
  }
  const told = [...firstToldMs];
  if (told.at(0)?.[0] !== 0 || told.at(-1)?.[0] !== COMPLETED) return null;
  const stages = told.slice(0, -1).map(([place, atMs], index): [string, number] => {
    return [MILESTONES[place]?.words ?? '', (told[index + 1]?.[1] ?? atMs) - atMs];
  });
  return stages.every(([, ms]) => isTime(ms)) ? Object.fromEntries(stages) : null;
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= DAY_MS;
}

/** What is kept may be of another builder, or damaged: it is taken only where every time of a milestone is one. */
function readTimes(kept: unknown): readonly number[] | null {
  if (typeof kept !== 'object' || kept === null) return null;
  const found = new Map<string, unknown>(Object.entries(kept));
  const times = MILESTONES.slice(0, COMPLETED).map(({ words }) => found.get(words) ?? 0);
  return times.every(isTime) && times.some((ms) => ms > 0) ? times : null;
}

/** The middle one; of an even number the mean of the two in the middle; 0 of none. */
function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = Math.floor(sorted.length / 2);
  const high = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? high : (high + (sorted[middle - 1] ?? high)) / 2;
}

/**
 * The median of each stage over these runs, as `timesOf` gave them and as they came back from where they were kept; what cannot be
 * one of them is left out. A milestone that most did not come to takes no time. Null where nothing is left.
 */
export function learnTimes(runs: readonly unknown[]): StageTimes | null {
  const read = runs.map(readTimes).filter((times) => times !== null);
  const stages = MILESTONES.slice(0, COMPLETED).map(({ words }, place): [string, number] => [
    words,
    median(read.map((times) => times[place] ?? 0)),
  ]);
  return stages.some(([, ms]) => ms > 0) ? Object.fromEntries(stages.filter(([, ms]) => ms > 0)) : null;
}
