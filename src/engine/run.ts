/** The run of a plan: ready steps begin, ends are taken in, replacements are made, until nothing more can begin. */
import { BuilderError } from '../errors.ts';
import type { Clock } from '../host/clock.ts';
import type { Random } from '../host/random.ts';
import { checkPlan } from './check-plan.ts';
import type { EmitEvent } from './events.ts';
import type { Journal, Replacement, StepRecord } from './journal.ts';
import { type StepEnd, StepRun, type StepRunner } from './run-step.ts';
import { readySteps } from './schedule.ts';
import { isOpenAttempt } from './states.ts';
import type { JsonObject, StepKind } from './step.ts';

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
  readonly done: readonly StepRecord[];
  readonly failed: readonly { readonly step: StepRecord; readonly error: BuilderError }[];
  readonly inDoubt: readonly { readonly step: StepRecord; readonly error: BuilderError }[];
  /** Steps that could not begin, because of a failure before them or because the run stopped. */
  readonly blocked: readonly StepRecord[];
  readonly canceled: boolean;
}

class PlanRun<Ports> {
  private readonly options: RunPlanOptions<Ports>;
  private readonly halt = new AbortController();
  private readonly runner: StepRunner<Ports>;
  private steps: readonly StepRecord[];
  private readonly running = new Map<number, { readonly step: StepRecord; readonly ended: Promise<void> }>();
  private readonly failed: { readonly step: StepRecord; readonly error: BuilderError }[] = [];
  private readonly inDoubt: { readonly step: StepRecord; readonly error: BuilderError }[] = [];
  private readonly replacements: Replacement[] = [];
  private canceled = false;
  private bug: { readonly error: unknown } | null = null;

  constructor(options: RunPlanOptions<Ports>) {
    this.options = options;
    this.steps = options.journal.listSteps();
    checkPlan(this.steps, options.kinds);
    this.runner = {
      ...options,
      redact: (text) => options.redact(text),
      signal: AbortSignal.any([options.signal, this.halt.signal]),
      outputOf: (key) => this.outputOf(key),
    };
  }

  async run(): Promise<RunReport> {
    const { emit, clock, signal } = this.options;
    const startedMs = clock.monotonicMs();
    const onAbort = (): void =>
      emit({ type: 'run-stopping', reason: signal.reason instanceof Error ? signal.reason.message : 'asked to stop' });
    signal.addEventListener('abort', onAbort, { once: true });
    const inDoubt = this.steps.filter(({ attempts }) => attempts.some(isOpenAttempt)).length;
    emit({ type: 'run-started', total: this.steps.length, done: this.countDone(), inDoubt });
    try {
      await this.work();
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
    if (this.bug !== null) throw this.bug.error;
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

  private async work(): Promise<void> {
    for (;;) {
      await this.replaceWhatIsDue();
      if (this.mayBegin()) for (const step of this.ready()) this.begin(step);
      if (this.running.size === 0) return;
      await Promise.race([...this.running.values()].map(({ ended }) => ended));
    }
  }

  private mayBegin(): boolean {
    if (this.bug !== null || this.runner.signal.aborted) return false;
    return this.options.onFailure === 'continue' || this.failed.length === 0;
  }

  private ready(): readonly StepRecord[] {
    const held = new Set(this.replacements.flatMap(({ supersede }) => supersede));
    const stuck = new Set(this.inDoubt.map(({ step }) => step.id));
    const active = [...this.running.values()].map(({ step }) => step.planned.node);
    const load = {
      running: new Set([...this.running.keys(), ...held, ...stuck]),
      busyNodes: new Set(active.filter((node) => node !== null)),
      runningWithoutNode: active.filter((node) => node === null).length,
    };
    return readySteps(this.steps, load, this.options.maxParallelNodes);
  }

  private begin(step: StepRecord): void {
    const kind = this.options.kinds.get(step.planned.kind);
    if (kind === undefined) throw new TypeError(`${step.planned.kind} was checked when the plan was loaded`);
    const ended = new StepRun(this.runner, kind, step).run().then(
      (end) => this.take(step, end),
      (error: unknown) => {
        // A bug ends the run: nothing more begins, what runs is told to stop, the journal stays as it is.
        this.bug ??= { error };
        this.halt.abort(new BuilderError('canceled', 'stopped after an internal error'));
      },
    );
    this.running.set(step.id, { step, ended: ended.finally(() => this.running.delete(step.id)) });
  }

  private take(step: StepRecord, end: StepEnd): void {
    switch (end.end) {
      case 'done':
        this.update(step.id, { state: 'done', output: end.output });
        return;
      case 'canceled':
        this.canceled = true;
        return;
      case 'in-doubt':
        this.inDoubt.push({ step, error: end.error });
        return;
      case 'failed': {
        this.steps = this.options.journal.listSteps();
        const replacement = this.options.recover(step, end.error, this.steps);
        if (replacement === null) this.failed.push({ step, error: end.error });
        else this.replacements.push(replacement);
      }
    }
  }

  private update(id: number, change: { readonly state: StepRecord['state']; readonly output: JsonObject }): void {
    this.steps = this.steps.map((step) => (step.id === id ? { ...step, ...change } : step));
  }

  /** A replacement waits until none of the steps it supersedes is running; meanwhile none of them begins. */
  private async replaceWhatIsDue(): Promise<void> {
    const due = this.replacements.filter(({ supersede }) => !supersede.some((id) => this.running.has(id)));
    for (const replacement of due) {
      const { journal, emit } = this.options;
      await journal.replace(replacement);
      this.replacements.splice(this.replacements.indexOf(replacement), 1);
      this.steps = journal.listSteps();
      for (const node of replacement.nodes) {
        emit({ type: 'node-replaced', node, generation: journal.generationOf(node), reason: replacement.reason });
      }
    }
  }

  private outputOf(key: string): JsonObject {
    const output = this.steps.find(({ planned, state }) => planned.key === key && state === 'done')?.output;
    if (output === null || output === undefined)
      throw new TypeError(`${key} has no output yet: the step that asks must come after it`);
    return output;
  }

  private countDone(): number {
    return this.steps.filter(({ state }) => state === 'done').length;
  }

  private report(): RunReport {
    const ended = new Set([...this.failed, ...this.inDoubt].map(({ step }) => step.id));
    const done = this.steps.filter(({ state }) => state === 'done');
    const isStopped = this.canceled || (this.options.signal.aborted && done.length < this.steps.length);
    return {
      done,
      failed: this.failed,
      inDoubt: this.inDoubt,
      blocked: this.steps.filter(({ id, state }) => state !== 'done' && !ended.has(id)),
      canceled: isStopped,
    };
  }
}

/** Runs the stored plan until nothing more can begin. Throws for bugs and for a plan that does not fit this builder. */
export async function runPlan<Ports>(options: RunPlanOptions<Ports>): Promise<RunReport> {
  return await new PlanRun(options).run();
}
