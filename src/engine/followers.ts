/** Who waits for whom in a plan, directly or by way of others. */
import type { StepRecord } from './journal.ts';

/** Steps that come after any of these, directly or not, themselves included. */
export function followersOf(steps: readonly StepRecord[], seeds: ReadonlySet<string>): ReadonlySet<string> {
  const reached = new Set(seeds);
  for (let size = -1; size !== reached.size; ) {
    size = reached.size;
    for (const { planned } of steps) if (planned.after.some((key) => reached.has(key))) reached.add(planned.key);
  }
  return reached;
}
