/** The states of steps and attempts, and every change between them that may happen. */
import { BuilderError } from '../errors.ts';
import type { AttemptState, StepState } from './journal.ts';

/** What is not listed is a bug of the builder, whoever asks for it. */
const STEP_CHANGES: Readonly<Record<StepState, readonly StepState[]>> = {
  pending: ['open', 'superseded'],
  open: ['done', 'failed', 'pending', 'superseded'],
  failed: ['pending', 'superseded'],
  done: ['superseded'],
  superseded: [],
};

const ATTEMPT_CHANGES: Readonly<Record<AttemptState, readonly AttemptState[]>> = {
  intent: ['uncertain', 'ok', 'failed', 'moot'],
  // Uncertain again: a later look could prove nothing either, for another reason.
  uncertain: ['uncertain', 'ok', 'failed', 'moot'],
  ok: [],
  failed: [],
  moot: [],
};

/** Throws `internal` for a change of a step's state that may not happen. */
export function checkStepChange(subject: string, from: StepState, to: StepState): void {
  if (!STEP_CHANGES[from].includes(to))
    throw new BuilderError('internal', `step ${subject} cannot become ${to}: it is ${from}`);
}

/** Throws `internal` for a change of an attempt's state that may not happen. */
export function checkAttemptChange(subject: string, from: AttemptState, to: AttemptState): void {
  if (!ATTEMPT_CHANGES[from].includes(to)) {
    throw new BuilderError('internal', `an attempt of ${subject} cannot become ${to}: it is ${from}`);
  }
}

/** Whether an attempt's end is unknown. */
export function isOpenAttempt({ state }: { readonly state: AttemptState }): boolean {
  return state === 'intent' || state === 'uncertain';
}
