/** A cloud of a controller and two computes in which all is well, and ways to break one thing of it. */

import { type Expectation, expectCloud } from '../../../src/verify/expectation.ts';
import type { CloudFacts, Guest, GuestFacts, Known, Unit } from '../../../src/verify/facts.ts';
import { load, SMALL } from '../layout/small-layout.ts';

export const ADDRESSES = new Map([
  ['controller', '10.0.0.11'],
  ['compute-1', '10.0.0.21'],
  ['compute-2', '10.0.0.22'],
]);
const HOSTS = [...ADDRESSES.keys()];

/** What the small layout makes us expect; YAML to lay after it. */
export function expectSmall(text = SMALL): Expectation {
  return expectCloud(load(text), ADDRESSES);
}

export const ONE_NODE = 'version: 1\nname: one\ngroups:\n  controller: {role: allinone}\n';

function running(...names: readonly string[]): Known<readonly Unit[]> {
  return { known: names.map((name) => ({ name, active: 'active', sub: 'running' })) };
}

const CONTROL =
  'keystone n-api n-api-meta n-super-cond n-cond-cell1 n-sch n-novnc-cell1 n-cpu placement-api g-api c-api c-sch c-vol ' +
  'neutron-api neutron-rpc-server q-ovn-agent openstack-cli-server';

export function guestOn(host: string, changes: Partial<Guest> = {}): Guest {
  const index = HOSTS.indexOf(host);
  const others = HOSTS.flatMap((_, place) => (place === index ? [] : [`10.1.0.${place}`]));
  return {
    host,
    address: `10.1.0.${index}`,
    server: { status: 'ACTIVE', host, fault: null },
    port: 'ACTIVE',
    isUp: true,
    isTold: true,
    mtu: 1442,
    pinged: others,
    gotFull: others,
    console: 'login:',
    error: '',
    ...changes,
  };
}

/** When everybody answered, and when everything had started and reported. */
export const NOW = 1_767_225_600;
const CONDUCTOR = { binary: 'nova-conductor', host: 'controller', status: 'enabled', state: 'up', updatedAt: NOW - 30 };

export const GREEN: CloudFacts = {
  units: new Map([
    ['controller', running(...CONTROL.split(' '))],
    ['compute-1', running('n-cpu', 'q-ovn-agent')],
    ['compute-2', running('n-cpu', 'q-ovn-agent')],
  ]),
  computeServices: {
    known: [
      { ...CONDUCTOR, binary: 'nova-scheduler' },
      CONDUCTOR,
      CONDUCTOR,
      ...HOSTS.map((host) => ({ binary: 'nova-compute', host, status: 'enabled', state: 'up', updatedAt: NOW - 60 })),
    ],
  },
  hypervisors: { known: HOSTS.map((name) => ({ name, state: 'up' })) },
  cells: {
    known: [
      { name: 'cell0', queue: 'none:/', database: 'mysql+pymysql://root:****@10.0.0.11/nova_cell0?charset=utf8' },
      {
        name: 'cell1',
        queue: 'rabbit://stackrabbit:****@10.0.0.11:5672/nova_cell1',
        database: 'mysql+pymysql://root:****@10.0.0.11/nova_cell1?charset=utf8',
      },
    ],
  },
  mappings: { known: HOSTS.map((host) => ({ cell: 'cell1', host })) },
  upgrade: { known: { exit: 0, text: 'Success' } },
  providers: {
    known: HOSTS.map((name) => ({ name, isRoot: true, inventory: { VCPU: 4, MEMORY_MB: 8192, DISK_GB: 40 } })),
  },
  agents: {
    known: HOSTS.flatMap((host) =>
      ['ovn-controller', 'neutron-ovn-agent'].map((binary) => ({
        binary,
        host,
        isAlive: true,
        isGateway: binary === 'ovn-controller' && host === 'controller',
      })),
    ),
  },
  chassis: {
    known: [...ADDRESSES].map(([hostname, address]) => ({
      name: `uuid-of-${hostname}`,
      hostname,
      encaps: [{ type: 'geneve', address }],
    })),
  },
  starts: new Map(HOSTS.map((node) => [node, { known: { now: NOW, system: 'running', computeStartedAt: NOW - 600 } }])),
  addresses: new Map(
    [...ADDRESSES].map(([node, address]) => [node, { known: ['127.0.0.1', address, 'fe80::1'] }] as const),
  ),
  messages: new Map(HOSTS.map((node) => [node, { known: [] }])),
  volumeServices: {
    known: [
      { binary: 'cinder-scheduler', host: 'controller', status: 'enabled', state: 'up' },
      { binary: 'cinder-volume', host: 'controller@lvmdriver-1', status: 'enabled', state: 'up' },
    ],
  },
  guests: {
    known: {
      swept: [],
      guests: HOSTS.map((host) => guestOn(host)),
      networkMtu: 1442,
      floatingIp: { host: 'compute-2', address: '172.24.5.10', answered: true, error: '' },
      volume: { status: 'available', error: '' },
      migration: {
        from: 'controller',
        to: 'compute-1',
        exit: 0,
        server: { status: 'ACTIVE', host: 'compute-1', fault: null },
        error: '',
      },
      left: [],
    },
  },
  tempest: { unknown: 'nobody ran it' },
};

/** The rows of a green fact. */
export function rowsOf<T>(fact: Known<readonly T[]>): readonly T[] {
  if ('unknown' in fact) throw new Error(fact.unknown);
  return fact.known;
}

/** A list with the rows changed that fit. */
export function change<T>(fact: Known<readonly T[]>, fits: (row: T) => boolean, by: Partial<T>): Known<readonly T[]> {
  return { known: rowsOf(fact).map((row) => (fits(row) ? Object.assign({}, row, by) : row)) };
}

/** A list without the rows that fit. */
export function lose<T>(fact: Known<readonly T[]>, fits: (row: T) => boolean): Known<readonly T[]> {
  return { known: rowsOf(fact).filter((row) => !fits(row)) };
}

/** Units of a node, one of them in another state. */
export function unitsWith(node: string, name: string, active: string): CloudFacts['units'] {
  const units = GREEN.units.get(node) ?? { known: [] };
  return new Map([...GREEN.units, [node, change(units, (unit) => unit.name === name, { active, sub: 'failed' })]]);
}

/** The green facts with other guests. */
export function guestsWith(...guests: readonly Guest[]): CloudFacts {
  return triedWith({ guests });
}

/** The green facts with something else known of what was tried. */
export function triedWith(changes: Partial<GuestFacts>): CloudFacts {
  if ('unknown' in GREEN.guests) throw new Error(GREEN.guests.unknown);
  return { ...GREEN, guests: { known: { ...GREEN.guests.known, ...changes } } };
}

/** A cloud with one thing broken: which results fail, what is told of it, and what mends it. */
export type BrokenCloud = readonly [
  title: string,
  facts: Partial<CloudFacts>,
  fails: readonly string[],
  says: RegExp,
  cure: RegExp,
];

export const isOn =
  (name: string) =>
  (row: { readonly host: string }): boolean =>
    row.host === name;
export const isCompute =
  (name: string) =>
  (row: { readonly binary: string; readonly host: string }): boolean =>
    row.binary === 'nova-compute' && row.host === name;
export const called =
  (name: string) =>
  (row: { readonly name: string }): boolean =>
    row.name === name;
export const known = <T>(rows: readonly T[]): { readonly known: readonly T[] } => ({ known: rows });
