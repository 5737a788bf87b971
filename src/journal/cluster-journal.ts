/** One cluster's journal: intents and outcomes of its steps, as rows. */
import type {
  AttemptRecord,
  AttemptState,
  Journal,
  RecordedError,
  Replacement,
  StepRecord,
  StepState,
} from '../engine/journal.ts';
import { checkAttemptChange, checkStepChange } from '../engine/states.ts';
import type { JsonObject } from '../engine/step.ts';
import { BuilderError } from '../errors.ts';
import type { Clock } from '../host/clock.ts';
import { type Database, sql } from './database.ts';
import { selectSteps } from './read-state.ts';
import { writeReplacement } from './write-replacement.ts';
import type { Writer } from './writer.ts';

export interface JournalParts {
  readonly database: Database;
  readonly writer: Writer;
  readonly clock: Clock;
  readonly epoch: number;
}

interface StepFacts {
  readonly id: number;
  readonly key: string;
  readonly generation: number;
  readonly state: StepState;
}

interface AttemptFacts {
  readonly id: number;
  readonly nonce: string;
  readonly state: AttemptState;
  readonly step: StepFacts;
}

export class ClusterJournal implements Journal {
  readonly clusterId: string;
  readonly runId: number;
  readonly epoch: number;
  private readonly database: Database;
  private readonly writer: Writer;
  private readonly clock: Clock;

  constructor(clusterId: string, runId: number, { database, writer, clock, epoch }: JournalParts) {
    this.clusterId = clusterId;
    this.runId = runId;
    this.epoch = epoch;
    this.database = database;
    this.writer = writer;
    this.clock = clock;
  }

  listSteps(): readonly StepRecord[] {
    return selectSteps(this.database, this.clusterId);
  }

  generationOf(node: string): number {
    const row = this.database.first(
      sql.selectFrom('nodes').select('generation').where('cluster_id', '=', this.clusterId).where('name', '=', node),
    );
    if (row === undefined) throw new BuilderError('internal', `the cluster has no node ${node}`);
    return row.generation;
  }

  openAttempt(
    stepId: number,
    nonce: string,
    intendedAt: Date,
    resourceKind: string | null = null,
  ): Promise<AttemptRecord> {
    return this.writer.writeIntent(() => {
      const step = this.readStep(stepId);
      const number = this.nextNumber(step);
      this.setStep(step, 'open');
      const { id } = this.database.run(
        sql.insertInto('attempts').values({
          step_id: stepId,
          number,
          epoch: this.epoch,
          nonce,
          state: 'intent',
          intended_at: intendedAt.toISOString(),
          ended_at: null,
          error: null,
        }),
      );
      if (resourceKind !== null) this.addResource({ kind: resourceKind, cloudId: null }, { id, nonce, step });
      return { id, stepId, number, nonce, epoch: this.epoch, state: 'intent', intendedAt, endedAt: null, error: null };
    });
  }

  markUncertain(attemptId: number, error: RecordedError): Promise<void> {
    return this.writer.write(() => {
      this.setAttempt(this.readAttempt(attemptId), 'uncertain', error);
    });
  }

  recordDone(
    attemptId: number,
    output: JsonObject,
    resource: { readonly kind: string; readonly cloudId: string } | null,
  ): Promise<void> {
    return this.writer.write(() => {
      const attempt = this.readAttempt(attemptId);
      // One time for both rows: a resource that was seen later than its attempt ended was found by a sweep.
      const now = this.now();
      this.setAttempt(attempt, 'ok', null, now);
      this.setStep(attempt.step, 'done', output);
      if (resource === null) return;
      const update = sql
        .updateTable('resources')
        .set({ cloud_id: resource.cloudId, state: 'present', seen_at: now })
        .where('attempt_id', '=', attemptId);
      if (this.database.run(update).changes === 0) this.addResource(resource, attempt, now);
    });
  }

  recordFailed(attemptId: number, error: RecordedError, isFinal: boolean): Promise<void> {
    return this.writer.write(() => {
      const attempt = this.readAttempt(attemptId);
      this.setAttempt(attempt, 'failed', error);
      this.setStep(attempt.step, isFinal ? 'failed' : 'pending');
      this.dropResource(attemptId);
    });
  }

