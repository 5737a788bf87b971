/** The state with its lock: what a builder that works may change. */
import { BuilderError } from '../errors.ts';
import type { Clock } from '../host/clock.ts';
import type { Ballast } from '../host/free-space.ts';
import { ClusterRun } from './cluster-run.ts';
import { type Database, sql } from './database.ts';
import type { Lock } from './lock.ts';
import { Reader } from './reader.ts';
import type { ClusterPast, ClusterRecord, NewCluster, PlanChange, Run, State, Verb } from './state.ts';
import { writeChange } from './write-change.ts';
import { insertPast } from './write-past.ts';
import { insertLayout, insertStep, selectNodes } from './write-plan.ts';
import { Writer } from './writer.ts';

const NO_PAST: ClusterPast = { phase: 'creating', generations: new Map(), attempts: [] };

export class Store extends Reader implements State {
  readonly epoch: number;
  readonly writer: Writer;
  private readonly clock: Clock;
  private readonly lock: Lock;

  constructor(folder: string, database: Database, lock: Lock, epoch: number, clock: Clock, ballast: Ballast) {
    super(folder, database);
    this.epoch = epoch;
    this.writer = new Writer(database, epoch, ballast);
    this.clock = clock;
    this.lock = lock;
  }

  createCluster(cluster: NewCluster, past: ClusterPast = NO_PAST): Promise<ClusterRecord> {
    return this.writer.write(() => {
      const now = this.clock.now().toISOString();
      this.insertCluster(cluster, past.phase, now);
      for (const { name, role, group } of cluster.nodes) {
        const generation = past.generations.get(name) ?? 1;
        const row = { cluster_id: cluster.id, name, role, node_group: group, generation };
        this.database.run(sql.insertInto('nodes').values(row));
      }
      const nodes = selectNodes(this.database, cluster.id);
      cluster.steps.forEach((step, position) => insertStep(this.database, cluster.id, step, position, nodes));
      for (const attempt of past.attempts) insertPast(this.database, cluster.id, attempt, this.epoch, now);
      return this.requireCluster(cluster.id);
    });
  }

  changePlan(clusterId: string, change: PlanChange): Promise<ClusterRecord> {
    return this.writer.write(() => {
      writeChange(this.database, clusterId, change, this.clock.now().toISOString());
      return this.requireCluster(clusterId);
    });
  }

  /** Its runs and events stay as a record of what was done. */
  forgetCluster(clusterId: string): Promise<void> {
    return this.writer.write(() => {
      const { name, phase } = this.requireCluster(clusterId);
      if (phase !== 'destroyed')
        throw new BuilderError('internal', `cluster ${name} is ${phase} and cannot be forgotten`);
      this.database.run(sql.deleteFrom('clusters').where('id', '=', clusterId));
    });
  }

  async startRun(clusterId: string, verb: Verb, argv: readonly string[]): Promise<Run> {
    const { database, writer, clock, epoch } = this;
    const row = {
      cluster_id: clusterId,
      verb,
      argv: JSON.stringify(argv),
      epoch,
      started_at: clock.now().toISOString(),
    };
    const ending = { ended_at: null, exit_code: null, error: null };
    const { id } = await writer.write(() => database.run(sql.insertInto('runs').values({ ...row, ...ending })));
    return new ClusterRun(clusterId, id, { database, writer, clock, epoch });
  }

  /** Writes what waits, then lets the lock go. */
  override close(): void {
    this.writer.close();
    super.close();
    this.lock.release();
  }

  private insertCluster(
    { id, name, scope, settleMs, layout, choices }: NewCluster,
    phase: ClusterPast['phase'],
    now: string,
  ): void {
    this.database.run(
      sql.insertInto('clusters').values({
        id,
        name,
        auth_url: scope.authUrl,
        region: scope.region,
        project_id: scope.projectId,
        user_id: scope.userId,
        phase,
        settle_ms: settleMs,
        choices: JSON.stringify(choices),
        created_at: now,
      }),
    );
    insertLayout(this.database, id, layout, now);
  }

  private requireCluster(id: string): ClusterRecord {
    const found = this.listClusters().find((cluster) => cluster.id === id);
    if (found === undefined) throw new BuilderError('internal', `the state has no cluster ${id}`);
    return found;
  }
}
