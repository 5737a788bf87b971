/** What the steps of the overlay tell a node's scripts. */
import { expect, test } from 'vitest';
import type { StepContext } from '../../../src/engine/step.ts';
import type { JobSpec } from '../../../src/remote/remote.ts';
import { bridgeMacOf, networkIdOf } from '../../../src/steps/overlay-identity.ts';
import { checkOverlay, installOpenvswitch, joinPublicBridge, makeOverlay } from '../../../src/steps/overlay-network.ts';
import type { StepPorts } from '../../../src/steps/ports.ts';
import { MemorySink } from '../../hosts/memory-sink.ts';
import { load, SMALL } from '../layout/small-layout.ts';

const ACCESS = { node: 'compute-1', user: 'debian', access: 'fixed' } as const;
const WIRE: Readonly<Record<string, string>> = {
  controller: '10.0.0.11',
  'compute-1': '10.0.0.21',
  'compute-2': '10.0.0.22',
};

/** A context whose node keeps what it is told. */
function open(text = SMALL): { readonly context: StepContext<StepPorts>; readonly jobs: JobSpec[] } {
  const jobs: JobSpec[] = [];
  const node = {
    runShortJob: async (job: JobSpec) => {
      jobs.push(job);
      return { verdict: 'exited', code: 0, output: '', logBytes: 0, logSha256: '' };
    },
  };
  const context = {
    generation: 1,
    attempt: 1,
    epoch: 1,
    signal: new AbortController().signal,
    outputOf: (key: string) => ({ address: WIRE[key.slice('create-port/'.length)] }),
    findOutput: () => ({ hostKey: 'ssh-ed25519 AAAA' }),
    ports: {
      node: () => node,
      secrets: { get: () => '' },
      keys: { publicOf: () => '' },
      openLog: async () => Object.assign(new MemorySink(), { close: async () => undefined }),
      cluster: { id: 'c1', layout: load(text) },
    },
  } as unknown as StepContext<StepPorts>;
  return { context, jobs };
}

test('a bridge gets its address and MAC, the peers by their ports, and the datapath of DevStack’s bridges', async () => {
  const input = { ...ACCESS, address: '172.24.8.2/22', mtu: 1400, peers: ['controller', 'compute-2'] };
  const plain = open();
  await makeOverlay.perform(plain.context, input);
  expect(plain.jobs[0]?.env).toEqual({
    VNI: String(networkIdOf('c1')),
    LOCAL: '10.0.0.21',
    ADDRESS: '172.24.8.2/22',
    MAC: '02:b5:ac:18:08:02',
    MTU: '1400',
    DATAPATH: 'system',
    PEERS: '10.0.0.11 10.0.0.22',
  });
  const netdev = open(SMALL.replace('GIT_DEPTH: 1', 'OVS_DATAPATH_TYPE: netdev'));
  await makeOverlay.perform(netdev.context, input);
  expect(netdev.jobs[0]?.env).toMatchObject({ DATAPATH: 'netdev' });
});

test('all peers are tried with what fills a frame', async () => {
  const { context, jobs } = open();
  const peers = { controller: '172.24.8.1', 'compute-2': '172.24.8.3' };
  await checkOverlay.perform(context, { ...ACCESS, mtu: 1400, peers });
  expect(jobs[0]?.env).toMatchObject({ PEERS: 'controller,172.24.8.1 compute-2,172.24.8.3', SIZE: '1372' });
});

test.each([
  ['stable/2025.2', '2025.2'],
  ['master', 'master'],
  ['some-tag', 'master'],
])('with %s Open vSwitch comes from where DevStack takes it', async (ref, series) => {
  const { context, jobs } = open(`${SMALL}devstack: {ref: ${ref}}\n`);
  await installOpenvswitch.perform(context, ACCESS);
  expect(jobs[0]?.env).toEqual({ RDO: series });
});

test.each([
  [true, '172.24.5.1/24'],
  [false, ''],
])('br-ex holds the public network’s gateway where the APIs are: %s', async (isGateway, address) => {
  const { context, jobs } = open();
  await joinPublicBridge.perform(context, { ...ACCESS, isGateway });
  expect(jobs[0]?.env).toEqual({ GATEWAY: address });
});

test('each cluster has a network id of its own, within what VXLAN has, and each bridge a MAC of its own', () => {
  expect(networkIdOf('c1')).toBe(networkIdOf('c1'));
  expect(networkIdOf('c1')).not.toBe(networkIdOf('c2'));
  for (const id of Array.from({ length: 50 }, (_, index) => networkIdOf(`c${index}`))) {
    expect(id).toBeGreaterThan(0);
    expect(id).toBeLessThan(2 ** 24);
  }
  expect(bridgeMacOf('172.24.11.254')).toBe('02:b5:ac:18:0b:fe');
});