  recordMoot(attemptId: number): Promise<void> {
    return this.writer.write(() => {
      const attempt = this.readAttempt(attemptId);
      this.setAttempt(attempt, 'moot', null);
      this.setStep(attempt.step, 'pending');
      this.dropResource(attemptId);
    });
  }

  reopenFailed(stepIds: readonly number[]): Promise<void> {
    return this.writer.write(() => {
      for (const id of stepIds) {
        const step = this.readStep(id);
        // An open step may become pending too, but not by this way: its attempt would be forgotten.
        if (step.state !== 'failed')
          throw new BuilderError('internal', `step ${step.key} is ${step.state}, not failed`);
        this.setStep(step, 'pending');
      }
    });
  }

  replace(replacement: Replacement): Promise<void> {
    return this.writer.write(() => writeReplacement(this.database, this.clusterId, replacement));
  }

  private now(): string {
    return this.clock.now().toISOString();
  }

  private readStep(id: number): StepFacts {
    const query = sql.selectFrom('steps').select(['id', 'key', 'generation', 'state']);
    const row = this.database.first(query.where('id', '=', id).where('cluster_id', '=', this.clusterId));
    if (row === undefined) throw new BuilderError('internal', `the cluster has no step ${id}`);
    return row;
  }

  private readAttempt(id: number): AttemptFacts {
    const row = this.database.first(sql.selectFrom('attempts').selectAll().where('id', '=', id));
    if (row === undefined) throw new BuilderError('internal', `there is no attempt ${id}`);
    return { id, nonce: row.nonce, state: row.state, step: this.readStep(row.step_id) };
  }

  /** Counts over superseded steps of the same key and generation too: what an attempt left on a node carries its number. */
  private nextNumber({ key, generation }: StepFacts): number {
    const row = this.database.first(
      sql
        .selectFrom('attempts')
        .innerJoin('steps', 'steps.id', 'attempts.step_id')
        .select(({ fn }) => fn.max<number | null>('attempts.number').as('last'))
        .where('steps.cluster_id', '=', this.clusterId)
        .where('steps.key', '=', key)
        .where('steps.generation', '=', generation),
    );
    return (row?.last ?? 0) + 1;
  }

  private setStep(step: StepFacts, state: StepState, output: JsonObject | null = null): void {
    checkStepChange(step.key, step.state, state);
    const text = output === null ? null : JSON.stringify(output);
    this.database.run(sql.updateTable('steps').set({ state, output: text }).where('id', '=', step.id));
  }

  private setAttempt(
    attempt: AttemptFacts,
    state: AttemptState,
    error: RecordedError | null,
    now: string = this.now(),
  ): void {
    checkAttemptChange(attempt.step.key, attempt.state, state);
    const ended = state === 'uncertain' ? null : now;
    // Why an attempt was in doubt stays on record when it ended well after all.
    const why = error === null ? {} : { error: JSON.stringify(error) };
    this.database.run(
      sql
        .updateTable('attempts')
        .set({ state, ended_at: ended, ...why })
        .where('id', '=', attempt.id),
    );
  }

  private addResource(
    { kind, cloudId }: { readonly kind: string; readonly cloudId: string | null },
    { id, nonce, step }: Pick<AttemptFacts, 'id' | 'nonce' | 'step'>,
    now: string = this.now(),
  ): void {
    this.database.run(
      sql.insertInto('resources').values({
        cluster_id: this.clusterId,
        attempt_id: id,
        kind,
        key: step.key,
        generation: step.generation,
        cloud_id: cloudId,
        nonce,
        state: cloudId === null ? 'creating' : 'present',
        seen_at: now,
      }),
    );
  }

  /** The attempt is known to have made nothing. */
  private dropResource(attemptId: number): void {
    this.database.run(
      sql.updateTable('resources').set({ state: 'gone', seen_at: this.now() }).where('attempt_id', '=', attemptId),
    );
  }
}
