/** Writing another layout of a cluster that exists: its nodes, its choices and its steps change together. */
import { BuilderError } from '../errors.ts';
import { type Database, sql } from './database.ts';
import type { PlanChange } from './state.ts';
import { insertLayout, insertStep, selectNodes } from './write-plan.ts';
import { supersede } from './write-replacement.ts';

type NodeState = 'here' | 'leaving' | 'gone';

function setState(
  database: Database,
  clusterId: string,
  names: readonly string[],
  from: NodeState,
  to: NodeState,
): void {
  for (const name of names) {
    const update = sql.updateTable('nodes').set({ state: to }).where('cluster_id', '=', clusterId);
    const { changes } = database.run(update.where('name', '=', name).where('state', '=', from));
    if (changes !== 1) throw new BuilderError('internal', `node ${name} cannot become ${to}: it is not ${from}`);
  }
}

/** Who comes back is of a later generation, so that nothing of the earlier one is taken for its own. */
function join(database: Database, clusterId: string, nodes: PlanChange['join']): void {
  const known = selectNodes(database, clusterId);
  for (const { name, role, group, generation } of nodes) {
    const earlier = known.get(name);
    if (earlier === undefined) {
      database.run(
        sql.insertInto('nodes').values({ cluster_id: clusterId, name, role, node_group: group, generation }),
      );
      continue;
    }
    if (generation <= earlier.generation)
      throw new BuilderError('internal', `node ${name} had generation ${earlier.generation} already`);
    setState(database, clusterId, [name], 'gone', 'here');
    database.run(sql.updateTable('nodes').set({ generation }).where('id', '=', earlier.id));
  }
}

/** Runs inside the caller's transaction. Throws `internal` for a change that the rows do not allow. */
export function writeChange(database: Database, clusterId: string, change: PlanChange, now: string): void {
  const { layout, choices, order } = change;
  insertLayout(database, clusterId, layout, now);
  const cluster = { choices: JSON.stringify(choices), phase: 'creating' } as const;
  database.run(sql.updateTable('clusters').set(cluster).where('id', '=', clusterId));
  supersede(database, clusterId, change.supersede);
  setState(database, clusterId, change.leave, 'here', 'leaving');
  setState(database, clusterId, change.stay, 'leaving', 'here');
  setState(database, clusterId, change.go, 'leaving', 'gone');
  join(database, clusterId, change.join);
  const nodes = selectNodes(database, clusterId);
  const positions = new Map(order.map((key, position) => [key, position]));
  const positionOf = (key: string): number => {
    const position = positions.get(key);
    if (position === undefined) throw new BuilderError('internal', `the order of the plan lacks ${key}`);
    return position;
  };
  const live = sql.selectFrom('steps').select(['id', 'key']).where('cluster_id', '=', clusterId);
  for (const { id, key } of database.all(live.where('state', '<>', 'superseded')))
    database.run(
      sql
        .updateTable('steps')
        .set({ position: positionOf(key) })
        .where('id', '=', id),
    );
  for (const step of change.insert) insertStep(database, clusterId, step, positionOf(step.key), nodes);
}
