/** Up to which attempt of its steps a cluster was verified, kept as an event: an attempt that came after it is not covered. */
import { z } from 'zod';
import { type Database, sql } from './database.ts';
import { fromJson } from './read-rows.ts';

/** Kind of the event. */
export const VERIFIED = 'verified-to-attempt';

const body = z.object({ lastAttempt: z.number() });

/** 0 where nothing was ever tried; attempts of superseded steps count, for they did something too. */
export function selectLastAttempt(database: Database, clusterId: string): number {
  const row = database.first(
    sql
      .selectFrom('attempts')
      .innerJoin('steps', 'steps.id', 'attempts.step_id')
      .select(({ fn }) => fn.max<number | null>('attempts.id').as('last'))
      .where('steps.cluster_id', '=', clusterId),
  );
  return row?.last ?? 0;
}

/** The last attempt that a verification covers that ended well; -1 where none has. */
export function selectLastVerified(database: Database, clusterId: string): number {
  const row = database.first(
    sql
      .selectFrom('events')
      .innerJoin('runs', 'runs.id', 'events.run_id')
      .select('events.body')
      .where('events.kind', '=', VERIFIED)
      .where('runs.cluster_id', '=', clusterId)
      .orderBy('events.seq', 'desc'),
  );
  // What was altered by others proves nothing.
  return body.safeParse(row === undefined ? null : fromJson(row.body)).data?.lastAttempt ?? -1;
}
