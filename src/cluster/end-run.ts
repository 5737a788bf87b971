/** How a run that was stopped by an error ends, in the records and for whoever is told. */
import { recordError } from '../engine/record-error.ts';
import { BuilderError } from '../errors.ts';
import type { Run } from '../journal/state.ts';
import { tellPause } from './disk-space.ts';

const UNRECORDED = 'the end of this run has no room in the records: the next command looks at what was open';

/**
 * Records why the run stopped, and gives what to throw. A fenced run writes no more, and what is no `BuilderError` is a crash: neither
 * has an end. Where the disk is so full that not even this is recorded, the error that stopped the run is told all the same.
 */
export async function endStopped(run: Pick<Run, 'end'>, error: unknown, folder: string): Promise<unknown> {
  const told = await tellPause(error, folder);
  if (!(told instanceof BuilderError) || told.code === 'fenced') return told;
  try {
    await run.end(
      told.exitCode,
      recordError(told, (text) => text),
    );
    return told;
  } catch (failure) {
    if (!(failure instanceof BuilderError) || failure.code !== 'disk-full') throw failure;
    const state = told.state === undefined ? UNRECORDED : `${told.state}; ${UNRECORDED}`;
    return new BuilderError(told.code, told.message, { ...told, cause: told.cause, state }, told.problems);
  }
}
