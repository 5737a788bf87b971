/** Questions to the rows of a state, one function each. */
import type { Selectable } from 'kysely';
import type { RunEvent } from '../engine/events.ts';
import type { StepRecord } from '../engine/journal.ts';
import type { JsonObject } from '../engine/step.ts';
import { type Database, sql } from './database.ts';
import { fromJson, toAttempt, toStep } from './read-rows.ts';
import type { ClusterRecord, MilestoneRecord, NodeRecord, ResourceRecord } from './state.ts';
import type { Tables } from './tables.ts';

/** As it is recorded: with its progress. */
type MilestoneEvent = Required<Extract<RunEvent, { type: 'step-progress' }>>;

function toNode({ name, role, node_group: group, generation, state }: Selectable<Tables['nodes']>): NodeRecord {
  return { name, role, group, generation, ...(state === 'leaving' ? { isLeaving: true } : {}) };
}

/** Of every node that the cluster has or had, by its name. */
export function selectGenerations(database: Database, clusterId: string): ReadonlyMap<string, number> {
  const rows = database.all(sql.selectFrom('nodes').select(['name', 'generation']).where('cluster_id', '=', clusterId));
  return new Map(rows.map(({ name, generation }) => [name, generation]));
}

/** All clusters, the oldest first; destroyed ones too. */
export function selectClusters(database: Database): readonly ClusterRecord[] {
  const [clusters, nodes] = database.snapshot(() => [
    database.all(
      sql
        .selectFrom('clusters')
        .innerJoin('layouts', 'layouts.cluster_id', 'clusters.id')
        .selectAll('clusters')
        .select('layouts.body as layout')
        // The newest layout of a cluster is the one in force.
        .where(
          'layouts.id',
          'in',
          sql
            .selectFrom('layouts')
            .select(({ fn }) => fn.max('id').as('id'))
            .groupBy('cluster_id'),
        )
        .orderBy('clusters.created_at')
        .orderBy('clusters.id'),
    ),
    database.all(sql.selectFrom('nodes').selectAll().orderBy('id')),
  ]);
  const byCluster = Map.groupBy(nodes, (row) => row.cluster_id);
  return clusters.map((row) => ({
    id: row.id,
    name: row.name,
    phase: row.phase,
    scope: { authUrl: row.auth_url, region: row.region, projectId: row.project_id, userId: row.user_id },
    settleMs: row.settle_ms,
    layout: fromJson<JsonObject>(row.layout),
    choices: fromJson<JsonObject>(row.choices),
    nodes: (byCluster.get(row.id) ?? []).filter(({ state }) => state !== 'gone').map(toNode),
    createdAt: new Date(row.created_at),
  }));
}

/** All steps but superseded ones, in plan order, each with its attempts. */
export function selectSteps(database: Database, clusterId: string): readonly StepRecord[] {
  const live = sql
    .selectFrom('steps')
    .where('steps.cluster_id', '=', clusterId)
    .where('steps.state', '<>', 'superseded');
  const [rows, attempts] = database.snapshot(() => [
    database.all(
      live
        .leftJoin('nodes', 'nodes.id', 'steps.node_id')
        .selectAll('steps')
        .select('nodes.name as node')
        .orderBy('steps.position')
        .orderBy('steps.id'),
    ),
    database.all(sql.selectFrom('attempts').selectAll().where('step_id', 'in', live.select('steps.id')).orderBy('id')),
  ]);
  const byStep = Map.groupBy(attempts.map(toAttempt), ({ stepId }) => stepId);
  return rows.map((row) => toStep(row, byStep.get(row.id) ?? []));
}

export function selectResources(database: Database, clusterId: string): readonly ResourceRecord[] {
  return database
    .all(
      sql
        .selectFrom('resources')
        .leftJoin('attempts', 'attempts.id', 'resources.attempt_id')
        .selectAll('resources')
        .select('attempts.ended_at as answered_at')
        .where('resources.cluster_id', '=', clusterId)
        .orderBy('resources.id'),
    )
    .map(({ kind, key, generation, cloud_id: cloudId, state, nonce, seen_at: seenAt, answered_at: answeredAt }) => ({
      kind,
      key,
      generation,
      cloudId,
      state,
      nonce,
      // All times are of one form, so that they compare as texts.
      unseenSince: cloudId === null || answeredAt === null || seenAt > answeredAt ? null : new Date(answeredAt),
    }));
}

/** The newest of each step, the superseded ones' too. */
export function selectMilestones(database: Database, clusterId: string): readonly MilestoneRecord[] {
  const told = sql
    .selectFrom('events')
    .innerJoin('runs', 'runs.id', 'events.run_id')
    .where('runs.cluster_id', '=', clusterId)
    .where('events.kind', '=', 'step-progress');
  const newest = told.select(({ fn }) => fn.max('events.seq').as('seq')).groupBy('events.subject');
  return database
    .all(sql.selectFrom('events').select(['at', 'body']).where('seq', 'in', newest).orderBy('seq'))
    .map(({ at, body }) => {
      const { step, percent, milestone, remainingMs } = fromJson<MilestoneEvent>(body);
      return { stepKey: step.key, generation: step.generation, at: new Date(at), percent, milestone, remainingMs };
    });
}
