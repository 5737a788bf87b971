/** The truth: DevStack itself, unmodified, built on a real OpenStack in spite of kills, verified, rebooted, broken, and removed. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { CheckResult } from '../../src/verify/check.ts';
import { type Account, readAccount, serversOf } from '../live/support/account.ts';
import { killAtMoments } from '../support/random-kills.ts';
import { dealKills, drawKills, openChance } from '../support/random-moments.ts';
import { type Ended, killHard, type Running, startBuilder, waitForOutput } from '../support/run-builder.ts';
import { statePrefix } from './kept.ts';
import { failuresOf, keptState, name, note, RealCluster, secondsSince, summary, timed } from './real-cluster.ts';
import { chosenLayout, FORBIDDEN } from './real-layouts.ts';

const real = chosenLayout();
const { nodes, apiNode } = real;
const createArgs = ['create', name, '--progress', 'json', '--layout', real.file];
const destroyArgs = ['destroy', name, '--progress', 'json'];
/** What needs no server in the built cloud, and so takes seconds. */
const LOOKS = ['--skip', 'boot,metadata,ping,mtu,floating-ip,live-migrate'];

/** `--kills N`: at random moments, in place of the one that is always the same. */
const kills = Number(process.env['BUILDER_TEST_KILLS'] ?? '');
const { seed, chance } = openChance();
// On a fast machine; on a slow one the kills come early in each stack.sh.
const scale = { controllerStackMs: 400_000, computeStackMs: 240_000, objects: 2 * nodes.length + 1 };
const moments = drawKills(dealKills(kills), scale, chance, apiNode);
/** Where builders are killed instead, nobody looks for this one's answer. */
const restacked = kills > 0 ? null : real.restacked;
let killed = 0;

let state: string;
let cluster: RealCluster;
let before: Account;
let bornAt: number;
let isBuilt = false;
/** A failure is to be looked at: nothing is removed from then on. */
let isKept = false;

/** One life of the builder for each moment, killed there. */
async function killAt(drawn: typeof moments.create, args: readonly string[]): Promise<void> {
  const { kills: delivered } = await killAtMoments(drawn, () => startBuilder(args, { state }), note);
  killed += delivered;
}

/** What is seen of something broken, which is mended whatever is seen. */
async function untilMended<Seen>(look: () => Promise<Seen>, mend: () => Promise<unknown>): Promise<Seen> {
  try {
    return await look();
  } finally {
    await mend();
  }
}

/** Every result is a pass, but for the checks that make no sense here. */
function expectGreen(results: readonly CheckResult[]): void {
  const skipped = results.filter(({ status }) => status === 'skip');
  const reasons = skipped.map(({ check, sentence }) => `${check}: ${sentence}`);
  const passes = results.filter(({ status }) => status === 'pass').length;
  note(`${passes} of ${results.length} results are passes${reasons.map((why) => `; skipped ${why}`).join('')}`);
  expect(failuresOf(results)).toEqual([]);
  expect(skipped.map(({ check }) => check)).toEqual(real.skipped);
}

/** What the end of a create said of the checks that failed. */
function lastVerification({ stderr }: Ended): string {
  return stderr.split('\n').findLast((line) => line.includes('"verified"')) ?? stderr.slice(-5000);
}

/** As something on the node may kill it; the builder is to unstack the server and stack it again. */
async function killStack(running: Running, node: string): Promise<void> {
  const isInside = new RegExp(`"step-progress".*"(start|run)-stack/${node}"`);
  await waitForOutput(running, (output) => isInside.test(output));
  await cluster.onNode(node, String.raw`sudo pkill -TERM -u stack -f '^bash \./stack\.sh$'`);
  note(`SIGTERM to the stack.sh of ${node}`);
  await waitForOutput(running, (output) => output.includes(`${node}: stack.sh again on the same server`));
}

beforeAll(async () => {
  for (const what of FORBIDDEN) note(`not shown here: ${what}`);
  if (kills > 0) note(`${kills} kills, seed ${seed}: again with --kills ${kills} --seed ${seed}`);
  state = keptState ?? (await mkdtemp(join(tmpdir(), statePrefix(name))));
  cluster = new RealCluster(state, apiNode);
  before = await readAccount();
  bornAt = performance.now();
}, 60_000);

afterEach(({ task }) => {
  isKept ||= process.env['BUILDER_TEST_KEEP'] !== undefined && task.result?.state === 'fail';
});

