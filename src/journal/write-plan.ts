/** Writing layouts and planned steps as rows: when a cluster is saved, when its plan changes, when servers are replaced. */
import { createHash } from 'node:crypto';
import type { JsonObject, PlannedStep } from '../engine/step.ts';
import { BuilderError } from '../errors.ts';
import { type Database, sql } from './database.ts';

export interface NodeRow {
  readonly id: number;
  readonly generation: number;
}

/** The cluster's nodes by name. */
export function selectNodes(database: Database, clusterId: string): ReadonlyMap<string, NodeRow> {
  const rows = database.all(
    sql.selectFrom('nodes').select(['id', 'name', 'generation']).where('cluster_id', '=', clusterId),
  );
  return new Map(rows.map(({ id, name, generation }) => [name, { id, generation }]));
}

/** Throws `internal` for a node the cluster does not have. */
export function requireNode(nodes: ReadonlyMap<string, NodeRow>, name: string): NodeRow {
  const node = nodes.get(name);
  if (node === undefined)
    throw new BuilderError('internal', `the plan names a node ${name} that the cluster does not have`);
  return node;
}

/** The layout in force from now on. One that was in force before is it again, under a new number: the newest one rules. */
export function insertLayout(database: Database, clusterId: string, layout: JsonObject, now: string): void {
  const body = JSON.stringify(layout);
  const sha256 = createHash('sha256').update(body).digest('hex');
  database.run(sql.deleteFrom('layouts').where('cluster_id', '=', clusterId).where('sha256', '=', sha256));
  database.run(sql.insertInto('layouts').values({ cluster_id: clusterId, sha256, body, saved_at: now }));
}

/** A pending step of the current generation of its node; the cluster's own steps are always of the first. */
export function insertStep(
  database: Database,
  clusterId: string,
  step: PlannedStep,
  position: number,
  nodes: ReadonlyMap<string, NodeRow>,
): void {
  const node = step.node === null ? null : requireNode(nodes, step.node);
  database.run(
    sql.insertInto('steps').values({
      cluster_id: clusterId,
      node_id: node?.id ?? null,
      position,
      key: step.key,
      kind: step.kind,
      version: step.version,
      lifetime: step.lifetime,
      input: JSON.stringify(step.input),
      after: JSON.stringify(step.after),
      generation: node?.generation ?? 1,
      state: 'pending',
      output: null,
    }),
  );
}
