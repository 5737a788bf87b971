/** What a seed makes of the world: which faults it has, how often each happens, and when they stop (reliability.md section 3.4). */
import { PassingFaults, type Said } from './passing-faults.ts';
import type { Chance } from './seeded-random.ts';

/** The simulated cloud is that much faster than its builders; its scripts speak of its own seconds. */
const SPEED = 300;

/** One class each; `settleMs` bounds how late an effect may show (the fault model of reliability.md section 1.0). */
function classesOf(settleMs: number): readonly Said[] {
  const lagS = Math.floor((settleMs / 1000) * SPEED * 0.5);
  const creates = ['create-server', 'create-port', 'create-floating-ip', 'create-security-group'];
  return [
    { on: ['delete-*', 'show-*', 'list-*'], status: 503, retry_after: '1' },
    { on: 'create-*', status: 429, retry_after: '1' },
    { on: creates, status: 503 },
    { on: creates, status: 503, effect: true },
    { on: creates, status: 504, effect: true, lag: lagS },
    { on: creates, lag: lagS },
    { on: ['create-*', 'delete-*'], reply: 'lost' },
    { on: ['create-*', 'delete-*'], reply: 'truncated' },
    { on: ['delete-*'], status: 409 },
    { on: ['delete-*'], status: 500, effect: true },
    { on: ['show-*', 'list-*'], status: 502, reply: 'html' },
    { on: ['show-*', 'list-*'], reply: 'truncated' },
    { on: 'list-servers', omit: true },
    { on: ['show-*', 'list-*', ...creates], token: 'expired' },
    { on: creates, quota: 'exceeded' },
    { on: 'create-server', error: 'No valid host was found. There are not enough hosts available.' },
    { on: 'delete-server', stuck: 20 * SPEED },
    { on: 'delete-server', unplug: 60 * SPEED },
    { on: ['create-*', 'show-*', 'list-*'], delay: 5 * SPEED },
    { on: 'connect', ssh: 'refused' },
    { on: 'connect', ssh: 'wrong-host-key' },
    { on: 'session', session: 'cut-before' },
    { on: 'session', session: 'cut-after' },
    { on: ['install-packages', 'clone-devstack', 'check-server'], exit: 100 },
    { on: 'run-stack', exit: 1 },
    { on: 'install-packages', disk: 'full' },
  ];
}

/** Each class is on in every second seed; how often it strikes is between one in fifty and one in three. */
export function drawSwarm(settleMs: number, chance: Chance): PassingFaults {
  return new PassingFaults(
    classesOf(settleMs)
      .filter(() => chance() < 0.5)
      .map((said): Said => Object.assign(said, { times: 'always', chance: 0.02 + 0.3 * chance() ** 2 })),
  );
}
