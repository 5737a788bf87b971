/** The journal port: the durable record of a cluster's plan, its steps and every attempt. */
import type { JsonObject, PlannedStep } from './step.ts';

export type StepState = 'pending' | 'open' | 'done' | 'failed' | 'superseded';
export type AttemptState = 'intent' | 'uncertain' | 'ok' | 'failed' | 'moot';

/** An error as it is journaled: redacted, serialisable, it survives the process. */
export interface RecordedError {
  readonly code: string;
  readonly message: string;
  readonly at?: string | undefined;
  readonly fix?: string | undefined;
  readonly details: JsonObject;
  readonly causes: readonly string[];
}

export interface AttemptRecord {
  readonly id: number;
  readonly stepId: number;
  /** Counts from 1 within step and generation. */
  readonly number: number;
  readonly nonce: string;
  readonly epoch: number;
  readonly state: AttemptState;
  /** UTC. */
  readonly intendedAt: Date;
  readonly endedAt: Date | null;
  readonly error: RecordedError | null;
}

export interface StepRecord {
  readonly id: number;
  readonly planned: PlannedStep;
  readonly generation: number;
  readonly state: StepState;
  /** Set when `done`. */
  readonly output: JsonObject | null;
  readonly attempts: readonly AttemptRecord[];
}

/** What replacing servers does to the plan: decided purely, written in one transaction. */
export interface Replacement {
  /** Nodes that get a new generation. */
  readonly nodes: readonly string[];
  /** Ids of steps that no longer count. */
  readonly supersede: readonly number[];
  /** Steps of the new generation (of their node), pending. */
  readonly insert: readonly PlannedStep[];
  /** Why, for the record. */
  readonly reason: string;
}

/** An attempt that a lost journal held, told by what it left in the cloud or on its node. */
export interface PastAttempt {
  /** Of its step. */
  readonly key: string;
  readonly nonce: string;
  /** Its end was not recorded: the engine finds out what became of it. Else it is over and was in vain. */
  readonly isOpen: boolean;
  /** What it made in the cloud, if anything. */
  readonly resourceKind: string | null;
}

/**
 * Every write runs in BEGIN IMMEDIATE, checks that our epoch still rules (else `fenced`), and is durable (fsynced) when
 * its promise resolves. Writes asked for within one turn of the event loop share a commit.
 */
export interface Journal {
  readonly clusterId: string;
  readonly runId: number;
  readonly epoch: number;
  /** All steps but superseded ones, in plan order. */
  listSteps(): readonly StepRecord[];
  /** Generation of a node's server, from 1. */
  generationOf(node: string): number;
  /**
   * Intent: a new attempt, and the step `open`; refused by the database when one is open already. `resourceKind` is what the
   * step makes in the cloud, if anything: its row is there, without an id, before the request is sent.
   */
  openAttempt(stepId: number, nonce: string, intendedAt: Date, resourceKind?: string | null): Promise<AttemptRecord>;
  /** The answer was lost: the attempt stays open, to be observed. */
  markUncertain(attemptId: number, error: RecordedError): Promise<void>;
  /** Outcome: attempt `ok`, step `done`, and the resource row where the step makes one. */
  recordDone(
    attemptId: number,
    output: JsonObject,
    resource: { readonly kind: string; readonly cloudId: string } | null,
  ): Promise<void>;
  /** Outcome: attempt `failed`; the step is `failed` when final, else `pending`. */
  recordFailed(attemptId: number, error: RecordedError, final: boolean): Promise<void>;
  /** Observation proved the attempt had no effect: `moot`, the step `pending` again. */
  recordMoot(attemptId: number): Promise<void>;
  /** Failed steps of an earlier run become pending again. */
  reopenFailed(stepIds: readonly number[]): Promise<void>;
  replace(replacement: Replacement): Promise<void>;
}
