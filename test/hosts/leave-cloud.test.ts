/** A hypervisor leaves the cloud that the stand-in has stacked: the scripts over a real sshd, what they leave, and where they stop. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FORGET_COMPUTE, FORGET_HYPERVISORS } from '../../src/remote/commands/forget-compute.ts';
import { DISABLE_COMPUTE, ENABLE_COMPUTE, MOVE_GUESTS, STOP_COMPUTE } from '../../src/remote/commands/leave-cloud.ts';
import { READ_SERVICE_ERRORS } from '../../src/remote/commands/service-errors.ts';
import { findMissingForNodes, type LocalNodes, type NodeAnswer } from '../standin-devstack/nodes.ts';
import { runOverSsh, succeedOn } from './ssh-nodes.ts';
import { whyNoSshd } from './sshd.ts';
import { localConf, openStandinNodes, stack } from './standin-nodes.ts';

const missing = findMissingForNodes() ?? whyNoSshd() ?? undefined;
if (missing !== undefined) process.stderr.write(`skipped: a hypervisor leaves over a real sshd: ${missing}\n`);

const ADDRESSES = { controller: '127.0.0.11', 'compute-1': '127.0.0.21' } as const;
const SERVICES = 'key,mysql,rabbit,n-api,n-cond,n-sch,n-cpu,placement-api,g-api,q-svc,q-ovn-agent,ovn-controller';
const FAKES = 'SERVICE_PASSWORD=service5ecret\nVIRT_DRIVER=fake\nNUMBER_FAKE_NOVA_COMPUTE=2';
const HOSTS = { HOSTS: 'compute-1' };
const ASKED = { ...HOSTS, NODE: 'compute-1', OVN: 'yes' };

let nodes: LocalNodes;

function run(script: string, env: Readonly<Record<string, string>>, node: keyof typeof ADDRESSES = 'controller') {
  return runOverSsh(nodes, { node, address: ADDRESSES[node] }, script, env);
}

async function expectGood(answer: Promise<NodeAnswer>): Promise<string> {
  const { code, output } = await answer;
  expect(output, `exit ${code}`).toSatisfy(() => code === 0);
  return output;
}

function openstack(words: string): Promise<string> {
  return succeedOn(nodes, 'controller', `sudo -u stack OS_CLOUD=devstack-admin openstack ${words} </dev/null`);
}

async function statusOf(): Promise<string> {
  return (await openstack('compute service list --service nova-compute --host compute-1 -f value -c Status')).trim();
}

async function hypervisors(): Promise<readonly { readonly id: string; readonly name: string }[]> {
  const listed = await openstack('hypervisor list -f value -c ID -c "Hypervisor Hostname"');
  const rows = listed
    .trim()
    .split('\n')
    .map((line) => line.split(' '));
  return rows.flatMap(([id = '', name = '']) => (name.startsWith('compute-1') ? [{ id, name }] : []));
}

async function boot(name: string): Promise<void> {
  await openstack(`port create --network private --security-group all "${name} port"`);
  await succeedOn(nodes, 'controller', "echo 'echo hello' >/opt/stack/user-data");
  await openstack(
    `server create --port "${name} port" --user-data /opt/stack/user-data --host compute-1 --wait "${name}"`,
  );
}

beforeAll(async () => {
  if (missing !== undefined) return;
  nodes = await openStandinNodes({});
  const stacked = [
    await stack(nodes, 'controller', localConf(ADDRESSES.controller, SERVICES)),
    await stack(
      nodes,
      'compute-1',
      localConf(ADDRESSES['compute-1'], 'n-cpu,placement-client,q-ovn-agent,ovn-controller'),
    ),
    await nodes.asStack('controller', './tools/discover_hosts.sh'),
  ];
  expect(stacked.map(({ code }) => code)).toEqual([0, 0, 0]);
  await openstack('security group create all');
}, 120_000);
afterAll(() => nodes?.close());

// One cloud, so one after the other.
describe.skipIf(missing !== undefined)('a hypervisor that leaves', { timeout: 120_000 }, () => {
  test('gets no more guests, and gets them again where it stays; of an unknown one nothing is asked', async () => {
    for (const _ of ['once', 'again']) await expectGood(run(DISABLE_COMPUTE, { ...HOSTS, REASON: 'it leaves' }));
    expect(await statusOf()).toBe('disabled');
    for (const _ of ['once', 'again']) await expectGood(run(ENABLE_COMPUTE, HOSTS));
    expect(await statusOf()).toBe('enabled');
    const nobody = { HOSTS: 'elsewhere', REASON: 'it leaves' };
    expect(await expectGood(run(DISABLE_COMPUTE, nobody))).toBe('nova knows no elsewhere\n');
    await expectGood(run(ENABLE_COMPUTE, nobody));
  });

  test('keeps guests that cannot move, and nova refuses to forget it meanwhile', async () => {
    await boot('my server');
    const kept = await expectGood(run(MOVE_GUESTS, { ...HOSTS, CAN_MOVE: 'no', DELETE: 'no' }));
    expect(kept).toMatch(/^left=[0-9a-f-]{36} ACTIVE my server\n$/);
    const refused = await run(FORGET_COMPUTE, ASKED);
    expect(refused).toMatchObject({ code: 1, output: expect.stringContaining('hosting instances') });
    expect(await statusOf()).toBe('enabled');
  });

  test('has its guests moved while they run', async () => {
    await expectGood(run(DISABLE_COMPUTE, { ...HOSTS, REASON: 'it leaves' }));
    const moved = await expectGood(run(MOVE_GUESTS, { ...HOSTS, CAN_MOVE: 'yes', DELETE: 'no' }));
    expect(moved).toMatch(/^moving my server \([0-9a-f-]{36}\) away from compute-1\n$/);
    expect(await openstack('server show "my server" -f json')).toContain('"OS-EXT-SRV-ATTR:host": "controller"');
    expect(await expectGood(run(MOVE_GUESTS, { ...HOSTS, CAN_MOVE: 'yes', DELETE: 'no' }))).toBe('');
  });

  test('loses those that cannot move only on a word', async () => {
    await boot('second');
    const deleted = await expectGood(run(MOVE_GUESTS, { ...HOSTS, CAN_MOVE: 'no', DELETE: 'yes' }));
    expect(deleted).toMatch(/^deleting second \([0-9a-f-]{36}\) on compute-1\n$/);
    expect(await openstack('server list -f value -c Name')).toBe('my server\n');
  });

  test('stops, is forgotten by everybody, and nobody minds being asked twice', async () => {
    await expectGood(run(STOP_COMPUTE, {}, 'compute-1'));
    await expectGood(run(STOP_COMPUTE, {}, 'compute-1'));
    const units = await succeedOn(nodes, 'compute-1', "systemctl list-units 'devstack@*' --all");
    expect(units).not.toContain('running');
    for (const _ of ['once', 'again']) expect(await expectGood(run(FORGET_COMPUTE, ASKED))).toBe('');
    const known = [
      await openstack('compute service list -f value'),
      await openstack('resource provider list -f value'),
      await openstack('network agent list -f value'),
      (await nodes.asStack('controller', 'nova-manage cell_v2 list_hosts')).output,
      await succeedOn(nodes, 'controller', 'ovn-sbctl --format=json --columns=name,hostname list Chassis'),
    ];
    for (const text of known) expect(text).not.toContain('compute-1');
    expect(known.join('')).toContain('controller');
  });

  test('comes back as others, where it has fake ones, once nova has forgotten those', async () => {
    const fakes = localConf(ADDRESSES['compute-1'], 'n-cpu,placement-client', FAKES);
    expect((await stack(nodes, 'compute-1', fakes)).code).toBe(0);
    await nodes.asStack('controller', './tools/discover_hosts.sh');
    const first = await hypervisors();
    expect(first.map(({ name }) => name)).toEqual(['compute-11', 'compute-12']);
    // As reality does it: nova knows a service of this name, so that stack.sh takes the new one for registered.
    expect((await nodes.asStack('compute-1', `./unstack.sh >/dev/null 2>&1; ./stack.sh`)).code).toBe(0);
    await succeedOn(nodes, 'compute-1', 'while systemctl is-active devstack@n-cpu; do sleep 0.05; done');
    const said = await expectGood(run(READ_SERVICE_ERRORS, {}, 'compute-1'));
    expect(said).toContain('Duplicate compute node record found for host compute-11');
    expect((await nodes.asStack('compute-1', './unstack.sh >/dev/null 2>&1')).code).toBe(0);
    for (const _ of ['once', 'again'])
      expect(await expectGood(run(FORGET_HYPERVISORS, { HOSTS: 'compute-11 compute-12' }))).toBe('');
    expect(await hypervisors()).toEqual([]);
    expect((await nodes.asStack('compute-1', './stack.sh')).code).toBe(0);
    await nodes.asStack('controller', './tools/discover_hosts.sh');
    const second = await hypervisors();
    expect(second.map(({ name }) => name)).toEqual(['compute-11', 'compute-12']);
    expect(second.map(({ id }) => id)).not.toEqual(first.map(({ id }) => id));
  });

  test('of a cloud whose API is away is asked for again: exit 100', async () => {
    await succeedOn(nodes, 'controller', 'mv /etc/openstack/clouds.yaml /etc/openstack/away');
    for (const script of [DISABLE_COMPUTE, ENABLE_COMPUTE, MOVE_GUESTS, FORGET_COMPUTE, FORGET_HYPERVISORS]) {
      const env = { ...ASKED, REASON: 'it leaves', CAN_MOVE: 'yes', DELETE: 'no' };
      expect((await run(script, env)).code).toBe(100);
    }
  });
});
