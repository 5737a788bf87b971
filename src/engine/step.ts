/** The step contract: what a plan holds, and what each kind of step must be able to do. */
import type { ZodType } from 'zod';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

/**
 * Repeat class (reliability.md section 2.3): `read` and `idempotent` are simply done again; `guarded` has a natural key that
 * refuses a second one; `once` is repeated only when observation proves that nothing happened.
 */
export type RepeatClass = 'read' | 'idempotent' | 'guarded' | 'once';

/** A step as the plan stores it: pure data. */
export interface PlannedStep {
  /** `<kind>/<subject>`, unique in the plan, like `create-server/compute-2`. */
  readonly key: string;
  readonly kind: string;
  readonly version: number;
  /** Steps of one node run one at a time; null for the cluster's own steps. */
  readonly node: string | null;
  /** `server`: undone when the node's server is replaced; `cluster`: survives that. */
  readonly lifetime: 'cluster' | 'server';
  readonly input: JsonObject;
  /** Keys of the steps that must be done first. */
  readonly after: readonly string[];
}

export interface RetryPolicy {
  /** Attempts in one run before a retryable failure becomes final. */
  readonly attempts: number;
  readonly baseMs: number;
  readonly capMs: number;
}

/** How far a step is, where that can be told. */
export interface Progress {
  /** Whole ones, from 0 to 99; it never goes back while an attempt is followed. */
  readonly percent: number;
  /** The part it is in, in the words of who does it. */
  readonly milestone: string;
  /** About how long it still takes; null while nobody can say. */
  readonly remainingMs: number | null;
}

/** What the engine gives a step while it runs. */
export interface StepContext<Ports> {
  readonly ports: Ports;
  readonly key: string;
  readonly node: string | null;
  readonly generation: number;
  /** Counts all attempts of this step and generation over all runs, from 1. */
  readonly attempt: number;
  readonly attemptId: number;
  /** Fresh random id of this attempt; part of the mark. */
  readonly nonce: string;
  readonly epoch: number;
  /** Aborts when the run stops; waits and reads end, an effect under way settles. */
  readonly signal: AbortSignal;
  /** Wall time of the attempt's durable intent, for the settle window. */
  readonly intendedAt: Date;
  /** The output of a finished step this one comes after. Throws `internal` when there is none. */
  outputOf<T extends JsonObject>(key: string): T;
  /** The output of a step that may not be in the plan or not be finished; null then. */
  findOutput<T extends JsonObject>(key: string): T | null;
  /** Tells people what it is at, and how far it is; journaled are milestones alone. */
  report(text: string, progress?: Progress): void;
}

export type Observation<Output> =
  | { readonly state: 'found'; readonly output: Output }
  /** Proven: the attempt had no effect; a new attempt may be made. */
  | { readonly state: 'absent' }
  /** Performing again within the same attempt is safe: it re-attaches to what it began. */
  | { readonly state: 'resumable' };

/** What is seen of an attempt that can be taken up. */
export interface Trace {
  /** In words for people. */
  readonly text: string;
}

/** One kind of step. `observe` throws `blind-list` or another in-doubt error where nothing can be proven. */
export interface StepKind<Ports, Input extends JsonObject = JsonObject, Output extends JsonObject = JsonObject> {
  readonly kind: string;
  readonly version: number;
  readonly repeat: RepeatClass;
  /** As every `once` is: where it was begun and would have to be done again, its node's server is made anew. */
  readonly isIrrevocable?: boolean;
  readonly input: ZodType<Input>;
  readonly output: ZodType<Output>;
  readonly retry: RetryPolicy;
  readonly timeLimitMs: number;
  title(input: Input): string;
  /** The cloud resource this step makes, if it makes one; `idOf` finds its id in the output. */
  readonly resource?: { readonly kind: string; idOf(output: Output): string };
  /** The id of the remote job this step runs on its node, if it runs one; the record of that job outlives our journal. */
  jobId?(generation: number, attempt: number, planned: Pick<PlannedStep, 'key' | 'input'>): string;
  /** Asked only about an attempt whose end was never recorded. */
  observe(context: StepContext<Ports>, input: Input): Promise<Observation<Output>>;
  perform(context: StepContext<Ports>, input: Input): Promise<Output>;
  /** Where `observe` says `resumable`: what is seen of the attempt meanwhile. Only looks; throws where nothing can be seen. */
  inspect?(context: StepContext<Ports>, input: Input): Promise<Trace>;
  /** The attempt's output, where a person names what it made. Throws `not-ours` where that cannot be proven. */
  adopt?(context: StepContext<Ports>, input: Input, id: string): Promise<Output>;
}

/** What a step is about, by its key: the node, or `cluster`. */
export function subjectOf(key: string): string {
  return key.slice(key.indexOf('/') + 1);
}
