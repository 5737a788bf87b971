/** Layouts on a real OpenStack, side by side: one that grows and shrinks, cells on one controller, a control plane on several nodes. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type StandinDevstack, serveStandinDevstack } from '../standin-devstack/serve.ts';
import { type Ended, killHard, runBuilder, startBuilder, waitForOutput } from '../support/run-builder.ts';
import { type Account, readAccount, serversOf } from './support/account.ts';
import { expectOneStack, onNode } from './support/built-cluster.ts';
import { zoneOptions } from './support/connect.ts';
import { type LiveCluster, liveCluster } from './support/live-cluster.ts';

const CELL_NODES = ['controller', 'cell1-1', 'cell2-1'];
const SPLIT_NODES = ['db', 'mq', 'api', 'network-1', 'compute-1'];
/** With tunnels over it; the servers have no openvswitch.ko. */
const OVERLAY = ['network.overlay=true', 'localrc.OVS_DATAPATH_TYPE=netdev'];
/** As small as it makes sense: one compute for each purpose. */
const CELL_CHANGES = [...OVERLAY, 'groups.cell1.count=1', 'groups.cell2.count=1', 'groups.cell2.fake_hypervisors=3'];
/** On small servers where they do, so that all clusters fit into the account at once. */
const SMALL = ['db', 'mq', 'network'].map((group) => `groups.${group}.flavor=ds.small`);
const SPLIT_CHANGES = [...OVERLAY, ...SMALL, 'groups.compute.count=1'];

let standin: StandinDevstack;
let before: Account;
let plain: LiveCluster;
let cells: LiveCluster;
let split: LiveCluster;

async function clusterOf(layout: string, zone: number, changes: readonly string[]): Promise<LiveCluster> {
  const set = changes.flatMap((change) => ['--set', change]);
  return await liveCluster(layout, standin.url, ['--layout', layout, ...(await zoneOptions(zone)), ...set]);
}

beforeAll(async () => {
  standin = await serveStandinDevstack({ seconds: 6 });
  before = await readAccount();
  [plain, cells, split] = await Promise.all([
    clusterOf('multinode', 0, [...OVERLAY, 'groups.compute.count=1']),
    clusterOf('multicell', 0, CELL_CHANGES),
    clusterOf('split', 1, SPLIT_CHANGES),
  ]);
}, 120_000);

afterAll(async () => {
  await Promise.all([plain, cells, split].map((cluster) => cluster?.cleanUp()));
  await standin?.close();
}, 300_000);

/** The checks that failed at the end of create, which must have run. */
function expectVerified({ code, stderr }: Ended): void {
  const verified = stderr.split('\n').find((line) => line.includes('"verified"'));
  expect(verified, stderr.slice(-3000)).toMatch(/"failed": ?0\b/);
  expect(code).toBe(0);
}

/** The same command until it ends; its first life ends as the first node of the cluster is stacked. */
async function createInSpiteOfKill(cluster: LiveCluster): Promise<void> {
  const running = startBuilder(cluster.createArgs, cluster);
  await waitForOutput(running, (output) => /"step-done".*"run-stack\//.test(output));
  expect((await killHard(running)).signal).toBe('SIGKILL');
  const ended = await runBuilder(cluster.createArgs, cluster);
  expect(ended.stderr).toContain('is ready');
  expectVerified(ended);
}

test('all are built, killed as the first of their nodes is stacked, and verified', async () => {
  await Promise.all([plain, cells, split].map(createInSpiteOfKill));
}, 500_000);

test('stack.sh ran exactly once on every node', async () => {
  await Promise.all(CELL_NODES.map((node) => expectOneStack(cells, node)));
  await Promise.all(SPLIT_NODES.map((node) => expectOneStack(split, node)));
}, 60_000);

test('each hypervisor is mapped to its own cell, fake ones too', async () => {
  const hosts = await onNode(cells, 'controller', 'sudo', 'nova-manage', 'cell_v2', 'list_hosts');
  const rows = [...hosts.matchAll(/^\| +(cell\d) +\| +\S+ +\| +(\S+) +\|$/gm)].map(([, cell, host]) => [cell, host]);
  expect(rows).toEqual([
    ['cell1', 'cell1-1'],
    ['cell2', 'cell2-11'],
    ['cell2', 'cell2-12'],
    ['cell2', 'cell2-13'],
  ]);
});

test('the message queue has the cell’s vhost, and the API node points to where database and queue are', async () => {
  const vhosts = await onNode(split, 'mq', 'sudo', 'rabbitmqctl', '-q', 'list_vhosts', 'name');
  expect(vhosts).toContain('nova_cell1');
  const addressOf = async (node: string): Promise<string> =>
    (await onNode(split, 'api', 'getent', 'hosts', node)).split(/\s/)[0] ?? '';
  const known = await onNode(split, 'api', 'sudo', 'nova-manage', 'cell_v2', 'list_cells', '--verbose');
  expect(known).toContain(`@${await addressOf('mq')}:5672/nova_cell1`);
  expect(known).toContain(`@${await addressOf('db')}/nova_cell1`);
});

test('the API node’s own database and queue are stopped for good, those of their nodes run', async () => {
  const stateOf = async (node: string, unit: string): Promise<string> =>
    (await onNode(split, node, `systemctl is-active ${unit}; systemctl is-enabled ${unit}; true`)).trim();
  expect(await stateOf('api', 'mariadb')).toBe('inactive\ndisabled');
  expect(await stateOf('api', 'rabbitmq-server')).toBe('inactive\ndisabled');
  expect(await stateOf('db', 'mariadb')).toBe('active\nenabled');
  expect(await stateOf('mq', 'rabbitmq-server')).toBe('active\nenabled');
});

/** The hosts that the API node's nova knows. */
async function hostsOf(cluster: LiveCluster): Promise<readonly string[]> {
  const hosts = await onNode(cluster, 'controller', 'sudo', 'nova-manage', 'cell_v2', 'list_hosts');
  return [...hosts.matchAll(/^\| +cell\d +\| +\S+ +\| +(\S+) +\|$/gm)].map(([, host = '']) => host).toSorted();
}

test('a compute is added to one that stands, reaches the others over the overlay, and is given back', async () => {
  const resize = (count: number): Promise<Ended> =>
    runBuilder(['create', plain.name, '--hypervisors', String(count), '--progress', 'json'], plain);
  expectVerified(await resize(2));
  expect(await hostsOf(plain)).toEqual(['compute-1', 'compute-2', 'controller']);
  await expectOneStack(plain, 'controller');
  expect(await onNode(plain, 'compute-2', 'ping -c1 -W5 -M do -s 1300 172.24.8.1')).toContain(' 0% packet loss');
  expectVerified(await resize(1));
  expect(await hostsOf(plain)).toEqual(['compute-1', 'controller']);
  const servers = (await serversOf(plain.name)).map(({ name }) => name);
  expect(servers.toSorted()).toEqual([`dsb-${plain.name}-compute-1-g1`, `dsb-${plain.name}-controller-g1`]);
}, 600_000);

test('a second create has nothing to do, and destroy leaves the account as it was', async () => {
  for (const cluster of [plain, cells, split]) {
    const again = await runBuilder(cluster.createArgs, cluster);
    expect(again.code).toBe(0);
    expect(again.stderr).not.toContain('"step-started"');
  }
  const ended = await Promise.all(
    [plain, cells, split].map((cluster) => runBuilder(['destroy', cluster.name], cluster)),
  );
  expect(ended.map(({ code }) => code)).toEqual([0, 0, 0]);
  expect(await readAccount()).toEqual(before);
}, 300_000);
