/** The stored plan against today's step kinds: a mismatch is a named refusal, never a guess. */
import { BuilderError } from '../errors.ts';
import type { StepRecord } from './journal.ts';
import { findCycle } from './schedule.ts';
import type { StepKind } from './step.ts';

/** Throws `plan-mismatch` for an unknown kind, another version or an input that does not parse; `TypeError` for a broken graph. */
export function checkPlan<Ports>(steps: readonly StepRecord[], kinds: ReadonlyMap<string, StepKind<Ports>>): void {
  const keys = new Set<string>();
  for (const { planned } of steps) {
    if (keys.has(planned.key)) throw new TypeError(`two steps are called ${planned.key}`);
    keys.add(planned.key);
  }
  for (const { planned, state } of steps) {
    const lost = planned.after.find((key) => !keys.has(key));
    if (lost !== undefined) throw new TypeError(`${planned.key} comes after ${lost}, which is not in the plan`);
    // A finished step of an older definition stays finished.
    if (state === 'done') continue;
    const kind = kinds.get(planned.kind);
    const parsed = kind?.input.safeParse(planned.input);
    if (kind === undefined || kind.version !== planned.version || parsed?.success !== true) {
      const why =
        kind === undefined
          ? 'is unknown'
          : kind.version === planned.version
            ? 'has another input'
            : `is version ${kind.version}`;
      throw new BuilderError(
        'plan-mismatch',
        `${planned.key} was planned as ${planned.kind} version ${planned.version}, which ${why} here`,
        {
          at: planned.key,
          state: 'nothing was touched',
          fix: 'go on with the builder that saved the plan, or destroy the cluster and create it anew',
        },
      );
    }
  }
  const cycle = findCycle(steps);
  if (cycle !== null) throw new TypeError(`steps wait for each other: ${cycle.join(' → ')}`);
}
