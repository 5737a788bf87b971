/** From a server's first minute to a stacked hypervisor: the scripts over a real sshd, what they leave, and how they fail. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WAIT_CLOUD_INIT } from '../../src/remote/commands/cloud-init.ts';
import { parseFacts } from '../../src/remote/commands/facts.ts';
import {
  CHECK_MIGRATION_SSH,
  MAKE_MIGRATION_KEY,
  TRUST_MIGRATION_KEYS,
} from '../../src/remote/commands/migration-keys.ts';
import { INSTALL_OPENVSWITCH } from '../../src/remote/commands/overlay-network.ts';
import { INSTALL_PACKAGES } from '../../src/remote/commands/packages.ts';
import { READ_COMPLETION, RUN_STACK } from '../../src/remote/commands/run-stack.ts';
import { findMissingForNodes, type LocalNodes, type NodeAnswer } from '../standin-devstack/nodes.ts';
import { runOverSsh, serveSsh, succeedOn } from './ssh-nodes.ts';
import { whyNoSshd } from './sshd.ts';
import { localConf, openStandinNodes } from './standin-nodes.ts';

const missing = findMissingForNodes() ?? whyNoSshd() ?? undefined;
if (missing !== undefined) process.stderr.write(`skipped: nodes live over a real sshd: ${missing}\n`);

const ADDRESSES = { fresh: '192.0.2.5', mq: '192.0.2.13', 'hv-1': '192.0.2.21', 'hv-2': '192.0.2.22' } as const;
type Node = keyof typeof ADDRESSES;

let nodes: LocalNodes;

function run(node: Node, script: string, env: Readonly<Record<string, string>> = {}): Promise<NodeAnswer> {
  return runOverSsh(nodes, { node, address: ADDRESSES[node] }, script, env);
}

/** Programs that would change this machine, or need its network, say what they were called with and end as they are told. */
async function replace(node: Node, programs: Readonly<Record<string, number>>): Promise<void> {
  const lines = Object.entries(programs).map(
    ([program, code]) =>
      `printf '#!/bin/sh\\necho "${program} $*" >>/opt/calls\\nexit ${code}\\n' >/usr/local/bin/${program}\nchmod +x /usr/local/bin/${program}\n`,
  );
  await succeedOn(nodes, node, `rm -f /opt/calls\n${lines.join('')}`);
}

async function callsOn(node: Node): Promise<readonly string[]> {
  return (await succeedOn(nodes, node, 'cat /opt/calls')).trim().split('\n');
}

beforeAll(async () => {
  if (missing !== undefined) return;
  nodes = await openStandinNodes({});
}, 60_000);
afterAll(() => nodes?.close());

describe.skipIf(missing !== undefined)('a fresh server', { timeout: 60_000 }, () => {
  test.each([0, 2])(
    'is ours when cloud-init ends with %i: nothing updates by itself, the lock was free',
    async (code) => {
      await replace('fresh', { 'cloud-init': code, 'apt-get': 0, dpkg: 0, systemctl: 0 });
      expect(await run('fresh', `mkdir -p /run/systemd/system\n${WAIT_CLOUD_INIT}`)).toEqual({ code: 0, output: '' });
      const calls = await callsOn('fresh');
      expect(calls[0]).toBe('cloud-init status --wait');
      expect(calls).toContain('systemctl mask unattended-upgrades.service');
      expect(calls.slice(-2)).toEqual(['dpkg --configure -a', 'apt-get -qq -y -o DPkg::Lock::Timeout=600 install']);
    },
  );

  test('whose cloud-init failed is told with its words', async () => {
    await replace('fresh', { 'cloud-init': 1, 'apt-get': 0, dpkg: 0, systemctl: 0 });
    expect((await run('fresh', WAIT_CLOUD_INIT)).code).toBe(1);
    expect(await callsOn('fresh')).toEqual(['cloud-init status --wait', 'cloud-init status --long']);
  });

  test('gets its packages, and where a mirror fails that is temporary: exit 100', async () => {
    await replace('fresh', { 'apt-get': 0 });
    expect((await run('fresh', INSTALL_PACKAGES)).code).toBe(0);
    expect((await callsOn('fresh')).map((call) => call.replaceAll(/ -o \S+/g, ''))).toEqual([
      'apt-get -q update',
      'apt-get -q -y install git sudo ca-certificates openssl curl openssh-client iproute2 procps',
    ]);
    await replace('fresh', { 'apt-get': 1 });
    expect((await run('fresh', INSTALL_PACKAGES)).code).toBe(100);
    expect(await callsOn('fresh')).toHaveLength(1);
  });

  test('gets Open vSwitch, which runs from then on', async () => {
    await replace('fresh', { 'apt-get': 0, systemctl: 0, 'ovs-vsctl': 0 });
    expect((await run('fresh', INSTALL_OPENVSWITCH, { RDO: '2026.1' })).code).toBe(0);
    expect((await callsOn('fresh')).map((call) => call.replaceAll(/ -o \S+/g, ''))).toEqual([
      'apt-get -q -y install openvswitch-switch iputils-ping iptables',
      'systemctl enable --now openvswitch-switch.service',
      'ovs-vsctl --timeout=60 show',
    ]);
    await replace('fresh', { 'apt-get': 1 });
    expect((await run('fresh', INSTALL_OPENVSWITCH, { RDO: '2026.1' })).code).toBe(100);
  });
});

