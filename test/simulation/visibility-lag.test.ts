/** What was accepted may stay invisible for a while: nobody takes it for gone, replaces it, or leaves it behind (S1a, L2). */
import { expect, test } from 'vitest';
import { faultScriptOf } from '../../src/rehearsal/faults.ts';
import type { Verb } from './judged.ts';
import { Life } from './life.ts';
import { noFindings } from './oracle.ts';
import { countBoundaries, tryHistory } from './scenarios.ts';
import type { SimulationWishes } from './simulated-builder.ts';
import { SPEED } from './simulated-cloud.ts';

/** Everything that is made shows up after most of the settle window. */
const LATE_S = 100;
const LATE: SimulationWishes = {
  hypervisors: 1,
  settleMs: 120_000,
  faults: faultScriptOf({
    version: 1,
    faults: [
      {
        on: ['create-server', 'create-port', 'create-security-group', 'create-floating-ip'],
        lag: LATE_S * SPEED,
        times: 'always',
      },
    ],
  }),
};

/** Dies at a boundary of create; then the verbs come to their ends in one run each. */
async function live(diesAt: number | null, verbs: readonly Verb[]): Promise<void> {
  const { findings } = await tryHistory('late', LATE, async (judged) => {
    if (diesAt !== null) await judged.run('create', new Life(diesAt));
    for (const verb of verbs) await judged.finish(verb);
    expect(judged.simulation.replaced).toEqual([]);
  });
  expect(findings).toEqual(noFindings());
}

test('create goes on, and makes nothing twice', () => live(null, ['create', 'destroy']));

/** Shortly after each kind of object was answered for. */
async function placesOfDeath(): Promise<readonly number[]> {
  const names = await countBoundaries('create', { hypervisors: 1 });
  const answered = names.flatMap((name, index) => (name === 'effect.answered' ? [index + 1] : []));
  return answered.slice(0, 12).map((at) => at + 3);
}

test('create is taken up at once, wherever it died, and then destroyed', async () => {
  for (const at of await placesOfDeath()) await live(at, ['create', 'destroy']);
}, 60_000);

test('destroy comes at once, wherever create died, and leaves nothing', async () => {
  for (const at of await placesOfDeath()) await live(at, ['destroy']);
}, 60_000);

test('a port that stays in use when its old server is gone is waited for, in the same run', async () => {
  const wishes: SimulationWishes = {
    hypervisors: 1,
    // So short that looking for a lost create is no wait at all.
    settleMs: 1_000,
    faults: faultScriptOf({
      version: 1,
      faults: [
        { on: 'create-server', of: 'compute-1', error: 'Exceeded maximum number of retries.' },
        { on: 'delete-server', unplug: LATE_S * SPEED },
      ],
    }),
  };
  const { findings } = await tryHistory('a port in use', wishes, async (judged) => {
    await judged.finish('create');
    await judged.finish('destroy');
  });
  expect(findings).toEqual(noFindings());
});
