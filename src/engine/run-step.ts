/** One step to its end: observe what is open, journal the intent, perform, journal the outcome, retry within the budget. */
import { BuilderError, messageOf } from '../errors.ts';
import type { Clock } from '../host/clock.ts';
import type { Random } from '../host/random.ts';
import type { EmitEvent, StepSubject } from './events.ts';
import type { AttemptRecord, Journal, StepRecord } from './journal.ts';
import { recordError } from './record-error.ts';
import { backoffMs } from './retry.ts';
import { isOpenAttempt } from './states.ts';
import type { JsonObject, StepContext, StepKind } from './step.ts';

export interface StepRunner<Ports> {
  readonly journal: Journal;
  readonly ports: Ports;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly random: Random;
  readonly emit: EmitEvent;
  redact(text: string): string;
  /** Output of a finished step. */
  outputOf(key: string): JsonObject;
}

export type StepEnd =
  | { readonly end: 'done'; readonly output: JsonObject }
  | { readonly end: 'failed' | 'in-doubt'; readonly error: BuilderError }
  | { readonly end: 'canceled' };

/** What was thrown on purpose, and by what. */
interface Fault {
  readonly error: BuilderError;
  readonly during: 'observe' | 'perform';
}

type Result = { readonly output: JsonObject; readonly adopted: boolean } | Fault | 'absent';

/** Runs one step; throws only for bugs (anything that is no `BuilderError`), which leave the journal as it is. */
export class StepRun<Ports> {
  private readonly runner: StepRunner<Ports>;
  private readonly kind: StepKind<Ports>;
  private readonly step: StepRecord;
  private readonly subject: StepSubject;
  private readonly startedMs: number;

  constructor(runner: StepRunner<Ports>, kind: StepKind<Ports>, step: StepRecord) {
    this.runner = runner;
    this.kind = kind;
    this.step = step;
    const { key, node } = step.planned;
    this.subject = { key, kind: kind.kind, node, generation: step.generation, title: kind.title(step.planned.input) };
    this.startedMs = runner.clock.monotonicMs();
  }

  async run(): Promise<StepEnd> {
    let open = this.step.attempts.find(isOpenAttempt) ?? null;
    let mustObserve = open !== null;
    for (let failures = 0; ; ) {
      const resumed = open !== null;
      open ??= await this.openAttempt();
      if (!mustObserve || failures === 0) {
        this.runner.emit({ type: 'step-started', step: this.subject, attempt: open.number, resumed });
      }
      const result = mustObserve ? await this.resume(open) : await this.perform(open);
      if (result === 'absent') {
        await this.runner.journal.recordMoot(open.id);
        open = null;
        mustObserve = false;
        continue;
      }
      if ('output' in result) return await this.done(open, result.output, result.adopted);
      const { error } = result;
      if (this.isCanceled(error)) return { end: 'canceled' };
      failures += 1;
      const isSpent = failures >= this.kind.retry.attempts;
      if (result.during === 'observe' ? error.disposition !== 'terminal' : error.disposition === 'in-doubt') {
        // The attempt stays open: nothing is sent again until it is known what became of it.
        await this.runner.journal.markUncertain(open.id, this.record(error));
        if (isSpent || (result.during === 'observe' && error.disposition === 'in-doubt')) return this.inDoubt(error);
        mustObserve = true;
      } else {
        const isFinal = isSpent || error.disposition !== 'retryable';
        await this.runner.journal.recordFailed(open.id, this.record(error), isFinal);
        if (isFinal) return this.failed(error);
        open = null;
        mustObserve = false;
      }
      if (error.disposition === 'retryable' && !(await this.pause(error, failures))) return { end: 'canceled' };
    }
  }

  private async openAttempt(): Promise<AttemptRecord> {
    const { journal, random, clock } = this.runner;
    return await journal.openAttempt(this.step.id, random.id(), clock.now());
  }

  private isCanceled(error: BuilderError): boolean {
    return error.disposition === 'canceled' || (this.runner.signal.aborted && error.disposition !== 'terminal');
  }

  private record(error: BuilderError): ReturnType<typeof recordError> {
    return recordError(error, (text) => this.runner.redact(text));
  }

