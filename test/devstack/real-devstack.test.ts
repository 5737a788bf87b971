/** The truth: DevStack itself, unmodified, built on a real OpenStack in spite of kills, asked whether it works, and removed. */

import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Account, readAccount } from '../live/support/account.ts';
import { killAtMoments } from '../support/random-kills.ts';
import { dealKills, drawKills, openChance } from '../support/random-moments.ts';
import { type Ended, killHard, runBuilder, startBuilder, waitForOutput } from '../support/run-builder.ts';

const NODES = ['controller', 'compute-1', 'compute-2'];
const LAYOUT = fileURLToPath(new URL('../layouts/real-devstack.yaml', import.meta.url));
const name = `truth-${randomBytes(3).toString('hex')}`;
const createArgs = ['create', name, '--progress', 'json', '--layout', LAYOUT];
const destroyArgs = ['destroy', name, '--progress', 'json'];
const figures: string[] = [];

/** `npm run test:devstack -- --kills N`: at random moments, in place of the one that is always the same. */
const kills = Number(process.env['BUILDER_TEST_KILLS'] ?? '');
const { seed, chance } = openChance();
// On a fast machine; on a slow one the kills come early in each stack.sh.
const scale = { controllerStackMs: 400_000, computeStackMs: 240_000, objects: 2 * NODES.length + 1 };
const moments = drawKills(dealKills(kills), scale, chance);
let killed = 0;

let state: string;
let before: Account;

function note(text: string): void {
  figures.push(text);
  process.stdout.write(`${new Date().toISOString().slice(11, 19)} ${text}\n`);
}

async function onNode(node: string, script: string): Promise<string> {
  const ended = await runBuilder(['ssh', name, node, '--', script], { state });
  if (ended.code !== 0) throw new Error(`${node}: ${script}\n${ended.stdout}${ended.stderr}`);
  return ended.stdout;
}

