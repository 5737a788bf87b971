/** Open attempts settled as far as looking does it: nothing is performed, no new attempt is begun. */
import { BuilderError } from '../errors.ts';
import { checkPlan } from './check-plan.ts';
import { toInternal } from './guard-action.ts';
import type { StepRecord } from './journal.ts';
import type { Resolution, Word } from './resolution.ts';
import type { RunPlanOptions } from './run.ts';
import { StepRun, type StepRunner } from './run-step.ts';
import type { StepKind } from './step.ts';

export type ResolveOptions<Ports> = Omit<RunPlanOptions<Ports>, 'maxParallelNodes' | 'recover' | 'onFailure'>;

/**
 * What became of the open attempts of these steps, by id of the step; all are looked at together. Throws what speaks against `word`,
 * and what ends a run: `plan-mismatch`, `internal`, `fenced`, `disk-full`, `io`.
 */
export async function resolveSteps<Ports>(
  options: ResolveOptions<Ports>,
  open: readonly StepRecord[],
  word: Word | null,
): Promise<ReadonlyMap<number, Resolution>> {
  const { journal, kinds, signal } = options;
  const steps = journal.listSteps();
  checkPlan(steps, kinds);
  const outputs = new Map(
    steps.flatMap(({ planned, state, output }) => (state === 'done' ? [[planned.key, output]] : [])),
  );
  const halt = new AbortController();
  const runner: StepRunner<Ports> = {
    ...options,
    redact: (text) => options.redact(text),
    signal: AbortSignal.any([signal, halt.signal]),
    findOutput: (key) => outputs.get(key) ?? null,
    isHeld: () => false,
  };
  const ends = new Map<number, Resolution>();
  const looks = await Promise.allSettled(
    open.map(async (step) => {
      // checkPlan refused a plan with a kind that is not there.
      const kind = kinds.get(step.planned.kind) as StepKind<Ports>;
      try {
        ends.set(step.id, await new StepRun(runner, kind, step).resolve(word));
      } catch (error) {
        halt.abort(new BuilderError('canceled', 'stopped after an error'));
        throw toInternal(error);
      }
    }),
  );
  const failed = looks.find((look) => look.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return ends;
}
