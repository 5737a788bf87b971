/** Jobs that stop in the middle until somebody lets them go on: their own time stands still meanwhile. */
import type { Hold } from '../world.ts';

/** How far a job is on its own time, so long after its start. */
export function ownMs(hold: Hold | null, passedMs: number): number {
  if (hold === null || passedMs <= hold.afterMs) return passedMs;
  return hold.waitedMs === null ? hold.afterMs : Math.max(hold.afterMs, passedMs - hold.waitedMs);
}

/** How long after its start a job comes to a point of its own time; infinite where it is held before that. */
export function elapsedMs(hold: Hold | null, own: number): number {
  if (hold === null || own <= hold.afterMs) return own;
  return hold.waitedMs === null ? Infinity : own + hold.waitedMs;
}
