/** The run of a plan: ready steps begin, ends are taken in, replacements are made, until nothing more can begin. */
import { BuilderError } from '../errors.ts';
import type { Clock } from '../host/clock.ts';
import type { Random } from '../host/random.ts';
import { checkPlan } from './check-plan.ts';
import type { EmitEvent } from './events.ts';
import { toInternal } from './guard-action.ts';
import type { Journal, Replacement, StepRecord } from './journal.ts';
import { type Failure, Recovery } from './recovery.ts';
import { type StepEnd, StepRun, type StepRunner } from './run-step.ts';
import { readySteps } from './schedule.ts';
import { isOpenAttempt } from './states.ts';
import type { JsonObject, StepKind } from './step.ts';
import { Tally } from './tally.ts';

export interface RunPlanOptions<Ports> {
  readonly journal: Journal;
  readonly kinds: ReadonlyMap<string, StepKind<Ports>>;
  readonly ports: Ports;
  readonly maxParallelNodes: number;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly random: Random;
  readonly emit: EmitEvent;
  /** Asked once about each step that failed for good: a replacement that mends it, or null. */
  readonly recover: (failed: StepRecord, error: BuilderError, steps: readonly StepRecord[]) => Replacement | null;
  readonly onFailure: 'stop' | 'continue';
  redact(text: string): string;
}

export interface RunReport {
  /** All finished steps of the plan, those of earlier runs too. */
  readonly done: readonly StepRecord[];
  readonly failed: readonly Failure[];
  readonly inDoubt: readonly Failure[];
  /** Steps that could not begin, because of a failure before them or because the run stopped. */
  readonly blocked: readonly StepRecord[];
  /** The run was asked to stop. */
  readonly canceled: boolean;
}

class PlanRun<Ports> {
  private readonly options: RunPlanOptions<Ports>;
  private readonly halt = new AbortController();
  private readonly runner: StepRunner<Ports>;
  private readonly recovery = new Recovery();
  private readonly tally: Tally;
  private steps: readonly StepRecord[];
  private readonly running = new Map<number, { readonly step: StepRecord; readonly ended: Promise<void> }>();
  private readonly failed = new Map<number, BuilderError>();
  private readonly inDoubt = new Map<number, BuilderError>();
  private isStopping = false;
  private fatal: BuilderError | null = null;

  constructor(options: RunPlanOptions<Ports>) {
    this.options = options;
    this.steps = options.journal.listSteps();
    checkPlan(this.steps, options.kinds);
    this.tally = new Tally(this.steps);
    this.runner = {
      ...options,
      emit: (event) => {
        this.tally.note(event);
        options.emit(event);
      },
      redact: (text) => options.redact(text),
      signal: AbortSignal.any([options.signal, this.halt.signal]),
      findOutput: (key) => this.findOutput(key),
      isHeld: (stepId) => this.recovery.isHeld(stepId),
    };
  }

  async run(): Promise<RunReport> {
    const { emit, clock, signal } = this.options;
    const startedMs = clock.monotonicMs();
    const onAbort = (): void => this.stop(signal.reason instanceof Error ? signal.reason.message : 'asked to stop');
    const inDoubt = this.steps.filter(({ attempts }) => attempts.some(isOpenAttempt)).length;
    emit({ type: 'run-started', ...this.tally.count(this.steps), inDoubt });
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    await this.work();
    signal.removeEventListener('abort', onAbort);
    if (this.fatal !== null) throw this.fatal;
    const report = this.report();
    emit({
      type: 'run-ended',
      done: report.done.length,
      failed: report.failed.length + report.inDoubt.length,
      blocked: report.blocked.length,
      elapsedMs: clock.monotonicMs() - startedMs,
    });
    return report;
  }

  /** Returns when nothing runs any more, whatever happened: the caller may close what the steps used. */
  private async work(): Promise<void> {
    for (;;) {
      await this.recover().catch((error: unknown) => this.fail(error));
      if (!this.isStopping) for (const step of this.ready()) this.begin(step);
      if (this.running.size === 0) return;
      await Promise.race([...this.running.values()].map(({ ended }) => ended));
    }
  }

  /** Nothing more begins; what runs goes on to its end. */
  private stop(reason: string): void {
    if (this.isStopping) return;
    this.isStopping = true;
    this.options.emit({ type: 'run-stopping', reason });
  }

