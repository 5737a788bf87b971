/** What becomes of guests that cannot leave a hypervisor which is removed, said after its removal was planned. */
import type { StepRecord } from '../engine/journal.ts';
import type { PlannedStep } from '../engine/step.ts';

/** The moves of guests that are still to come, told to delete what cannot move; by the step that each replaces. */
export function allowDeletion(steps: readonly StepRecord[]): ReadonlyMap<number, PlannedStep> {
  const strict = steps.filter(
    ({ planned, state }) => planned.kind === 'move-guests' && state !== 'done' && planned.input['isDeleting'] === false,
  );
  return new Map(strict.map(({ id, planned }) => [id, { ...planned, input: { ...planned.input, isDeleting: true } }]));
}
