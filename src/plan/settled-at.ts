/** When no create that was sent before can show up any more (reliability.md, "settle window"). */
import type { StepRecord } from '../engine/journal.ts';
import { isOpenAttempt } from '../engine/states.ts';

interface Made {
  readonly cloudId: string | null;
  readonly state: string;
}

/**
 * The end of the window of the last create whose end is unknown; the beginning of time where every end is known. A resource without
 * an id belongs to an attempt that was superseded while it was open: nobody knows when it was sent, so its window begins now.
 */
export function settledAt(
  steps: readonly StepRecord[],
  resources: readonly Made[],
  makesResource: (kind: string) => boolean,
  settleMs: number,
  now: Date,
): Date {
  const open = steps
    .filter(({ planned }) => makesResource(planned.kind))
    .flatMap(({ attempts }) => attempts.filter(isOpenAttempt));
  const sentMs = open.map(({ intendedAt }) => intendedAt.getTime());
  const isLost = resources.some(({ cloudId, state }) => cloudId === null && state === 'surplus');
  const last = Math.max(0, ...sentMs, isLost ? now.getTime() : 0);
  return new Date(last === 0 ? 0 : last + settleMs);
}
