/** One step to its end: observe what is open, journal the intent, perform, journal the outcome, retry within the budget. */
import { BuilderError } from '../errors.ts';
import type { Clock } from '../host/clock.ts';
import type { Random } from '../host/random.ts';
import type { EmitEvent, StepSubject } from './events.ts';
import { type ActionLimits, guardAction } from './guard-action.ts';
import type { AttemptRecord, Journal, StepRecord } from './journal.ts';
import { recordError } from './record-error.ts';
import { admitsWord, type Resolution, type Word } from './resolution.ts';
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
  /** Output of a step; null while it is not finished. */
  findOutput(key: string): JsonObject | null;
  /** Whether a replacement waits for this step to end: it is not tried again. */
  isHeld(stepId: number): boolean;
}

export type StepEnd =
  | { readonly end: 'done'; readonly output: JsonObject }
  | { readonly end: 'failed' | 'in-doubt'; readonly error: BuilderError }
  | { readonly end: 'canceled' };

const CANCELED = { end: 'canceled' } as const;

/** Runs one step; throws only what ends the whole run, and leaves the journal as it is then. */
export class StepRun<Ports> {
  private readonly runner: StepRunner<Ports>;
  private readonly kind: StepKind<Ports>;
  private readonly step: StepRecord;
  private readonly input: JsonObject;
  private readonly isRepeatable: boolean;
  private readonly subject: StepSubject;
  private readonly startedMs: number;
  private failures = 0;
  /** Why the open attempt is in doubt, when that happened in this run. */
  private doubt: BuilderError | null = null;

  constructor(runner: StepRunner<Ports>, kind: StepKind<Ports>, step: StepRecord) {
    this.runner = runner;
    this.kind = kind;
    this.step = step;
    this.input = kind.input.parse(step.planned.input);
    this.isRepeatable = kind.repeat === 'read' || kind.repeat === 'idempotent';
    const { key, node } = step.planned;
    this.subject = { key, kind: kind.kind, node, generation: step.generation, title: kind.title(this.input) };
    this.startedMs = runner.clock.monotonicMs();
  }

  async run(): Promise<StepEnd> {
    let open = this.step.attempts.find(isOpenAttempt) ?? null;
    let end: StepEnd | 'again' = 'again';
    if (open !== null) {
      this.started(open, true);
      end = await this.settle(open);
    }
    while (end === 'again') {
      if (this.runner.signal.aborted) return CANCELED;
      open = await this.openAttempt();
      this.started(open, false);
      end = await this.perform(open);
    }
    return end;
  }

  /**
   * Finds out what became of the open attempt and records it, as `run` does first; what only performing would tell is left as it is.
   * A word counts where the look tells nothing. Throws what speaks against it: `not-ours`, `drift`, `host-key`, …
   */
  async resolve(word: Word | null): Promise<Resolution> {
    const attempt = this.step.attempts.find(isOpenAttempt);
    if (attempt === undefined) throw new BuilderError('internal', `${this.subject.key} has no open attempt`);
    this.started(attempt, true);
    if (word?.says === 'found') return await this.believe(attempt, word, word.id);
    const seen = await this.look(attempt);
    if (seen === 'again') return { end: 'absent', isTold: false };
    const resolution = seen === 'resumable' ? await this.inspect(attempt) : seen;
    if (resolution.end === 'done') return { end: 'found', output: resolution.output };
    if (resolution.end !== 'in-doubt' || word === null) return resolution;
    if (!admitsWord(resolution.error, seen === 'resumable' ? 'inspect' : 'observe')) throw resolution.error;
    this.told(attempt, word, null);
    await this.runner.journal.recordMoot(attempt.id);
    return { end: 'absent', isTold: true };
  }