  private get elapsedMs(): number {
    return this.runner.clock.monotonicMs() - this.startedMs;
  }

  private async done(attempt: AttemptRecord, output: JsonObject, adopted: boolean): Promise<StepEnd> {
    const { resource } = this.kind;
    const made = resource === undefined ? null : { kind: resource.kind, cloudId: resource.idOf(output) };
    await this.runner.journal.recordDone(attempt.id, output, made);
    this.runner.emit({ type: 'step-done', step: this.subject, elapsedMs: this.elapsedMs, adopted });
    return { end: 'done', output };
  }

  private failed(error: BuilderError): StepEnd {
    this.runner.emit({ type: 'step-failed', step: this.subject, error: this.record(error), elapsedMs: this.elapsedMs });
    return { end: 'failed', error };
  }

  private inDoubt(error: BuilderError): StepEnd {
    this.runner.emit({ type: 'step-in-doubt', step: this.subject, error: this.record(error) });
    return { end: 'in-doubt', error };
  }

  /** False when the run stopped meanwhile. */
  private async pause(error: BuilderError, failures: number): Promise<boolean> {
    const { clock, random, emit, signal } = this.runner;
    const waitMs = backoffMs(this.kind.retry, failures, random.fraction());
    emit({ type: 'step-retrying', step: this.subject, error: this.record(error), waitMs });
    try {
      await clock.sleep(waitMs, signal);
      return true;
    } catch (reason) {
      // A sleep rejects only because its signal aborted.
      if (signal.aborted) return false;
      throw reason;
    }
  }

  private async resume(attempt: AttemptRecord): Promise<Result> {
    const observed = await this.guarded('observe', attempt, (context) =>
      this.kind.observe(context, this.step.planned.input),
    );
    if ('error' in observed) return observed;
    const { value } = observed;
    if (value.state === 'absent') return 'absent';
    if (value.state === 'resumable') return await this.perform(attempt);
    return { output: this.kind.output.parse(value.output), adopted: true };
  }

  private async perform(attempt: AttemptRecord): Promise<Result> {
    const performed = await this.guarded('perform', attempt, (context) =>
      this.kind.perform(context, this.step.planned.input),
    );
    return 'error' in performed ? performed : { output: this.kind.output.parse(performed.value), adopted: false };
  }

  /** Runs an action under the step's time limit; what it throws on purpose becomes a fault, a bug is thrown on. */
  private async guarded<Value>(
    during: Fault['during'],
    attempt: AttemptRecord,
    action: (context: StepContext<Ports>) => Promise<Value>,
  ): Promise<{ readonly value: Value } | Fault> {
    const { clock, signal } = this.runner;
    const limit = new AbortController();
    const over = new AbortController();
    const minutes = Math.round(this.kind.timeLimitMs / 60_000);
    const late = new BuilderError('job-failed', `${this.subject.title}: not done within ${minutes} min`, {
      at: this.subject.key,
    });
    const timer = clock.sleep(this.kind.timeLimitMs, over.signal).then(
      () => limit.abort(late),
      // Its sleep is ended when the action ends.
      () => undefined,
    );
    try {
      const value = await action(this.context(attempt, AbortSignal.any([signal, limit.signal])));
      return { value };
    } catch (error) {
      if (limit.signal.aborted && !signal.aborted) return { error: late, during };
      if (signal.aborted && (error === signal.reason || !(error instanceof BuilderError))) {
        return { error: new BuilderError('canceled', messageOf(error), { cause: error }), during };
      }
      if (!(error instanceof BuilderError)) throw error;
      return { error, during };
    } finally {
      over.abort();
      await timer;
    }
  }

  private context(attempt: AttemptRecord, signal: AbortSignal): StepContext<Ports> {
    const { ports, journal, emit } = this.runner;
    return {
      ports,
      key: this.step.planned.key,
      node: this.step.planned.node,
      generation: this.step.generation,
      attempt: attempt.number,
      attemptId: attempt.id,
      nonce: attempt.nonce,
      epoch: journal.epoch,
      signal,
      intendedAt: attempt.intendedAt,
      outputOf: <T extends JsonObject>(key: string) => this.runner.outputOf(key) as T,
      report: (text) => emit({ type: 'step-progress', step: this.subject, text }),
    };
  }
}
