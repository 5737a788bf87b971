/** Looking for what a lost create may have made, until it is found or believed absent (reliability.md section 2.3, resolve). */
import { blindList } from '../cloud/blind-list.ts';
import type { Mark, Survey } from '../cloud/cloud.ts';
import type { JsonObject, Observation, StepContext } from '../engine/step.ts';
import type { StepPorts } from './ports.ts';

const LEAST_LOOKS = 3;
const FIRST_PAUSE_MS = 1_000;
const LAST_PAUSE_MS = 15_000;

/** Whether a resource carries the mark of exactly this attempt. */
export function isOfAttempt(context: StepContext<StepPorts>, mark: Mark | null): boolean {
  return (
    mark !== null &&
    mark.cluster === context.ports.cluster.id &&
    mark.key === context.key &&
    mark.nonce === context.nonce
  );
}

/** The mark that this attempt's create carries. */
export function markOf(context: StepContext<StepPorts>): Mark {
  return {
    cluster: context.ports.cluster.id,
    key: context.key,
    generation: context.generation,
    nonce: context.nonce,
    epoch: context.epoch,
  };
}

/**
 * Looks at least three times and until the settle window since the intent is over. Only a look whose canary answered counts;
 * throws `blind-list` when the window ended without three such looks.
 */
export async function observeCreation<Output extends JsonObject>(
  context: StepContext<StepPorts>,
  find: (survey: Survey) => Output | null,
): Promise<Observation<Output>> {
  const { clock, cloud, cluster } = context.ports;
  const until = context.intendedAt.getTime() + cluster.settleMs;
  let looks = 0;
  let blindness: readonly string[] = [];
  let pauseMs = FIRST_PAUSE_MS;
  for (let tries = 0; ; tries += 1) {
    const survey = await cloud.survey(context.signal);
    const output = find(survey);
    if (output !== null) return { state: 'found', output };
    blindness = survey.blindness;
    if (blindness.length === 0) looks += 1;
    const isOver = clock.now().getTime() >= until;
    if (isOver && looks >= LEAST_LOOKS) return { state: 'absent' };
    if (isOver && tries >= 2 * LEAST_LOOKS) break;
    const leftMs = Math.max(0, until - clock.now().getTime());
    context.report(`checking whether it was created (up to ${Math.ceil(leftMs / 1000)} s)`);
    await clock.sleep(isOver ? FIRST_PAUSE_MS : Math.min(pauseMs, Math.max(leftMs, FIRST_PAUSE_MS)), context.signal);
    pauseMs = Math.min(LAST_PAUSE_MS, pauseMs * 2);
  }
  throw blindList(blindness, {
    at: context.key,
    state: 'the create may or may not have happened; nothing more was sent',
    fix: `look again: ./builder resolve ${cluster.name}`,
  });
}
