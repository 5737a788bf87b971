/** What the layout makes us expect, which checks are wanted, what they ask of which node, and on which hypervisors servers are tried. */
import { describe, expect, test } from 'vitest';
import { CHECK_NAMES, USUAL_CHECKS } from '../../../src/layout/check-names.ts';
import { planNodes } from '../../../src/layout/nodes.ts';
import { expectCloud, migrationPair } from '../../../src/verify/expectation.ts';
import { CHECKS, chooseChecks, planGuests, planQuestions } from '../../../src/verify/index.ts';
import { load, SMALL } from '../layout/small-layout.ts';
import { ADDRESSES, expectSmall, GREEN, ONE_NODE, unitsWith } from './green-cloud.ts';

const expected = expectSmall();
const names = CHECKS.map(({ name }) => name);

test('a layout may wish every check there is, and no other', () => {
  expect(names).toEqual(CHECK_NAMES);
});

describe('expected is', () => {
  test('each node with its address, services and cell', () => {
    expect(expected).toMatchObject({
      apiNode: 'controller',
      ovnNode: 'controller',
      cells: [{ name: 'cell1', queue: '10.0.0.11', database: '10.0.0.11' }],
      network: 'private',
      canBoot: true,
    });
    expect(expected.nodes).toMatchObject([
      { name: 'controller', address: '10.0.0.11', tunnelAddress: '10.0.0.11' },
      { name: 'compute-1' },
      { name: 'compute-2' },
    ]);
    expect(expected.hypervisors.map(({ name, cell, node }) => [name, cell, node.name])).toEqual([
      ['controller', 'cell1', 'controller'],
      ['compute-1', 'cell1', 'compute-1'],
      ['compute-2', 'cell1', 'compute-2'],
    ]);
    expect(expected.nodes[1]?.services).toEqual(
      new Set(['n-cpu', 'placement-client', 'q-ovn-agent', 'ovn-controller', 'ovs-vswitchd', 'ovsdb-server']),
    );
  });

  test('no hypervisor on a controller that is none', () => {
    const pure = expectSmall(SMALL.replace('compute: true', 'compute: false'));
    expect(pure.hypervisors.map(({ name }) => name)).toEqual(['compute-1', 'compute-2']);
    expect(migrationPair(pure, ['controller', 'compute-1', 'compute-2'])).toEqual({
      from: 'compute-1',
      to: 'compute-2',
    });
    expect(migrationPair(pure, ['compute-2'])).toBeNull();
  });

  test('fake hypervisors by their own names, each in the cell of its node, and nothing that boots', () => {
    const cells = expectSmall(
      `${SMALL.replace('compute: true', 'compute: false').replace('count: 2', 'count: 1, cell: 2, fake_hypervisors: 2')}
cells: {count: 2}
`,
    );
    expect(cells.cells.map(({ name }) => name)).toEqual(['cell1', 'cell2']);
    expect(cells.hypervisors.map(({ name, cell, node }) => [name, cell, node.name])).toEqual([
      ['compute-11', 'cell2', 'compute-1'],
      ['compute-12', 'cell2', 'compute-1'],
    ]);
    expect(cells.canBoot).toBe(false);
  });

  test('what the layout changes: network, tunnels, drivers, services', () => {
    const changed =
      expectSmall(`${SMALL.replace('GIT_DEPTH: 1', "PRIVATE_NETWORK_NAME: lab\n  TUNNEL_ENDPOINT_IP: '172.24.4.1'")}
services: {remove: [ovn-northd, c-vol]}
`);
    expect(changed).toMatchObject({ network: 'lab', ovnNode: null });
    expect(changed.nodes.map(({ tunnelAddress }) => tunnelAddress)).toEqual([null, null, null]);
    expect(changed.nodes[0]?.services.has('c-vol')).toBe(false);
    expect(planGuests(chooseChecks(['volumes'], []), GREEN, changed)).toBeNull();
  });

  test('tunnels on the overlay, as they were planned', () => {
    const overlay = new Map([['compute-1', '172.24.8.2']]);
    const { nodes } = expectCloud(load(SMALL), ADDRESSES, overlay);
    expect(nodes.map(({ tunnelAddress }) => tunnelAddress)).toEqual(['10.0.0.11', '172.24.8.2', '10.0.0.22']);
  });

  test('routers on network nodes where there are any, else with the APIs, unless the layout says otherwise', () => {
    const gateways = (text: string): readonly string[] => {
      const layout = load(text);
      const addresses = new Map(planNodes(layout).map(({ name }) => [name, '10.0.0.1']));
      return expectCloud(layout, addresses).nodes.flatMap(({ name, isGateway }) => (isGateway ? [name] : []));
    };
    expect(gateways(SMALL)).toEqual(['controller']);
    expect(gateways(`${SMALL}  net: {role: network, count: 2}\nnetwork: {overlay: true}\n`)).toEqual([
      'net-1',
      'net-2',
    ]);
    expect(gateways(SMALL.replace('count: 2', 'count: 2, localrc: {ENABLE_CHASSIS_AS_GW: True}'))).toHaveLength(3);
  });

  test('never without an address', () => {
    expect(() => expectCloud(load(SMALL), new Map([['controller', '10.0.0.11']]))).toThrow(
      /no address of node compute-1/,
    );
  });
});