  /** Adopts what a person named, once it is proven to be what the attempt made. */
  private async believe(attempt: AttemptRecord, word: Word, id: string): Promise<Resolution> {
    const { adopt } = this.kind;
    if (adopt === undefined) {
      throw new BuilderError('bad-option', `--found: ${this.subject.key} makes nothing in the cloud`, {
        at: this.subject.key,
        state: 'nothing was changed',
        fix: 'say --absent, or nothing',
      });
    }
    const proven = await this.guarded(attempt, (context) => adopt.call(this.kind, context, this.input, id));
    if ('error' in proven) throw proven.error;
    this.told(attempt, word, id);
    await this.done(attempt, proven.value, true);
    return { end: 'found', output: proven.value };
  }

  /** Journaled in one transaction with what follows from it. */
  private told({ number }: AttemptRecord, { says, by }: Word, id: string | null): void {
    this.runner.emit({ type: 'step-told', step: this.subject, attempt: number, says, id, by });
  }

  private async inspect(attempt: AttemptRecord): Promise<Resolution> {
    const { inspect } = this.kind;
    if (inspect === undefined) return { end: 'resumable', trace: null };
    const seen = await this.guarded(attempt, (context) => inspect.call(this.kind, context, this.input));
    if ('value' in seen) return { end: 'resumable', trace: seen.value };
    if (seen.error.disposition === 'canceled') return CANCELED;
    await this.runner.journal.markUncertain(attempt.id, this.record(seen.error));
    return this.inDoubt(seen.error);
  }

  /** Finds out what became of an open attempt. `again`: it is closed without effect. */
  private async settle(attempt: AttemptRecord): Promise<StepEnd | 'again'> {
    const seen = await this.look(attempt);
    if (seen !== 'resumable') return seen;
    if (this.doubt !== null && this.isSpent) return this.inDoubt(this.doubt);
    if (this.doubt !== null && !(await this.pause(this.doubt))) return CANCELED;
    return await this.perform(attempt);
  }

  /** Observes until something is known, within the budget. */
  private async look(attempt: AttemptRecord): Promise<StepEnd | 'again' | 'resumable'> {
    for (;;) {
      const observed = await this.guarded(attempt, (context) => this.kind.observe(context, this.input));
      if ('error' in observed) {
        const end = await this.blind(attempt, observed.error);
        if (end !== 'look') return end;
        continue;
      }
      const { value } = observed;
      if (value.state === 'found') return await this.done(attempt, value.output, true);
      return value.state === 'absent' ? await this.absent(attempt) : 'resumable';
    }
  }

  /** The look at an open attempt failed. Nothing is sent again until it is known what became of it. */
  private async blind(attempt: AttemptRecord, error: BuilderError): Promise<StepEnd | 'again' | 'look'> {
    if (error.disposition === 'canceled') return CANCELED;
    if (error.disposition === 'terminal' && this.isRepeatable) return await this.fail(attempt, error);
    this.failures += 1;
    await this.runner.journal.markUncertain(attempt.id, this.record(error));
    if (error.disposition !== 'retryable' || this.isSpent) return this.inDoubt(error);
    return (await this.pause(error)) ? 'look' : CANCELED;
  }

  private async absent(attempt: AttemptRecord): Promise<StepEnd | 'again'> {
    if (this.doubt !== null && this.isSpent) return await this.fail(attempt, this.doubt);
    await this.runner.journal.recordMoot(attempt.id);
    this.doubt = null;
    return 'again';
  }

  private async perform(attempt: AttemptRecord): Promise<StepEnd | 'again'> {
    const performed = await this.guarded(attempt, (context) => this.kind.perform(context, this.input));
    if ('value' in performed) return await this.done(attempt, performed.value, false);
    const { error } = performed;
    if (error.disposition === 'canceled') return CANCELED;
    this.failures += 1;
    if (error.disposition === 'in-doubt') {
      await this.runner.journal.markUncertain(attempt.id, this.record(error));
      this.doubt = error;
      return await this.settle(attempt);
    }
    if (error.disposition !== 'retryable' || this.isSpent) return await this.fail(attempt, error);
    await this.runner.journal.recordFailed(attempt.id, this.record(error), false);
    return (await this.pause(error)) ? 'again' : CANCELED;
  }