afterAll(async () => {
  if (isKept) note(`kept: ./builder status ${name} --state ${state}; to go on: --kept ${state}`);
  if (isKept) return void process.stdout.write(summary());
  await cluster.builder('destroy', name, '--yes', '--progress', 'none');
  await rm(state, { recursive: true, force: true });
  process.stdout.write(summary());
}, 900_000);

describe(`layout ${real.name} is built`, () => {
  test.skipIf(kills > 0 || keptState !== null)(
    `killed inside the stack.sh of ${apiNode}, the builder leaves it running`,
    async () => {
      const running = startBuilder(createArgs, { state });
      const isInside = new RegExp(`"run-stack/${apiNode}".*Installing OpenStack project source`);
      await waitForOutput(running, (output) => isInside.test(output));
      const ended = await killHard(running);
      expect(ended.signal).toBe('SIGKILL');
      note(`SIGKILL inside the stack.sh of ${apiNode}, at "Installing OpenStack project source"`);
    },
    1_800_000,
  );

  test.runIf(kills > 0)('create is killed at random moments', () => killAt(moments.create, createArgs), 7_200_000);

  test('the same command finishes the cluster', async () => {
    const ended = await timed('create again', async () => {
      const running = startBuilder(createArgs, { state });
      if (restacked !== null && keptState === null) await killStack(running, restacked);
      return await running.ended;
    });
    expect(ended.stderr).toContain('is ready');
    expect(ended.code, lastVerification(ended)).toBe(0);
    if (keptState === null) note(`create, all its lives together: ${secondsSince(bornAt)} s`);
    isBuilt = true;
  }, 3_600_000);
});

describe(`layout ${real.name}, built,`, () => {
  beforeEach((context) => context.skip(!isBuilt, 'the cluster was not built'));

  test('has run stack.sh exactly once on each node, to its end, but where it was killed', async () => {
    const seconds = await Promise.all(
      nodes.map(async (node) => {
        // Every start of stack.sh makes a summary of its own beside LOGFILE.
        const runs = await cluster.onNode(node, "ls /opt/stack/logs | grep -c 'stack.sh.log.*summary.2' || true");
        expect(Number(runs.trim()), `runs of stack.sh on ${node}`).toBe(node === restacked ? 2 : 1);
        const said = await cluster.onNode(node, "grep -h 'stack.sh completed in' /opt/stack/logs/stack.sh.log.summary");
        return Number(/completed in (\d+) seconds/.exec(said)?.[1]);
      }),
    );
    const each = nodes.map((node, index) => `${node} ${seconds[index]} s`).join(', ');
    note(`stack.sh: ${each}; in a row ${seconds.reduce((sum, one) => sum + one, 0)} s`);
  }, 120_000);

  test('is verified, and nothing of that is left behind', async () => {
    expectGreen(await cluster.verify());
    const servers = (await cluster.openstack('server list --all-projects')) as { Name: string }[];
    expect(servers.filter(({ Name }) => Name.startsWith('builder-verify-'))).toEqual([]);
  }, 3_600_000);

  describe.skipIf(real.broken === null)('and then broken, is verified again when it is mended:', () => {
    const node = real.broken ?? '';
    const found = (results: readonly CheckResult[], check: string): CheckResult | undefined =>
      results.find((one) => one.check === check && one.status === 'fail');
    const expectMended = async (...options: readonly string[]): Promise<void> => {
      const results = await cluster.verifyUntil((seen) => failuresOf(seen).length === 0, ...options);
      expect(failuresOf(results)).toEqual([]);
    };

    test('a nova-compute that was killed, and which the API still calls up', async () => {
      // Its main process alone: in a container systemd cannot list the others, and calls that a failure.
      await cluster.onNode(node, 'sudo systemctl kill --kill-whom=main -s KILL devstack@n-cpu');
      const { listed, results } = await untilMended(
        async () => ({
          listed: (await cluster.openstack('compute service list')) as {
            Binary: string;
            Host: string;
            State: string;
          }[],
          results: await cluster.verify('--only', 'compute-services,joined'),
        }),
        () => cluster.onNode(node, 'sudo systemctl restart devstack@n-cpu'),
      );
      expect(listed).toContainEqual(expect.objectContaining({ Binary: 'nova-compute', Host: node, State: 'up' }));
      note(`found: ${found(results, 'compute-services')?.sentence}`);
      expect(found(results, 'compute-services')?.sentence).toContain(`${node} is dead, though the API calls it up`);
      await expectMended(...LOOKS);
    }, 900_000);

    test('a chassis whose name is not its host’s', async () => {
      const rename = (to: string): Promise<string> =>
        cluster.onNode(node, `sudo ovs-vsctl set open . external-ids:hostname=${to}`);
      await rename(`${node}.novalocal`);
      const isFound = (seen: readonly CheckResult[]): boolean => found(seen, 'chassis') !== undefined;
      const results = await untilMended(
        () => cluster.verifyUntil(isFound, '--only', 'chassis'),
        () => rename(node),
      );
      note(`found: ${found(results, 'chassis')?.sentence}`);
      expect(found(results, 'chassis')?.sentence).toContain(`${node} calls itself ${node}.novalocal`);
      await expectMended(...LOOKS);
    }, 900_000);

    test.skipIf(!real.layout.network.overlay)(
      'tunnels that carry nothing, since the overlay is down',
      async () => {
        await cluster.onNode(node, 'sudo ip link set vx-infra down');
        // As the node itself mends it when it starts.
        const mend = (): Promise<string> => cluster.onNode(node, 'sudo systemctl restart builder-overlay.service');
        const results = await untilMended(() => cluster.verify('--only', 'ping'), mend);
        note(`found: ${found(results, 'ping')?.sentence}`);
        expect(found(results, 'ping')?.sentence).toContain(`${node} does not reach ${apiNode}`);
        expect(found(results, 'ping')?.sentence).toContain(`${apiNode} does not reach ${node}`);
        await expectMended('--only', 'ping');
      },
      1_800_000,
    );
  });

  test(`is verified again after ${real.rebooted} was rebooted hard by the cloud`, async () => {
    await cluster.rebootHard(real.rebooted);
    await cluster.verifyUntil((results) => failuresOf(results).length === 0, ...LOOKS);
    expectGreen(await cluster.verify());
  }, 3_600_000);

  test('is verified again after each of its other nodes was rebooted hard, one after the other', async () => {
    for (const node of nodes.filter((each) => each !== real.rebooted)) await cluster.rebootHard(node);
    await cluster.verifyUntil((results) => failuresOf(results).length === 0, ...LOOKS);
    expectGreen(await cluster.verify());
  }, 3_600_000);

  test('is left alone by a second create, which ends in seconds', async () => {
    const ended = await timed('a second create', () => cluster.builder(...createArgs));
    expect(ended.code).toBe(0);
    expect(ended.stderr).not.toContain('"step-started"');
  }, 120_000);
});

