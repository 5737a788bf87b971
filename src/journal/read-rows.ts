/** From rows of the state to the records of its ports. */
import type { Selectable } from 'kysely';
import type { AttemptRecord, RecordedError, StepRecord } from '../engine/journal.ts';
import type { JsonObject } from '../engine/step.ts';
import type { Tables } from './tables.ts';

/** Every JSON column was written by us and is checked by SQLite. */
export function fromJson<T>(text: string): T {
  return JSON.parse(text) as T;
}

export function toAttempt(row: Selectable<Tables['attempts']>): AttemptRecord {
  return {
    id: row.id,
    stepId: row.step_id,
    number: row.number,
    nonce: row.nonce,
    epoch: row.epoch,
    state: row.state,
    intendedAt: new Date(row.intended_at),
    endedAt: row.ended_at === null ? null : new Date(row.ended_at),
    error: row.error === null ? null : fromJson<RecordedError>(row.error),
  };
}

export type StepRow = Selectable<Tables['steps']> & { readonly node: string | null };

export function toStep(row: StepRow, attempts: readonly AttemptRecord[]): StepRecord {
  const { key, kind, version, node, lifetime } = row;
  return {
    id: row.id,
    planned: {
      key,
      kind,
      version,
      node,
      lifetime,
      input: fromJson<JsonObject>(row.input),
      after: fromJson<readonly string[]>(row.after),
    },
    generation: row.generation,
    state: row.state,
    output: row.output === null ? null : fromJson<JsonObject>(row.output),
    attempts,
  };
}
