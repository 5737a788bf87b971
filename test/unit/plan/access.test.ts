/** Which network the servers get, and when floating IPs are needed. */
import { describe, expect, test } from 'vitest';
import { chooseFloatingNetwork, chooseNetwork, findNetwork } from '../../../src/plan/access.ts';
import { cloudFacts, network } from './cloud-fixture.ts';

const facts = cloudFacts();
const [own] = facts.networks;

function route(
  changes: Partial<Parameters<typeof chooseFloatingNetwork>[0]> = {},
): Parameters<typeof chooseFloatingNetwork>[0] {
  if (own === undefined) throw new TypeError('the fixture has a network');
  return { network: own, ...facts, ownAddresses: ['192.0.2.7', 'fe80::1%eth0'], wanted: null, ...changes };
}

describe('floating IPs are used only when they are needed', () => {
  test('a network behind a router with a gateway needs them', () => {
    expect(chooseFloatingNetwork(route())?.name).toBe('public');
  });
  test('a subnet this machine is a neighbour in does not', () => {
    expect(chooseFloatingNetwork(route({ ownAddresses: ['10.0.0.200'] }))).toBeNull();
  });
  test('a network without a router of its own is reached as it is', () => {
    expect(chooseFloatingNetwork(route({ routers: [] }))).toBeNull();
  });
  test('"none" forbids them', () => {
    expect(chooseFloatingNetwork(route({ wanted: 'none' }))).toBeNull();
  });
  test('a named external network is taken, also where none seems needed', () => {
    expect(chooseFloatingNetwork(route({ wanted: 'public', routers: [] }))?.id).toBe('id-public');
  });
  test('a name that is no external network is refused with the ones there are', () => {
    expect(() => chooseFloatingNetwork(route({ wanted: 'private' }))).toThrow(
      expect.objectContaining({ code: 'network-not-found', fix: 'choose one of: public' }),
    );
  });
});

describe('the network of the servers', () => {
  test('our own one comes before a shared one', () => {
    const networks = [...facts.networks, network('shared', { projectId: 'admin', isShared: true })];
    const subnets = [
      ...facts.subnets,
      { id: 's', networkId: 'id-shared', cidr: '172.16.0.0/24', ipVersion: 4 as const },
    ];
    expect(chooseNetwork(networks, subnets, 'ours').name).toBe('private');
  });
  test('several of our own are named, not guessed at', () => {
    const networks = [...facts.networks, network('second')];
    const subnets = [...facts.subnets, { id: 's', networkId: 'id-second', cidr: '10.9.0.0/24', ipVersion: 4 as const }];
    expect(() => chooseNetwork(networks, subnets, 'ours')).toThrow(
      expect.objectContaining({ code: 'network-ambiguous' }),
    );
  });
  test('none with an IPv4 subnet is a named problem', () => {
    expect(() => chooseNetwork(facts.networks, [], 'ours')).toThrow(
      expect.objectContaining({ code: 'network-not-found' }),
    );
  });
  test('two of one name ask for an id', () => {
    const twins = [network('a', { id: '1' }), network('a', { id: '2' })];
    expect(() => findNetwork(twins, 'a', '--network')).toThrow(
      expect.objectContaining({ code: 'network-ambiguous', fix: 'use an id: 1, 2' }),
    );
  });
});
