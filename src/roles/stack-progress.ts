/** How far a stack.sh is, from the milestones in its summary and the time since the last one. */
import { COMPLETED, MILESTONES, milestoneOf, type StageTimes } from './milestones.ts';

/** A line of the summary, without its stamp. */
export interface SummaryLine {
  readonly text: string;
  /** UTC, by the node's clock: no node is stacked whose clock differs from ours by more than half a minute. */
  readonly atMs: number;
}

/** What a run is measured by. */
export interface ExpectedTimes {
  readonly times: StageTimes;
  /** Times of runs like this one, rather than those of another machine. */
  readonly isLearned: boolean;
}

export interface StackProgress {
  /** From 0 on, 1 only when stack.sh has completed. */
  readonly fraction: number;
  /** The one that is furthest on, in DevStack's words. */
  readonly milestone: string;
  /** Milliseconds; null while too little is known. */
  readonly remainingMs: number | null;
}

/** What DevStack's filter of its log puts before every line that has none; UTC. */
const STAMPED = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d\.\d{3}) \| (.*)$/;
/** Short of the end, whatever the sums say. */
const ALMOST = 0.999;
/** So much of a whole run at its expected pace what was learned weighs against the pace that this run has shown so far. */
const TRUST_SHARE = 0.25;
/** Where nothing was learned, this share of a run tells the pace of its machine; until then it is taken for the measured one. */
const TELLING_SHARE = 0.15;

/** Lines that say something; one without a readable stamp came when it was read. */
export function parseSummary(text: string, readAtMs: number): readonly SummaryLine[] {
  return text.split('\n').flatMap((line) => {
    const [, day = '', time = '', words = line] = STAMPED.exec(line) ?? [];
    const atMs = Date.parse(`${day}T${time}Z`);
    const said = words.trim();
    return said === '' ? [] : [{ text: said, atMs: Number.isNaN(atMs) ? readAtMs : atMs }];
  });
}

interface Sighting {
  readonly place: number;
  readonly atMs: number;
}

/** The milestone that was told first, and the one that is furthest on, where it was told first; null before any. */
function outermost(lines: readonly SummaryLine[]): { readonly first: Sighting; readonly last: Sighting } | null {
  const sightings = lines.flatMap(({ text, atMs }): readonly Sighting[] => {
    const place = milestoneOf(text);
    return place === null ? [] : [{ place, atMs }];
  });
  const [first] = sightings;
  if (first === undefined) return null;
  return { first, last: sightings.reduce((last, each) => (each.place > last.place ? each : last), first) };
}

/**
 * Pure; null before the first milestone. Between milestones it moves on as this run's pace lets expect, up to where the next one
 * begins. More lines or a later time never give a smaller fraction; lines that are no milestones, or come late because DevStack does
 * things at the same time, change nothing.
 */
export function measureProgress(
  lines: readonly SummaryLine[],
  { times, isLearned }: ExpectedTimes,
  nowMs: number,
): StackProgress | null {
  const seen = outermost(lines);
  if (seen === null) return null;
  const { first, last } = seen;
  const milestone = MILESTONES[last.place]?.words ?? '';
  if (last.place === COMPLETED) return { fraction: 1, milestone, remainingMs: 0 };

  /** Expected from the start until each milestone, and until the end. */
  const until = [0];
  for (const { words } of MILESTONES) until.push((until.at(-1) ?? 0) + (times[words] ?? 0));
  const at = (place: number): number => until[place] ?? 0;
  const whole = at(COMPLETED);
  if (whole <= 0) return { fraction: 0, milestone, remainingMs: null };

  const expectedMs = at(last.place) - at(first.place);
  const isTelling = expectedMs >= whole * TELLING_SHARE;
  const trust = isLearned ? whole * TRUST_SHARE : isTelling ? 0 : whole;
  const stageMs = at(last.place + 1) - at(last.place);
  const tookMs = Math.max(0, last.atMs - first.atMs);
  const sinceMs = Math.max(0, nowMs - last.atMs);
  const pace = (tookMs + trust) / (expectedMs + trust);
  const dueMs = stageMs * pace;
  const part = dueMs > 0 ? Math.min(1, sinceMs / dueMs) : 0;
  const fraction = Math.min(ALMOST, (at(last.place) + stageMs * part) / whole);

  // A stage that takes too long lets fear that the others do.
  const slower = Math.max(pace, (tookMs + sinceMs + trust) / (expectedMs + stageMs + trust));
  const later = (whole - at(last.place + 1)) * slower;
  return {
    fraction,
    milestone,
    remainingMs: isLearned || isTelling ? Math.round(later + Math.max(0, stageMs * slower - sinceMs)) : null,
  };
}
