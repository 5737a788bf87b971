/** Which objects of finished steps are gone: not listed, not there by their id, and no longer just invisible. */
import type { Cloud, Survey } from '../cloud/cloud.ts';
import { findObject } from '../cloud/find-object.ts';
import type { EmitEvent } from '../engine/events.ts';
import type { StepRecord } from '../engine/journal.ts';
import type { Clock } from '../host/clock.ts';
import { type Missing, missingFrom } from '../plan/reconcile.ts';
import { STEP_KINDS } from '../steps/index.ts';

interface Looking {
  readonly cloud: Cloud;
  readonly steps: readonly StepRecord[];
  /** The settle window. */
  readonly settleMs: number;
  readonly emit: EmitEvent;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

const FIRST_PAUSE_MS = 1_000;
const LAST_PAUSE_MS = 15_000;

async function onlyAbsent(
  missing: readonly Missing[],
  { cloud, signal }: Pick<Looking, 'cloud' | 'signal'>,
): Promise<readonly Missing[]> {
  const answers = await Promise.all(
    missing.map(async (object) => {
      const found = await findObject(cloud, object, signal);
      // One that was deleted softly is of no use any more.
      return found === null || found.status === 'SOFT_DELETED' ? [object] : [];
    }),
  );
  return answers.flat();
}

/** Looks again until everything is found or its window is over, at most one settle window; the last survey comes with it. */
export async function findGone(
  first: Survey,
  looking: Looking,
): Promise<{ readonly survey: Survey; readonly gone: readonly Missing[] }> {
  const { cloud, steps, settleMs, emit, clock, signal } = looking;
  const began = clock.now();
  let survey = first;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(LAST_PAUSE_MS, pauseMs * 2)) {
    const gone = await onlyAbsent(missingFrom(steps, survey, STEP_KINDS, settleMs, began), looking);
    const leftMs = Math.max(0, ...gone.map(({ visibleAt }) => visibleAt.getTime() - clock.now().getTime()));
    if (leftMs === 0) return { survey, gone };
    if (pauseMs === FIRST_PAUSE_MS) {
      const names = gone.map(({ key }) => key).join(', ');
      const text = `waiting up to ${Math.ceil(leftMs / 1000)} s: ${names} was answered, but is not visible yet`;
      emit({ type: 'notice', level: 'info', text });
    }
    await clock.sleep(Math.min(pauseMs, leftMs), signal);
    survey = await cloud.survey(signal);
  }
}
