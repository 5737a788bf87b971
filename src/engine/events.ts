/** The events of a run, one tagged union: renderers and the journal's audit trail listen to them. */
import type { RecordedError } from './journal.ts';

export interface StepSubject {
  readonly key: string;
  readonly kind: string;
  readonly node: string | null;
  readonly generation: number;
  readonly title: string;
}

export type RunEvent =
  | { readonly type: 'run-started'; readonly total: number; readonly done: number; readonly inDoubt: number }
  | { readonly type: 'step-started'; readonly step: StepSubject; readonly attempt: number; readonly resumed: boolean }
  | { readonly type: 'step-progress'; readonly step: StepSubject; readonly text: string }
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
  | { readonly type: 'node-replaced'; readonly node: string; readonly generation: number; readonly reason: string }
  | { readonly type: 'run-stopping'; readonly reason: string }
  | {
      readonly type: 'run-ended';
      readonly done: number;
      readonly failed: number;
      readonly blocked: number;
      readonly elapsedMs: number;
    }
  | { readonly type: 'notice'; readonly level: 'info' | 'warning'; readonly text: string };

export type EmitEvent = (event: RunEvent) => void;