describe.skipIf(real.hypervisors === null)(`layout ${real.name}, when it stands,`, () => {
  beforeEach((context) => context.skip(!isBuilt, 'the cluster was not built'));
  const hypervisors = real.hypervisors ?? 0;
  /** The same cluster with so many computes; the hosts of nova-compute afterwards. */
  const resize = async (count: number): Promise<readonly string[]> => {
    const ended = await timed(`create --hypervisors ${count}`, () =>
      cluster.builder('create', name, '--hypervisors', String(count), '--progress', 'json'),
    );
    expect(ended.stderr).toContain('is ready');
    expect(ended.code, lastVerification(ended)).toBe(0);
    const services = (await cluster.openstack('compute service list --service nova-compute')) as { Host: string }[];
    return services.map(({ Host }) => Host).toSorted();
  };

  test('grows by a compute, and is verified with it', async () => {
    const added = `compute-${hypervisors + 1}`;
    expect(await resize(hypervisors + 1)).toEqual([...nodes, added].toSorted());
    expectGreen(await cluster.verify());
  }, 3_600_000);

  test('gives it back, and is verified without it', async () => {
    expect(await resize(hypervisors)).toEqual(nodes.toSorted());
    expectGreen(await cluster.verify());
  }, 3_600_000);
});

describe(`layout ${real.name} is removed`, () => {
  beforeEach((context) => context.skip(isKept, 'it is kept for a look'));

  test.runIf(kills > 0)('destroy is killed at random moments', () => killAt(moments.destroy, destroyArgs), 900_000);

  test('destroy leaves the account as it was', async () => {
    const ended = await timed('destroy', () => cluster.builder(...destroyArgs));
    expect(ended.code).toBe(0);
    expect(await serversOf(name)).toEqual([]);
    // One that was kept was in the account before.
    if (keptState === null) expect(await readAccount()).toEqual(before);
  }, 900_000);

  test.runIf(kills > 0)('every kill met a living builder', () => {
    expect(killed).toBe(kills);
  });
});
