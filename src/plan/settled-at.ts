/** When what was created before must have shown up (reliability.md, "settle window"). */
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

/**
 * Until when a 404 proves nothing about an object that nobody has seen since its create was answered: what was accepted may become
 * visible late, too. A clock that was set back cannot make the window longer.
 */
export function visibleAt(unseenSince: Date | null, settleMs: number, now: Date): Date {
  return new Date(unseenSince === null ? 0 : Math.min(unseenSince.getTime(), now.getTime()) + settleMs);
}