describe.skipIf(missing !== undefined)('stack.sh', { timeout: 60_000 }, () => {
  test('is run by user stack, and its last line is the proof', async () => {
    expect((await run('mq', READ_COMPLETION.replace('-ge 15', '-ge 1'))).output).toBe('');
    const conf = localConf(ADDRESSES.mq, 'rabbit');
    await succeedOn(nodes, 'mq', `cat >/opt/stack/devstack/local.conf <<'END'\n${conf}END\n`);
    const { code, output } = await run('mq', RUN_STACK);
    expect(output, `exit ${code}`).toSatisfy(() => code === 0);
    expect((await run('mq', READ_COMPLETION)).output).toMatch(/\| stack\.sh completed in \d+ seconds\.\n$/);
    const owner = await succeedOn(nodes, 'mq', 'stat -L -c %U /opt/stack/logs/stack.sh.log');
    expect(owner).toBe('stack\n');
  });

  test('that fails hands on its own exit code', async () => {
    await succeedOn(nodes, 'mq', "printf '#!/bin/sh\\nexit 33\\n' >/opt/stack/devstack/stack.sh");
    expect((await run('mq', RUN_STACK)).code).toBe(33);
  });
});

describe.skipIf(missing !== undefined)('hypervisors', { timeout: 60_000 }, () => {
  test('log in to each other as live migration does, when each trusts the others; who does not is named', async () => {
    const made = ['hv-1', 'hv-2'] as const;
    const facts = await Promise.all(made.map(async (node) => parseFacts((await run(node, MAKE_MIGRATION_KEY)).output)));
    const again = await Promise.all(made.map(async (node) => parseFacts((await run(node, MAKE_MIGRATION_KEY)).output)));
    expect(again).toEqual(facts);
    const peers = made.map((node) => `${ADDRESSES[node]} ${node}\\n`).join('');
    for (const node of made) await succeedOn(nodes, node, `printf '${peers}' >>/etc/hosts`);
    expect(await run('hv-1', CHECK_MIGRATION_SSH, { PEERS: 'hv-2' })).toMatchObject({
      code: 1,
      output: expect.stringContaining('cannot log in to: hv-2\n'),
    });
    const env = {
      KEYS: facts.map(({ root_key }) => root_key).join('|'),
      HOSTS: made.map((node, index) => `${node},${ADDRESSES[node]} ${facts[index]?.['host_key']}`).join('|'),
    };
    for (const node of made) expect((await run(node, TRUST_MIGRATION_KEYS, env)).code).toBe(0);
    await serveSsh(nodes, { node: 'hv-2', address: ADDRESSES['hv-2'] });
    expect(await run('hv-1', CHECK_MIGRATION_SSH, { PEERS: 'hv-2' })).toEqual({ code: 0, output: '' });
  });
});
