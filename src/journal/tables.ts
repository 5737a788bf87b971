/** The tables of the state as kysely reads them, and the list of migrations that made them. */
import type { ColumnType, Generated } from 'kysely';
import { createSchema } from '../../migrations/0001-create-schema.ts';
import { addStageTimes } from '../../migrations/0002-add-stage-times.ts';
import { addNodeStates } from '../../migrations/0003-add-node-states.ts';
import type { AttemptState, StepState } from '../engine/journal.ts';
import type { Phase, ResourceState } from './state.ts';

/** Forward only; a released one is never edited. `user_version` is the number of the last one. */
export interface Migration {
  readonly number: number;
  readonly name: string;
  readonly sql: string;
}

export const MIGRATIONS: readonly Migration[] = [createSchema, addStageTimes, addNodeStates];

/** Written as ASCII it reads "DSB1". */
export const APPLICATION_ID = 0x44534231;

/** Written once, with the row. */
type Fixed<T> = ColumnType<T, T, never>;

/** All times are UTC ISO text, all JSON is text. */
export interface Tables {
  owner: { one: Fixed<number>; epoch: number; pid: number; host: string; since: string; verb: string };
  clusters: {
    id: Fixed<string>;
    name: Fixed<string>;
    auth_url: Fixed<string>;
    region: Fixed<string | null>;
    project_id: Fixed<string>;
    user_id: Fixed<string>;
    phase: Phase;
    settle_ms: Fixed<number>;
    choices: string;
    created_at: Fixed<string>;
  };
  layouts: {
    id: Generated<number>;
    cluster_id: Fixed<string>;
    sha256: Fixed<string>;
    body: Fixed<string>;
    saved_at: Fixed<string>;
  };
  nodes: {
    id: Generated<number>;
    cluster_id: Fixed<string>;
    name: Fixed<string>;
    role: Fixed<string>;
    node_group: Fixed<string>;
    generation: Generated<number>;
    state: Generated<'here' | 'leaving' | 'gone'>;
  };
  runs: {
    id: Generated<number>;
    cluster_id: string | null;
    verb: Fixed<string>;
    argv: Fixed<string>;
    epoch: Fixed<number>;
    started_at: Fixed<string>;
    ended_at: string | null;
    exit_code: number | null;
    error: string | null;
  };
  steps: {
    id: Generated<number>;
    cluster_id: Fixed<string>;
    node_id: Fixed<number | null>;
    position: number;
    key: Fixed<string>;
    kind: Fixed<string>;
    version: Fixed<number>;
    lifetime: Fixed<'cluster' | 'server'>;
    input: Fixed<string>;
    after: Fixed<string>;
    generation: Fixed<number>;
    state: StepState;
    output: string | null;
  };
  attempts: {
    id: Generated<number>;
    step_id: Fixed<number>;
    number: Fixed<number>;
    epoch: Fixed<number>;
    nonce: Fixed<string>;
    state: AttemptState;
    intended_at: Fixed<string>;
    ended_at: string | null;
    error: string | null;
  };
  resources: {
    id: Generated<number>;
    cluster_id: Fixed<string>;
    attempt_id: number | null;
    kind: Fixed<string>;
    key: Fixed<string>;
    generation: Fixed<number>;
    cloud_id: string | null;
    nonce: Fixed<string | null>;
    state: ResourceState;
    seen_at: string;
  };
  jobs: { attempt_id: Fixed<number>; log_offset: number; prefix_sha256: string; file_bytes: number; file: string };
  events: {
    seq: Generated<number>;
    at: Fixed<string>;
    run_id: Fixed<number>;
    epoch: Fixed<number>;
    kind: Fixed<string>;
    subject: Fixed<string | null>;
    body: Fixed<string>;
  };
  stage_times: {
    id: Generated<number>;
    kind: Fixed<string>;
    source: Fixed<string>;
    times: Fixed<string>;
    recorded_at: Fixed<string>;
  };
}
