/** How a run that was stopped by an error ends in the records. */
import { recordError } from '../engine/record-error.ts';
import { BuilderError } from '../errors.ts';
import type { Run } from '../journal/state.ts';

/** Records why the run stopped. A fenced run writes no more, and what is no `BuilderError` is a crash: neither has an end. */
export async function endStopped(run: Run, error: unknown): Promise<void> {
  if (!(error instanceof BuilderError) || error.code === 'fenced') return;
  await run.end(
    error.exitCode,
    recordError(error, (text) => text),
  );
}
