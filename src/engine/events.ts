/** The events of a run, one tagged union: renderers and the journal's audit trail listen to them. */
import type { RecordedError } from './journal.ts';
import type { Progress } from './step.ts';

export interface StepSubject {
  readonly key: string;
  readonly kind: string;
  readonly node: string | null;
  readonly generation: number;
  readonly title: string;
}

/** How far the plan is; the sums hold the cluster's own steps too. */
export interface PlanCounts {
  readonly total: number;
  readonly done: number;
  /** In the order of the plan. */
  readonly nodes: readonly { readonly node: string; readonly total: number; readonly done: number }[];
}

export type RunEvent =
  | ({ readonly type: 'run-started'; readonly inDoubt: number } & PlanCounts)
  | { readonly type: 'step-started'; readonly step: StepSubject; readonly attempt: number; readonly resumed: boolean }
  | ({ readonly type: 'step-progress'; readonly step: StepSubject; readonly text: string } & Partial<Progress>)
  | { readonly type: 'step-done'; readonly step: StepSubject; readonly elapsedMs: number; readonly adopted: boolean }
  | {
      readonly type: 'step-retrying';
      readonly step: StepSubject;
      readonly error: RecordedError;
      readonly waitMs: number;
    }
  | {
      readonly type: 'step-failed';
      readonly step: StepSubject;
      readonly error: RecordedError;
      readonly elapsedMs: number;
    }
  | { readonly type: 'step-in-doubt'; readonly step: StepSubject; readonly error: RecordedError }
  /** A person said what became of an attempt; who and when is kept with the record. */
  | {
      readonly type: 'step-told';
      readonly step: StepSubject;
      readonly attempt: number;
      readonly says: 'absent' | 'found';
      /** Of the object that was named. */
      readonly id: string | null;
      readonly by: string;
    }
  | { readonly type: 'node-replaced'; readonly node: string; readonly generation: number; readonly reason: string }
  /** Follows the replacements of a run: steps that were done have to be done again, and new ones came. */
  | ({ readonly type: 'plan-changed' } & PlanCounts)
  | { readonly type: 'run-stopping'; readonly reason: string }
  | {
      readonly type: 'run-ended';
      readonly done: number;
      readonly failed: number;
      readonly blocked: number;
      readonly elapsedMs: number;
    }
  /** The whole built cloud was asked; what it is said to be stands in the results. */
  | {
      readonly type: 'verified';
      /** In the names of everything that was made for it. */
      readonly run: string;
      readonly seconds: number;
      readonly passed: number;
      readonly failed: number;
      readonly skipped: number;
      readonly results: readonly {
        readonly check: string;
        readonly node: string | null;
        readonly status: 'pass' | 'fail' | 'skip';
        readonly sentence: string;
        readonly evidence: readonly string[];
        readonly cure: string | null;
      }[];
    }
  | { readonly type: 'notice'; readonly level: 'info' | 'warning'; readonly text: string };

export type EmitEvent = (event: RunEvent) => void;
