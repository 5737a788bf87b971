/** One seed, one history: builders that die among faults that never stop, then one that must come to its end when they do. */

import { Judged, type Verb } from './judged.ts';
import { Life } from './life.ts';
import type { Findings } from './oracle.ts';
import { below, type Chance, seededChance, seededRandom } from './seeded-random.ts';
import { drawSwarm } from './swarm.ts';

export interface SeedTrial {
  readonly history: string;
  readonly findings: Findings;
  readonly virtualMs: number;
}

/** Once nothing goes wrong, a verb must be over by then (B of reliability.md section 3.4). */
const CALM_LIMIT_MS = 30 * 60_000;
/** Among faults it may take long, but it must not loop for ever. */
const ROUGH_LIMIT_MS = 12 * 3_600_000;
const MOST_DEATHS = 4;
/** Of a create with four hypervisors among faults. */
const MOST_BOUNDARIES = 1_600;

/** No server and no port goes by itself here: whoever says that one is gone took what is late for what is not there. */
function judgeAbsence({ simulation, findings }: Judged): void {
  const { lastError, replaced } = simulation;
  if (lastError?.code === 'drift') findings.leaks.push(`nothing drifted, but: ${lastError.message}`);
  for (const reason of replaced.splice(0))
    if (/is gone|vanished/.test(reason)) findings.leaks.push(`replaced without need: ${reason}`);
}

/** A builder's life of at most that much virtual time; that it had to be ended is a finding. */
async function within(limitMs: number, judged: Judged, verb: Verb, life: Life): Promise<boolean> {
  const over = new AbortController();
  const { clock } = judged.simulation;
  const end = async (): Promise<void> => {
    try {
      await clock.sleep(limitMs, over.signal);
    } catch {
      // It rejects only when the verb was over in time.
      return;
    }
    judged.findings.leaks.push(`${verb} is not over after ${limitMs / 60_000} virtual minutes`);
    life.end();
  };
  const late = end();
  try {
    const isOver = (await judged.attempt(verb, life)) === 'done';
    judgeAbsence(judged);
    return isOver;
  } finally {
    over.abort();
    await late;
  }
}

interface Act {
  readonly verb: Verb;
  /** The boundary at which its builder dies; null when it lives. */
  readonly diesAt: number | null;
}

/** create, mostly; destroy now and then, also of half a cluster. */
function drawActs(chance: Chance): readonly Act[] {
  const acts: Act[] = [];
  const count = 2 + below(4, chance);
  let deaths = 0;
  for (let index = 0; index < count; index += 1) {
    const verb = chance() < 0.7 ? 'create' : 'destroy';
    const mayDie = deaths < MOST_DEATHS && chance() < 0.6;
    // Early ones are in the opening of the state and the first looks at the cloud.
    const diesAt = mayDie ? 1 + Math.floor(MOST_BOUNDARIES * chance() ** 2) : null;
    if (mayDie) deaths += 1;
    acts.push({ verb, diesAt });
  }
  return acts;
}

function describe({ verb, diesAt }: Act): string {
  return diesAt === null ? verb : `${verb} dies at ${diesAt}`;
}

/** Faults have stopped: each verb ends well in one run and in time. */
async function expectLiveness(judged: Judged): Promise<void> {
  const end = async (verb: Verb): Promise<boolean> => await within(CALM_LIMIT_MS, judged, verb, new Life());
  const why = (): string => judged.simulation.lastError?.message ?? 'some steps failed';
  if (!(await end('create'))) {
    // What is half destroyed is destroyed first, and says so.
    const isHalf = judged.simulation.lastError?.code === 'busy';
    if (!isHalf) judged.findings.leaks.push(`create without faults: ${why()}`);
    else if (!(await end('destroy'))) judged.findings.leaks.push(`destroy without faults: ${why()}`);
    else if (!(await end('create'))) judged.findings.leaks.push(`create without faults: ${why()}`);
  }
  if (!(await end('destroy'))) judged.findings.leaks.push(`destroy without faults: ${why()}`);
}

export async function trySeed(seed: number): Promise<SeedTrial> {
  const chance = seededChance(seed);
  const settleMs = 1000 * (10 + below(110, chance));
  const hypervisors = 1 + below(4, chance);
  const faults = drawSwarm(settleMs, chance);
  const acts = drawActs(chance);
  const judged = Judged.begin({
    seed,
    faults,
    hypervisors,
    settleMs,
    random: seededRandom(chance),
    choose: (count) => below(count, chance),
  });
  const { simulation, findings } = judged;
  try {
    for (const { verb, diesAt } of acts)
      await within(ROUGH_LIMIT_MS, judged, verb, new Life(diesAt ?? Number.POSITIVE_INFINITY));
    faults.calm();
    // What was accepted late shows up by then.
    await simulation.clock.sleep(settleMs, new AbortController().signal);
    await expectLiveness(judged);
    const what = `${hypervisors} hypervisors, ${acts.map(describe).join(', ')}`;
    return { history: `seed ${seed}: ${what}`, findings, virtualMs: simulation.clock.monotonicMs() };
  } finally {
    simulation.dispose();
  }
}