/** The built cloud's own CLI, as its admin. */
async function openstack(words: string): Promise<unknown> {
  const text = await onNode(
    'controller',
    `sudo -u stack -H env OS_CLOUD=devstack-admin openstack ${words} -f json </dev/null`,
  );
  return JSON.parse(text.slice(text.search(/[[{]/))) as unknown;
}

async function timed(label: string, work: () => Promise<Ended>): Promise<Ended> {
  const startedAt = performance.now();
  const ended = await work();
  note(`${label}: exit ${ended.code ?? ended.signal}, ${Math.round((performance.now() - startedAt) / 1000)} s`);
  return ended;
}

/** One life of the builder for each moment, killed there. */
async function killAt(drawn: typeof moments.create, args: readonly string[]): Promise<void> {
  const { kills: delivered } = await killAtMoments(drawn, () => startBuilder(args, { state }), note);
  killed += delivered;
}

beforeAll(async () => {
  if (kills > 0) note(`${kills} kills, seed ${seed}: again with --kills ${kills} --seed ${seed}`);
  state = await mkdtemp(join(tmpdir(), `builder-${name}-`));
  before = await readAccount();
}, 60_000);

afterAll(async () => {
  await runBuilder(['destroy', name, '--yes', '--progress', 'none'], { state });
  await rm(state, { recursive: true, force: true });
  process.stdout.write(`\nsummary\n${figures.map((line) => `  ${line}\n`).join('')}`);
}, 900_000);

test.skipIf(kills > 0)(
  'killed inside the controller’s stack.sh, the builder leaves it running',
  async () => {
    const running = startBuilder(createArgs, { state });
    await waitForOutput(running, (output) =>
      /"run-stack\/controller".*Installing OpenStack project source/.test(output),
    );
    const ended = await killHard(running);
    expect(ended.signal).toBe('SIGKILL');
    note('SIGKILL inside the controller’s stack.sh, at "Installing OpenStack project source"');
  },
  1_200_000,
);

test.runIf(kills > 0)('create is killed at random moments', () => killAt(moments.create, createArgs), 7_200_000);

test('the same command finishes the cluster', async () => {
  const ended = await timed('create again', () => runBuilder(createArgs, { state }));
  expect(ended.stderr).toContain('is ready');
  expect(ended.code).toBe(0);
}, 3_600_000);

test.each(NODES)(
  'stack.sh ran exactly once on %s, and completed',
  async (node) => {
    // Every start of stack.sh makes a summary of its own beside LOGFILE.
    const runs = await onNode(node, "ls /opt/stack/logs | grep -c 'stack.sh.log.*summary.2' || true");
    expect(Number(runs.trim())).toBe(1);
    const completed = await onNode(node, "grep -h 'stack.sh completed in' /opt/stack/logs/stack.sh.log.summary");
    note(`${node}: ${completed.replace(/^.*\| /, '').trim()}`);
  },
  60_000,
);

test('hypervisors are up and mapped', async () => {
  const hypervisors = (await openstack('hypervisor list')) as { 'Hypervisor Hostname': string; State: string }[];
  expect(hypervisors.map((one) => `${one['Hypervisor Hostname']} ${one.State}`).sort()).toEqual(
    NODES.map((node) => `${node} up`).sort(),
  );
  const hosts = await onNode('controller', 'sudo -u stack -H nova-manage cell_v2 list_hosts 2>/dev/null');
  for (const node of NODES) expect(hosts).toMatch(new RegExp(`cell1 .*\\| ${node} `));
  note(`hypervisors up and mapped: ${NODES.join(', ')}`);
}, 120_000);

test('every agent is alive', async () => {
  const agents = (await openstack('network agent list')) as {
    Host: string;
    Binary: string;
    Alive: boolean;
    State: boolean;
  }[];
  expect(agents.filter(({ Alive }) => !Alive)).toEqual([]);
  for (const node of NODES) expect(agents.filter(({ Host }) => Host === node).length).toBeGreaterThan(0);
  note(`agents alive: ${agents.length}`);
}, 120_000);

test('live migration’s logins work between all hypervisors', async () => {
  for (const node of NODES) {
    for (const peer of NODES.filter((other) => other !== node)) {
      // One after another: each is a login from a login.
      await onNode(node, `sudo ssh -o BatchMode=yes stack@${peer} true`);
    }
  }
}, 120_000);

test.each(NODES)(
  'a server boots on %s and answers ping',
  async (node) => {
    const net = ((await openstack('network show private')) as { id: string }).id;
    const guest = `guest-${node}`;
    await openstack(`security group create sg-${node}`);
    await openstack(`security group rule create --proto icmp sg-${node}`);
    const images = (await openstack('image list')) as { Name: string }[];
    const startedAt = performance.now();
    await openstack(
      `--os-compute-api-version 2.74 server create --image ${images[0]?.Name} --flavor cirros256 --network private ` +
        `--security-group sg-${node} --host ${node} --wait ${guest}`,
    );
    const server = (await openstack(`server show ${guest}`)) as {
      status: string;
      addresses: Record<string, string[]>;
      'OS-EXT-SRV-ATTR:host': string;
    };
    expect(server.status).toBe('ACTIVE');
    expect(server['OS-EXT-SRV-ATTR:host']).toBe(node);
    const address = Object.values(server.addresses)
      .flat()
      .find((one) => !one.includes(':'));
    // The metadata namespace of a hypervisor reaches the guests on it.
    await onNode(
      node,
      `for i in $(seq 60); do sudo ip netns exec ovnmeta-${net} ping -c1 -W2 ${address} && exit 0; sleep 2; done; exit 1`,
    );
    note(
      `${guest}: ACTIVE on ${node}, answers ping at ${address} after ${Math.round((performance.now() - startedAt) / 1000)} s`,
    );
  },
  400_000,
);

test('verify finds nothing to complain of, and leaves nothing behind', async () => {
  const ended = await timed('verify', () => runBuilder(['verify', name, '-f', 'json'], { state }));
  const { results } = JSON.parse(ended.stdout) as { results: { status: string }[] };
  expect(results.filter(({ status }) => status !== 'pass')).toEqual([]);
  expect(ended.code).toBe(0);
  const servers = (await openstack('server list')) as { Name: string }[];
  expect(servers.filter(({ Name }) => Name.startsWith('builder-verify-'))).toEqual([]);
  note(`verify: ${results.length} results, all of them passes`);
}, 3_600_000);

test('a second create sends nothing and ends in seconds', async () => {
  const ended = await timed('a second create', () => runBuilder(createArgs, { state }));
  expect(ended.code).toBe(0);
  expect(ended.stderr).not.toContain('"step-started"');
}, 120_000);

test.runIf(kills > 0)('destroy is killed at random moments', () => killAt(moments.destroy, destroyArgs), 900_000);

test('destroy leaves the account as it was', async () => {
  const ended = await timed('destroy', () => runBuilder(destroyArgs, { state }));
  expect(ended.code).toBe(0);
  expect(await readAccount()).toEqual(before);
}, 900_000);

test.runIf(kills > 0)('every kill met a living builder', () => {
  expect(killed).toBe(kills);
});
