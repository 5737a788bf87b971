/** One run on one cluster: its journal, its events, its logs' positions, its resources and its end. */
import type { RunEvent } from '../engine/events.ts';
import type { RecordedError } from '../engine/journal.ts';
import type { JsonObject } from '../engine/step.ts';
import { ClusterJournal, type JournalParts } from './cluster-journal.ts';
import { sql } from './database.ts';
import { fromJson } from './read-rows.ts';
import { selectResources } from './read-state.ts';
import { selectLastAttempt, selectLastVerified, VERIFIED } from './read-verified.ts';
import type { LogPosition, Phase, ResourceRecord, ResourceState, Run, StageTimesRecord } from './state.ts';

function subjectOf(event: RunEvent): string | null {
  if ('step' in event) return event.step.key;
  return 'node' in event ? event.node : null;
}

export class ClusterRun implements Run {
  readonly id: number;
  readonly journal: ClusterJournal;
  private readonly parts: JournalParts;
  private readonly clusterId: string;
  /** The last one recorded, by step. */
  private readonly milestones = new Map<string, string>();

  constructor(clusterId: string, id: number, parts: JournalParts) {
    this.id = id;
    this.clusterId = clusterId;
    this.parts = parts;
    this.journal = new ClusterJournal(clusterId, id, parts);
  }

  recordEvent(event: RunEvent): void {
    // How far a step is told to people many times a minute, and means nothing afterwards; only milestones stay.
    if (event.type === 'step-progress' && !this.isNewMilestone(event)) return;
    const { database, writer, epoch } = this.parts;
    const { type: kind, ...body } = event;
    const row = { at: this.now(), run_id: this.id, epoch, kind, subject: subjectOf(event), body: JSON.stringify(body) };
    writer.note(() => database.run(sql.insertInto('events').values(row)));
  }

  listStageTimes(kind: string, limit: number): readonly JsonObject[] {
    const ofKind = sql
      .selectFrom('stage_times')
      .select('times')
      .where('kind', '=', kind)
      // What was altered by others is no reason to stop.
      .where(({ fn }) => fn<boolean>('json_valid', ['times']));
    return this.parts.database.all(ofKind.orderBy('id', 'desc').limit(limit)).map(({ times }) => fromJson(times));
  }

  recordStageTimes({ kind, source, times }: StageTimesRecord): void {
    const { database, writer } = this.parts;
    const row = { kind, source, times: JSON.stringify(times), recorded_at: this.now() };
    const insert = sql
      .insertInto('stage_times')
      .values(row)
      .onConflict((conflict) => conflict.column('source').doNothing());
    // What only helps people to wait must not hinder what is written with it.
    writer.write(() => database.run(insert)).catch(() => undefined);
  }

  readLogPosition(attemptId: number): LogPosition | null {
    const row = this.parts.database.first(sql.selectFrom('jobs').selectAll().where('attempt_id', '=', attemptId));
    if (row === undefined) return null;
    return { offset: row.log_offset, prefixSha256: row.prefix_sha256, fileBytes: row.file_bytes, file: row.file };
  }

  findLogPosition(file: string): LogPosition | null {
    const left = sql
      .selectFrom('jobs')
      .innerJoin('attempts', 'attempts.id', 'jobs.attempt_id')
      .innerJoin('steps', 'steps.id', 'attempts.step_id')
      .select('jobs.attempt_id')
      .where('steps.cluster_id', '=', this.clusterId)
      .where('jobs.file', '=', file);
    const last = this.parts.database.first(left.orderBy('jobs.attempt_id', 'desc').limit(1));
    return last === undefined ? null : this.readLogPosition(last.attempt_id);
  }

  saveLogPosition(attemptId: number, { offset, prefixSha256, fileBytes, file }: LogPosition): Promise<void> {
    const { database, writer } = this.parts;
    const position = { log_offset: offset, prefix_sha256: prefixSha256, file_bytes: fileBytes, file };
    return writer.write(() => {
      database.run(
        sql
          .insertInto('jobs')
          .values({ attempt_id: attemptId, ...position })
          .onConflict((conflict) => conflict.column('attempt_id').doUpdateSet(position)),
      );
    });
  }

  listResources(): readonly ResourceRecord[] {
    return selectResources(this.parts.database, this.clusterId);
  }

  setResourceState(
    kind: string,
    cloudId: string,
    key: string,
    generation: number,
    state: ResourceState,
  ): Promise<void> {
    const { database, writer } = this.parts;
    return writer.write(() => {
      const seen = { state, seen_at: this.now() };
      const update = sql.updateTable('resources').set(seen).where('cluster_id', '=', this.clusterId);
      const { changes } = database.run(update.where('kind', '=', kind).where('cloud_id', '=', cloudId));
      if (changes > 0) return;
      const row = {
        cluster_id: this.clusterId,
        attempt_id: null,
        kind,
        key,
        generation,
        cloud_id: cloudId,
        nonce: null,
      };
      database.run(sql.insertInto('resources').values({ ...row, ...seen }));
    });
  }

  setPhase(phase: Phase): Promise<void> {
    const { database, writer } = this.parts;
    return writer.write(() => {
      database.run(sql.updateTable('clusters').set({ phase }).where('id', '=', this.clusterId));
    });
  }

  isVerified(): boolean {
    return (
      selectLastVerified(this.parts.database, this.clusterId) >= selectLastAttempt(this.parts.database, this.clusterId)
    );
  }

  recordVerified(): Promise<void> {
    const { database, writer, epoch } = this.parts;
    return writer.write(() => {
      const body = JSON.stringify({ lastAttempt: selectLastAttempt(database, this.clusterId) });
      const row = { at: this.now(), run_id: this.id, epoch, kind: VERIFIED, subject: null, body };
      database.run(sql.insertInto('events').values(row));
    });
  }

  end(exitCode: number, error: RecordedError | null): Promise<void> {
    const { database, writer } = this.parts;
    const ending = { ended_at: this.now(), exit_code: exitCode, error: error === null ? null : JSON.stringify(error) };
    return writer.write(() => {
      database.run(sql.updateTable('runs').set(ending).where('id', '=', this.id));
    });
  }

  private isNewMilestone({ step: { key }, milestone }: Extract<RunEvent, { type: 'step-progress' }>): boolean {
    if (milestone === undefined || this.milestones.get(key) === milestone) return false;
    this.milestones.set(key, milestone);
    return true;
  }

  private now(): string {
    return this.parts.clock.now().toISOString();
  }
}
