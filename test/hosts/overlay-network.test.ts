/** The overlay network by the scripts that nodes get, on real devices in namespaces: every node reaches every other, whoever comes and goes. */
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  CHECK_OVERLAY,
  CONVERGE_OVERLAY,
  JOIN_PUBLIC_BRIDGE,
  MAKE_OVERLAY,
} from '../../src/remote/commands/overlay-network.ts';
import { CONVERGE_PUBLIC_BRIDGE, KEEP_PUBLIC_BRIDGE } from '../../src/remote/commands/public-bridge.ts';
import { echoSize, overlayMtu } from '../../src/roles/mtu.ts';
import { bridgeMacOf } from '../../src/steps/overlay-identity.ts';
import type { NodeAnswer } from '../standin-devstack/nodes.ts';
import { createOverlayNodes, findMissingForOverlay, type OverlayNodes } from './overlay-nodes.ts';

const missing = findMissingForOverlay();
if (missing !== undefined) process.stderr.write(`skipped: the overlay network is not tried: ${missing}\n`);
/** Here the kernel may have no datapath for Open vSwitch, which the nodes' bridges do without. */
const hasKernelDatapath = existsSync('/sys/module/openvswitch');

const MTU = overlayMtu(1500);
const UNIT = '/etc/systemd/system/builder-overlay.service';

let nodes: OverlayNodes;
/** By name: the address on the wire, and on the overlay. */
const members = new Map([
  ['one', { wire: '198.51.100.1', overlay: '172.24.8.1' }],
  ['two', { wire: '198.51.100.2', overlay: '172.24.8.2' }],
  ['three', { wire: '198.51.100.3', overlay: '172.24.8.3' }],
]);

function environment(name: string): Readonly<Record<string, string>> {
  const own = members.get(name);
  const peers = [...members].filter(([other]) => other !== name).map(([, { wire }]) => wire);
  return {
    VNI: '4242',
    LOCAL: own?.wire ?? '',
    ADDRESS: `${own?.overlay}/22`,
    MAC: bridgeMacOf(own?.overlay ?? ''),
    MTU: String(MTU),
    DATAPATH: 'netdev',
    PEERS: peers.join(' '),
  };
}

async function make(...names: readonly string[]): Promise<void> {
  for (const name of names) {
    const made = await nodes.run(name, MAKE_OVERLAY, environment(name));
    expect(made, name).toEqual({ code: 0, output: '' });
  }
}

/** What a node says of all others. */
function check(name: string, looks = 15): Promise<NodeAnswer> {
  const peers = [...members].filter(([other]) => other !== name).map(([other, { overlay }]) => `${other},${overlay}`);
  return nodes.run(name, CHECK_OVERLAY, { PEERS: peers.join(' '), SIZE: String(echoSize(MTU)), LOOKS: String(looks) });
}

async function expectMesh(): Promise<void> {
  const said = await Promise.all([...members.keys()].map((name) => check(name)));
  expect(said).toEqual([...members.keys()].map(() => ({ code: 0, output: '' })));
}

/** Everything on a node that the script makes; what frames teach is left out. */
async function stateOf(name: string): Promise<string> {
  const { output } = await nodes.run(
    name,
    `ip -d -o link; ip -o -4 address; bridge fdb show dev vx-infra | grep permanent
     ovs-vsctl -f csv -d bare -- --columns=name,datapath_type,other_config list bridge
     ovs-vsctl -f csv -d bare -- --columns=name,type,options,mtu,mtu_request,error list interface
     cat /etc/builder/*`,
  );
  return output.replaceAll(/ (?:state|promiscuity) \S+/g, '');
}

/** The same without what differs from one start of a node to the next: numbers and made-up addresses of devices, and order. */
async function essenceOf(name: string): Promise<readonly string[]> {
  const state = await stateOf(name);
  return state
    .replaceAll(/^\d+: /gm, '')
    .replaceAll(/link\/ether \S+/g, '')
    .split('\n')
    .toSorted();
}

async function learnedBy(name: string): Promise<string> {
  return (await nodes.run(name, 'bridge fdb show dev vx-infra')).output;
}

beforeAll(async () => {
  if (missing !== undefined) return;
  nodes = await createOverlayNodes();
  for (const [name, { wire }] of members) await nodes.add(name, wire);
}, 60_000);
afterAll(async () => {
  await nodes?.close();
});