  /** A bug, or trouble with the journal: what runs is told to stop too, and its attempts stay open. */
  private fail(error: unknown): void {
    this.fatal ??= toInternal(error);
    this.stop(this.fatal.message);
    this.halt.abort(new BuilderError('canceled', 'stopped after an error of the builder'));
  }

  private ready(): readonly StepRecord[] {
    const active = [...this.running.values()].map(({ step }) => step.planned.node);
    const load = {
      isTaken: (id: number) => this.running.has(id) || this.inDoubt.has(id) || this.recovery.isHeld(id),
      busyNodes: new Set(active.filter((node) => node !== null)),
      runningWithoutNode: active.filter((node) => node === null).length,
    };
    return readySteps(this.steps, load, this.options.maxParallelNodes);
  }

  private begin(step: StepRecord): void {
    const ended = this.runStep(step)
      .then((end) => this.take(step, end))
      .catch((error: unknown) => this.fail(error))
      .finally(() => this.running.delete(step.id));
    this.running.set(step.id, { step, ended });
  }

  private async runStep(step: StepRecord): Promise<StepEnd> {
    // checkPlan refused a plan with a kind that is not there.
    const kind = this.options.kinds.get(step.planned.kind) as StepKind<Ports>;
    return await new StepRun(this.runner, kind, step).run();
  }

  private take(step: StepRecord, end: StepEnd): void {
    switch (end.end) {
      case 'done':
        this.update(step.id, { state: 'done', output: end.output });
        return;
      case 'canceled':
        this.stop('asked to stop');
        return;
      case 'in-doubt':
        this.inDoubt.set(step.id, end.error);
        this.giveUp(step);
        return;
      case 'failed':
        this.update(step.id, { state: 'failed', output: null });
        this.failed.set(step.id, end.error);
        this.recovery.add({ step, error: end.error });
    }
  }

  private giveUp({ planned }: StepRecord): void {
    if (this.options.onFailure === 'stop') this.stop(`${planned.key} failed`);
  }

  private update(id: number, change: Pick<StepRecord, 'state' | 'output'>): void {
    this.steps = this.steps.map((step) => (step.id === id ? { ...step, ...change } : step));
  }

  /** A replacement waits until none of the steps it supersedes is running; meanwhile none of them begins. */
  private async recover(): Promise<void> {
    const { journal, recover } = this.options;
    while (!this.isStopping) {
      const failure = this.recovery.next();
      if (failure !== null) {
        const steps = journal.listSteps();
        const step = steps.find(({ id }) => id === failure.step.id);
        // It was superseded by the replacement before.
        if (step === undefined) continue;
        const replacement = recover(step, failure.error, steps);
        if (replacement === null) this.giveUp(step);
        else this.recovery.begin(replacement);
      }
      const due = this.recovery.due(this.running);
      if (due !== null) await this.replace(due);
      else if (failure === null) return;
    }
  }

  private async replace(replacement: Replacement): Promise<void> {
    const { journal, emit, kinds } = this.options;
    await journal.replace(replacement);
    this.recovery.end();
    this.steps = journal.listSteps();
    checkPlan(this.steps, kinds);
    for (const node of replacement.nodes) {
      emit({ type: 'node-replaced', node, generation: journal.generationOf(node), reason: replacement.reason });
    }
    emit({ type: 'plan-changed', ...this.tally.count(this.steps) });
  }

  private findOutput(key: string): JsonObject | null {
    return this.steps.find(({ planned, state }) => planned.key === key && state === 'done')?.output ?? null;
  }

  /** From the journal's own rows; what failed and was replaced is no failure any more. */
  private report(): RunReport {
    const steps = this.options.journal.listSteps();
    const pick = (errors: ReadonlyMap<number, BuilderError>): readonly Failure[] =>
      steps.flatMap((step) => {
        const error = errors.get(step.id);
        return error === undefined ? [] : [{ step, error }];
      });
    return {
      done: steps.filter(({ state }) => state === 'done'),
      failed: pick(this.failed),
      inDoubt: pick(this.inDoubt),
      blocked: steps.filter(({ id, state }) => state !== 'done' && !this.failed.has(id) && !this.inDoubt.has(id)),
      canceled: this.options.signal.aborted,
    };
  }
}

/**
 * Runs the stored plan until nothing more can begin. Throws `plan-mismatch` for a plan that does not fit this builder, `internal`
 * for bugs, and `fenced`, `disk-full` or `io` when the journal can go on no more; nothing runs any more then.
 */
export async function runPlan<Ports>(options: RunPlanOptions<Ports>): Promise<RunReport> {
  return await new PlanRun(options).run();
}
