/** Writing attempts of a lost journal as rows, so that the engine takes up what was begun and counts what is over. */
import type { PastAttempt, RecordedError } from '../engine/journal.ts';
import { BuilderError } from '../errors.ts';
import { type Database, sql } from './database.ts';

const OVER: RecordedError = {
  code: 'job-lost',
  message: 'it ended before the state was lost',
  details: {},
  causes: [],
};

/** Runs inside the caller's transaction. Throws `internal` for a step that the plan does not have. */
export function insertPast(
  database: Database,
  clusterId: string,
  { key, nonce, isOpen, resourceKind }: PastAttempt,
  epoch: number,
  now: string,
): void {
  const ofCluster = sql.selectFrom('steps').where('cluster_id', '=', clusterId).where('key', '=', key);
  const step = database.first(ofCluster.select(['id', 'generation']));
  if (step === undefined) throw new BuilderError('internal', `the plan has no step ${key}`);
  const earlier = database.all(sql.selectFrom('attempts').select('id').where('step_id', '=', step.id)).length;
  const { id } = database.run(
    sql.insertInto('attempts').values({
      step_id: step.id,
      number: earlier + 1,
      epoch,
      nonce,
      state: isOpen ? 'intent' : 'failed',
      intended_at: now,
      ended_at: isOpen ? null : now,
      error: isOpen ? null : JSON.stringify(OVER),
    }),
  );
  if (isOpen) database.run(sql.updateTable('steps').set({ state: 'open' }).where('id', '=', step.id));
  if (resourceKind === null) return;
  database.run(
    sql.insertInto('resources').values({
      cluster_id: clusterId,
      attempt_id: id,
      kind: resourceKind,
      key,
      generation: step.generation,
      cloud_id: null,
      nonce,
      state: isOpen ? 'creating' : 'gone',
      seen_at: now,
    }),
  );
}