describe.skipIf(missing !== undefined)('on the overlay', { timeout: 120_000 }, () => {
  test('every node reaches every other with the largest frames, and no larger ones leave it', async () => {
    await make(...members.keys());
    await expectMesh();
    const larger = await nodes.run('one', `ping -c 1 -W 1 -M 'do' -s ${echoSize(MTU) + 1} 172.24.8.2`);
    expect(larger.output).toContain(`message too long, mtu=${MTU}`);
  });

  test('a script that is repeated changes nothing', async () => {
    const before = await stateOf('one');
    expect(before).toContain('vxlan id 4242 local 198.51.100.1 ');
    await make('one');
    expect(await stateOf('one')).toBe(before);
  });

  test('a script that was cut is simply run again', async () => {
    const before = await essenceOf('two');
    await nodes.reboot('two');
    for (const seconds of [0.01, 0.03, 0.06, 0.1, 0.15, 0.2]) {
      const whole = Buffer.from(MAKE_OVERLAY).toString('base64');
      const cut = `timeout -s KILL ${seconds} sh -c "$(printf %s ${whole} | base64 -d)"`;
      await nodes.run('two', cut, environment('two'));
    }
    await make('two');
    expect(await essenceOf('two')).toEqual(before);
    await expectMesh();
  });

  test('who does not answer is named, and who answers to small frames only', async () => {
    await nodes.narrow('three', 1300);
    await nodes.run('two', 'ip link set vx-infra down');
    const said = await check('one', 2);
    await nodes.narrow('three', 1500);
    await nodes.run('two', 'ip link set vx-infra up');
    expect(said).toEqual({
      code: 1,
      output: `three answers, but not to frames of ${MTU} bytes\ntwo does not answer at 172.24.8.2\n`,
    });
    await expectMesh();
  });

  test('a node that comes later is reached when all have been told of it', async () => {
    members.set('four', { wire: '198.51.100.4', overlay: '172.24.8.4' });
    await nodes.add('four', '198.51.100.4');
    await make(...members.keys());
    await expectMesh();
  });

  test('a node that is made anew elsewhere keeps its address on the overlay, and where it was is forgotten', async () => {
    expect(await learnedBy('one')).toMatch(/^02:b5:ac:18:08:03 dst 198\.51\.100\.3 /m);
    await nodes.remove('three');
    members.set('three', { wire: '198.51.100.33', overlay: '172.24.8.3' });
    await nodes.add('three', '198.51.100.33');
    await make(...members.keys());
    expect(await learnedBy('one')).not.toContain('dst 198.51.100.3 ');
    await expectMesh();
    expect(await learnedBy('one')).toMatch(/^02:b5:ac:18:08:03 dst 198\.51\.100\.33 /m);
  });

  test('a node whose own address has changed gets another device in the same bridge', async () => {
    members.set('one', { wire: '198.51.100.11', overlay: '172.24.8.1' });
    await nodes.run('one', 'ip address flush dev eth0; ip address add 198.51.100.11/24 dev eth0');
    await make(...members.keys());
    await expectMesh();
  });

  test('a reboot leaves nothing but files, and the unit makes the rest of them', async () => {
    const rebooted = await nodes.reboot('two');
    expect(rebooted.code, rebooted.output).toBe(0);
    expect((await nodes.run('two', 'cat /usr/local/sbin/builder-overlay')).output).toBe(CONVERGE_OVERLAY);
    expect((await nodes.run('two', 'ip -4 -o address show dev br-infra')).output).not.toContain('172.24.8.2');
    expect(await nodes.run('two', 'systemctl start builder-overlay.service')).toEqual({ code: 0, output: '' });
    await expectMesh();
  });

  test('br-ex of a network node reaches the gateway on br-ex of the node with the APIs, also after a reboot', async () => {
    const join = (name: string, GATEWAY: string): Promise<NodeAnswer> =>
      nodes.run(name, JOIN_PUBLIC_BRIDGE, { GATEWAY });
    // DevStack has made br-ex for a kernel's datapath; a router of the network node has an address of the public network.
    await nodes.run('one', 'ovs-vsctl --may-exist add-br br-ex');
    expect(await join('one', '172.24.5.1/24')).toEqual({ code: 0, output: '' });
    expect(await join('one', '172.24.5.1/24')).toEqual({ code: 0, output: '' });
    expect(await join('two', '')).toEqual({ code: 0, output: '' });
    const router = `ip address replace 172.24.5.77/24 dev br-ex`;
    const reachGateway = `${router}; ping -n -q -c 1 -W 5 -M 'do' -s ${echoSize(MTU)} 172.24.5.1`;
    expect((await nodes.run('two', reachGateway)).code).toBe(0);
    expect((await nodes.run('one', 'ping -n -q -c 1 -W 5 172.24.5.77')).code).toBe(0);
    await nodes.reboot('one');
    expect(await nodes.run('one', 'systemctl start builder-overlay.service')).toEqual({ code: 0, output: '' });
    expect((await nodes.run('two', reachGateway)).code).toBe(0);
    await expectMesh();
  });

  test('what a router of the network node sends there leaves by the node with the APIs, under its address', async () => {
    await nodes.add('outside', '198.51.100.99');
    const leave = `ip route replace 198.51.100.99/32 via 172.24.5.1 dev br-ex src 172.24.5.77; ping -n -q -c 1 -W 5 198.51.100.99`;
    const left = await nodes.run('two', leave);
    expect(left.code, left.output).toBe(0);
    const rules = await nodes.run(
      'one',
      '/usr/local/sbin/builder-overlay; iptables -t nat -S POSTROUTING | grep -c MASQUERADE',
    );
    expect(rules.output).toBe('1\n');
    await nodes.remove('outside');
  });

  test('without network nodes the gateway’s address and the way out come back after a reboot too', async () => {
    const keep = (GATEWAY: string): Promise<NodeAnswer> => nodes.run('six', KEEP_PUBLIC_BRIDGE, { GATEWAY });
    await nodes.add('six', '198.51.100.6');
    expect(await keep('172.24.6.1/24')).toEqual({ code: 0, output: 'br-ex has no address 172.24.6.1/24\n' });
    const devstack = 'ovs-vsctl add-br br-ex -- set bridge br-ex datapath_type=netdev; ip link set br-ex up';
    await nodes.run('six', `${devstack}; ip address add 172.24.6.1/24 dev br-ex`);
    for (const _ of ['once', 'again']) expect(await keep('172.24.6.1/24')).toEqual({ code: 0, output: '' });
    await nodes.reboot('six');
    const addresses = 'ip -4 -o address show dev br-ex';
    expect((await nodes.run('six', addresses)).output).not.toContain('172.24.6.1');
    expect(await nodes.run('six', 'systemctl start builder-public-bridge.service')).toEqual({ code: 0, output: '' });
    expect((await nodes.run('six', addresses)).output).toContain(' 172.24.6.1/24 ');
    expect((await nodes.run('six', 'cat /usr/local/sbin/builder-public-bridge')).output).toBe(CONVERGE_PUBLIC_BRIDGE);
    const rules = await nodes.run('six', 'iptables -t nat -S POSTROUTING; cat /proc/sys/net/ipv4/ip_forward');
    expect(rules.output).toMatch(/-s 172\.24\.6\.0\/24 ! -o br-ex -j MASQUERADE\n1\n$/);
    const verified = await nodes.run('six', 'systemd-analyze verify /etc/systemd/system/builder-public-bridge.service');
    expect(verified.output).not.toContain('builder-public-bridge');
    await nodes.remove('six');
  });

  test('the unit is enabled, and systemd finds nothing wrong with it', async () => {
    const told = await nodes.run('one', 'sort -u /run/systemctl.log');
    expect(told.output).toBe('daemon-reload\nenable builder-overlay.service\nstart builder-overlay.service\n');
    const verified = await nodes.run('one', `command -v systemd-analyze || exit 7; systemd-analyze verify ${UNIT}`);
    if (verified.code === 7) process.stderr.write('skipped: the unit is not verified: systemd-analyze is missing\n');
    expect(verified.output).not.toContain('builder-overlay');
  });

  test.skipIf(hasKernelDatapath)('without the kernel’s datapath it is said which one to choose', async () => {
    await nodes.add('five', '198.51.100.5');
    const said = await nodes.run('five', MAKE_OVERLAY, { ...environment('one'), DATAPATH: 'system' });
    expect(said.code).toBe(1);
    expect(said.output).toContain('localrc: {OVS_DATAPATH_TYPE: netdev}');
  });
});