  private get isSpent(): boolean {
    return this.failures >= this.kind.retry.attempts || this.runner.isHeld(this.step.id);
  }

  private async openAttempt(): Promise<AttemptRecord> {
    const { journal, random, clock } = this.runner;
    return await journal.openAttempt(this.step.id, random.id(), clock.now(), this.kind.resource?.kind ?? null);
  }

  private started({ number }: AttemptRecord, resumed: boolean): void {
    this.runner.emit({ type: 'step-started', step: this.subject, attempt: number, resumed });
  }

  private record(error: BuilderError): ReturnType<typeof recordError> {
    return recordError(error, (text) => this.runner.redact(text));
  }

  private get elapsedMs(): number {
    return this.runner.clock.monotonicMs() - this.startedMs;
  }

  private async done(attempt: AttemptRecord, found: JsonObject, adopted: boolean): Promise<StepEnd> {
    const output = this.kind.output.parse(found);
    const { resource } = this.kind;
    const made = resource === undefined ? null : { kind: resource.kind, cloudId: resource.idOf(output) };
    await this.runner.journal.recordDone(attempt.id, output, made);
    this.runner.emit({ type: 'step-done', step: this.subject, elapsedMs: this.elapsedMs, adopted });
    return { end: 'done', output };
  }

  private async fail(attempt: AttemptRecord, error: BuilderError): Promise<StepEnd> {
    await this.runner.journal.recordFailed(attempt.id, this.record(error), true);
    this.runner.emit({ type: 'step-failed', step: this.subject, error: this.record(error), elapsedMs: this.elapsedMs });
    return { end: 'failed', error };
  }

  private inDoubt(error: BuilderError): Resolution & StepEnd {
    this.runner.emit({ type: 'step-in-doubt', step: this.subject, error: this.record(error) });
    return { end: 'in-doubt', error };
  }

  /** False when the run stopped meanwhile. */
  private async pause(error: BuilderError): Promise<boolean> {
    const { clock, random, emit, signal } = this.runner;
    const waitMs = backoffMs(this.kind.retry, this.failures, random.fraction());
    emit({ type: 'step-retrying', step: this.subject, error: this.record(error), waitMs });
    try {
      await clock.sleep(waitMs, signal);
    } catch (reason) {
      // A sleep rejects only because its signal aborted.
      if (!signal.aborted) throw reason;
    }
    return !signal.aborted;
  }

  private async guarded<Value>(
    attempt: AttemptRecord,
    action: (context: StepContext<Ports>) => Promise<Value>,
  ): ReturnType<typeof guardAction<Value>> {
    const { clock, signal } = this.runner;
    const { timeLimitMs } = this.kind;
    const limits: ActionLimits = { clock, signal, timeLimitMs, late: this.late() };
    return await guardAction(limits, (limited) => action(this.context(attempt, limited)));
  }

  /** Time is up: what may be repeated is tried again, the effect of everything else is unknown. */
  private late(): BuilderError {
    const minutes = Math.round(this.kind.timeLimitMs / 60_000);
    return new BuilderError(
      this.isRepeatable ? 'job-failed' : 'uncertain-write',
      `${this.subject.title}: not done within ${minutes} min`,
      { at: this.subject.key, disposition: this.isRepeatable ? 'retryable' : 'in-doubt' },
    );
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
      outputOf: <T extends JsonObject>(key: string) => this.outputOf(key) as T,
      findOutput: <T extends JsonObject>(key: string) => this.runner.findOutput(key) as T | null,
      report: (text, progress) =>
        emit({ type: 'step-progress', step: this.subject, text: this.runner.redact(text), ...progress }),
    };
  }

  private outputOf(key: string): JsonObject {
    const output = this.runner.findOutput(key);
    if (output !== null) return output;
    throw new BuilderError('internal', `${key} has no output yet: the step that asks must come after it`);
  }
}