describe('checks are chosen', () => {
  const chosen = (only: readonly string[], skip: readonly string[]): readonly string[] =>
    chooseChecks(only, skip).map(({ name }) => name);

  test('all, some, or all but some', () => {
    expect(chosen([], [])).toEqual(USUAL_CHECKS);
    expect(chosen(['ping', 'services'], [])).toEqual(['services', 'ping']);
    expect(chosen([], names.slice(7))).toEqual(names.slice(0, 7));
    expect(chosen(['services', 'boot'], ['boot'])).toEqual(['services']);
  });

  test.each([
    [['pong'], [], /no check is called "pong"/],
    [[], ['x', 'y'], /"x", "y"/],
    [['ping'], ['ping'], /leave no check/],
  ])('%j without %j is refused, with the names there are', (only, skip, message) => {
    expect(() => chooseChecks(only, skip)).toThrow(
      expect.objectContaining({
        code: 'bad-option',
        message: expect.stringMatching(message),
        fix: expect.stringContaining('live-migrate'),
      }),
    );
  });
});

describe('questions go', () => {
  test('to every node about its units, and to the API about the rest', () => {
    const questions = planQuestions(CHECKS, expected);
    expect([...questions.keys()]).toEqual(['controller', 'compute-1', 'compute-2']);
    expect(questions.get('compute-1')).toEqual(['units', 'starts', 'addresses', 'messages']);
    expect(questions.get('controller')?.join(' ')).toBe(
      'units starts addresses messages compute-services hypervisors cells hosts upgrade providers inventories agents chassis ' +
        'volume-services',
    );
  });

  test('nowhere that no chosen check looks', () => {
    expect([...planQuestions(chooseChecks(['agents'], []), expected)]).toEqual([['controller', ['agents']]]);
    expect(planQuestions(chooseChecks(['ping'], []), expectSmall(ONE_NODE)).size).toBe(0);
  });

  test('about chassis to nobody where there is no OVN', () => {
    const without = expectSmall(`${SMALL}services: {remove: [ovn-northd]}\n`);
    expect(planQuestions(CHECKS, without).get('controller')).not.toContain('chassis');
  });
});

describe('servers are tried', () => {
  test('on every hypervisor, once for all checks', () => {
    expect(planGuests(CHECKS, GREEN, expected)).toEqual({
      hosts: ['controller', 'compute-1', 'compute-2'],
      hasPing: true,
      hasFullSize: true,
      hasFloatingIp: true,
      hasVolume: true,
      migration: { from: 'controller', to: 'compute-1' },
    });
  });

  test('not where nova-compute is known to be dead: they would wait for ever', () => {
    const dead = { ...GREEN, units: unitsWith('compute-1', 'n-cpu', 'failed') };
    expect(planGuests(CHECKS, dead, expected)).toMatchObject({
      hosts: ['controller', 'compute-2'],
      hasPing: true,
      migration: { from: 'controller', to: 'compute-2' },
    });
  });

  test('everywhere while nothing is known', () => {
    const blind = { ...GREEN, computeServices: { unknown: 'x' } };
    expect(planGuests(chooseChecks(['boot'], []), blind, expected)).toEqual({
      hosts: ['controller', 'compute-1', 'compute-2'],
      hasPing: false,
      hasFullSize: false,
      hasFloatingIp: false,
      hasVolume: false,
      migration: null,
    });
  });

  test('with small pings too where big ones are wanted, and with none for a volume alone', () => {
    expect(planGuests(chooseChecks(['mtu'], []), GREEN, expected)).toMatchObject({ hasPing: true, hasFullSize: true });
    expect(planGuests(chooseChecks(['volumes'], []), GREEN, expected)).toMatchObject({ hosts: [], hasVolume: true });
  });

  test('not at all where no check wants any, or none makes sense', () => {
    expect(planGuests(chooseChecks(['services'], []), GREEN, expected)).toBeNull();
    expect(planGuests(chooseChecks(['ping'], []), GREEN, expectSmall(ONE_NODE))).toBeNull();
  });
});
