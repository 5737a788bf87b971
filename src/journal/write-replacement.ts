/** Writing a replacement: old steps superseded, what they made let go, nodes of a new generation, new steps in their places. */
import type { Replacement } from '../engine/journal.ts';
import { checkStepChange } from '../engine/states.ts';
import type { PlannedStep } from '../engine/step.ts';
import { BuilderError } from '../errors.ts';
import { type Database, sql } from './database.ts';
import { insertStep, requireNode, selectNodes } from './write-plan.ts';

/** The objects of superseded steps are to go; one that was never confirmed may exist and is nobody's. */
export function supersede(database: Database, clusterId: string, ids: readonly number[]): void {
  for (const id of ids) {
    const row = database.first(
      sql.selectFrom('steps').select(['key', 'state']).where('id', '=', id).where('cluster_id', '=', clusterId),
    );
    if (row === undefined) throw new BuilderError('internal', `the cluster has no step ${id}`);
    checkStepChange(row.key, row.state, 'superseded');
    database.run(sql.updateTable('steps').set({ state: 'superseded' }).where('id', '=', id));
    const ofStep = sql.selectFrom('attempts').select('id').where('step_id', '=', id);
    for (const [from, state] of [
      ['present', 'deleting'],
      ['creating', 'surplus'],
    ] as const) {
      database.run(
        sql
          .updateTable('resources')
          // Nobody looked: when it was seen stays as it was.
          .set({ state })
          .where('attempt_id', 'in', ofStep)
          .where('state', '=', from),
      );
    }
  }
}

/** Where a key stood before. A key that is new takes the place of the first inserted step of its node. */
function positionsOf(
  database: Database,
  clusterId: string,
  insert: readonly PlannedStep[],
): (step: PlannedStep) => number {
  const rows = database.all(sql.selectFrom('steps').select(['key', 'position']).where('cluster_id', '=', clusterId));
  const known = new Map(rows.map(({ key, position }) => [key, position]));
  const last = Math.max(0, ...known.values());
  const firstOfNode = (node: string | null): number =>
    Math.min(last, ...insert.filter((step) => step.node === node).map(({ key }) => known.get(key) ?? last));
  return (step) => known.get(step.key) ?? firstOfNode(step.node);
}

/** Runs inside the caller's transaction. Throws `internal` for a step or node that cannot be replaced. */
export function writeReplacement(database: Database, clusterId: string, replacement: Replacement): void {
  const before = selectNodes(database, clusterId);
  supersede(database, clusterId, replacement.supersede);
  for (const name of replacement.nodes) {
    const { id, generation } = requireNode(before, name);
    database.run(
      sql
        .updateTable('nodes')
        .set({ generation: generation + 1 })
        .where('id', '=', id),
    );
  }
  const nodes = selectNodes(database, clusterId);
  const positionOf = positionsOf(database, clusterId, replacement.insert);
  for (const step of replacement.insert) insertStep(database, clusterId, step, positionOf(step), nodes);
}
