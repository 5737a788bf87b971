/** The stored plan against today's step kinds: a mismatch is a named refusal, never a guess. */
import { BuilderError } from '../errors.ts';
import type { StepRecord } from './journal.ts';
import { findCycle } from './schedule.ts';
import type { PlannedStep, StepKind } from './step.ts';

function mismatch(at: string, message: string): BuilderError {
  return new BuilderError('plan-mismatch', message, {
    at,
    state: 'nothing was touched',
    fix: 'go on with the builder that saved the plan, or destroy the cluster and create it anew',
  });
}

function whyNot<Ports>(planned: PlannedStep, kind: StepKind<Ports> | undefined): string | null {
  if (kind === undefined) return 'is unknown';
  if (kind.version !== planned.version) return `is version ${kind.version}`;
  return kind.input.safeParse(planned.input).success ? null : 'has another input';
}

/** Throws every `plan-mismatch` at once: a key twice, a key missing, an unknown kind, another version or input; else a circle. */
export function checkPlan<Ports>(steps: readonly StepRecord[], kinds: ReadonlyMap<string, StepKind<Ports>>): void {
  const problems: BuilderError[] = [];
  const known = new Set(steps.map(({ planned }) => planned.key));
  const seen = new Set<string>();
  for (const { planned, state } of steps) {
    const { key, kind, version, after } = planned;
    if (seen.has(key)) problems.push(mismatch(key, `two steps are called ${key}`));
    seen.add(key);
    // What is done waits for nothing, and who it waited for may be gone.
    const missing = state === 'done' ? undefined : after.find((name) => !known.has(name));
    if (missing !== undefined) problems.push(mismatch(key, `${key} comes after ${missing}, which is not in the plan`));
    // A finished step of an older definition stays finished.
    const why = state === 'done' ? null : whyNot(planned, kinds.get(kind));
    if (why !== null)
      problems.push(mismatch(key, `${key} was planned as ${kind} version ${version}, which ${why} here`));
  }
  const cycle = problems.length === 0 ? findCycle(steps) : null;
  if (cycle !== null) {
    const circle = cycle.join(' → ');
    problems.push(mismatch(circle, `steps wait for each other: ${circle}`));
  }
  if (problems.length > 0) throw BuilderError.all(problems);
}
