/** Reading a state, with or without its lock. */
import type { StepRecord } from '../engine/journal.ts';
import { type Database, sql } from './database.ts';
import { isLocked } from './lock.ts';
import { selectClusters, selectGenerations, selectMilestones, selectResources, selectSteps } from './read-state.ts';
import type { ClusterRecord, MilestoneRecord, Owner, ResourceRecord, RunRecord, StateReader } from './state.ts';

/** Reads through one connection of its own; sees every commit of a builder that works meanwhile. */
export class Reader implements StateReader {
  protected readonly database: Database;
  private readonly folder: string;

  constructor(folder: string, database: Database) {
    this.folder = folder;
    this.database = database;
  }

  listClusters(): readonly ClusterRecord[] {
    return selectClusters(this.database);
  }

  findCluster(name: string): ClusterRecord | null {
    return this.listClusters().find((cluster) => cluster.name === name && cluster.phase !== 'destroyed') ?? null;
  }

  listGenerations(clusterId: string): ReadonlyMap<string, number> {
    return selectGenerations(this.database, clusterId);
  }

  listSteps(clusterId: string): readonly StepRecord[] {
    return selectSteps(this.database, clusterId);
  }

  listResources(clusterId: string): readonly ResourceRecord[] {
    return selectResources(this.database, clusterId);
  }

  listRuns(clusterId: string): readonly RunRecord[] {
    return this.database
      .all(sql.selectFrom('runs').selectAll().where('cluster_id', '=', clusterId).orderBy('id'))
      .map(({ id, verb, started_at: startedAt, ended_at: endedAt, exit_code: exitCode }) => ({
        id,
        verb,
        startedAt: new Date(startedAt),
        endedAt: endedAt === null ? null : new Date(endedAt),
        exitCode,
      }));
  }

  listLogs(clusterId: string): ReturnType<StateReader['listLogs']> {
    const rows = this.database.all(
      sql
        .selectFrom('jobs')
        .innerJoin('attempts', 'attempts.id', 'jobs.attempt_id')
        .innerJoin('steps', 'steps.id', 'attempts.step_id')
        .leftJoin('nodes', 'nodes.id', 'steps.node_id')
        .selectAll('jobs')
        .select(['nodes.name as node', 'steps.key', 'steps.generation', 'attempts.number'])
        .where('steps.cluster_id', '=', clusterId)
        .orderBy('attempts.id'),
    );
    return rows.map((row) => ({
      node: row.node,
      stepKey: row.key,
      generation: row.generation,
      attempt: row.number,
      position: {
        offset: row.log_offset,
        prefixSha256: row.prefix_sha256,
        fileBytes: row.file_bytes,
        file: row.file,
      },
    }));
  }

  listMilestones(clusterId: string): readonly MilestoneRecord[] {
    return selectMilestones(this.database, clusterId);
  }

  owner(): Owner | null {
    if (!isLocked(this.folder)) return null;
    const row = this.database.first(sql.selectFrom('owner').select(['epoch', 'pid', 'host', 'since', 'verb']));
    return row ?? null;
  }

  lastEpoch(): number {
    return this.database.first(sql.selectFrom('owner').select('epoch'))?.epoch ?? 0;
  }

  close(): void {
    this.database.close();
  }
}
