/** A cluster for tests of local.conf: a controller that is a hypervisor and two computes. */
import type { LocalConfRequest } from '../../../src/roles/local-conf.ts';
import { NO_MIRRORS } from '../../../src/roles/mirrors.ts';

export const NO_CHANGE = { localrc: {}, services: { add: [], remove: [] }, config: {} } as const;

/** What hypervisors are where nothing is said. */
export const REAL = { cell: 1, fakeHypervisors: null } as const;

const ADDRESSES = new Map([
  ['controller', '10.20.0.11'],
  ['compute-1', '10.20.0.21'],
  ['compute-2', '10.20.0.22'],
]);

/** 10.20.0.11 for the first node, and so on. */
export function addressesOf(nodes: readonly { readonly name: string }[]): ReadonlyMap<string, string> {
  return new Map(nodes.map(({ name }, index) => [name, `10.20.0.${11 + index}`]));
}

export const LAYOUT: LocalConfRequest['layout'] = {
  ...NO_CHANGE,
  devstack: { ref: 'stable/2026.1', gitBase: null },
  cells: 1,
  plugins: [],
  changes: [],
  mirrors: NO_MIRRORS,
  network: { backend: 'ovn', fixedRange: '10.1.0.0/20', floatingRange: '172.24.5.0/24' },
  groups: [
    { ...NO_CHANGE, ...REAL, name: 'controller', role: 'controller', count: 1, compute: true },
    { ...NO_CHANGE, ...REAL, name: 'compute', role: 'compute', count: 2, compute: true },
  ],
  tls: false,
};

export function controllerOf(change: Partial<LocalConfRequest['layout']> = {}): LocalConfRequest {
  const layout = { ...LAYOUT, ...change };
  const isHypervisor = layout.groups[0]?.compute ?? false;
  return {
    layout,
    node: { name: 'controller', group: 'controller', role: 'controller', isHypervisor, ...REAL },
    addresses: ADDRESSES,
    mtu: 1450,
  };
}

export function computeOf(change: Partial<LocalConfRequest['layout']> = {}): LocalConfRequest {
  const node = { name: 'compute-1', group: 'compute', role: 'compute', isHypervisor: true, ...REAL } as const;
  return { layout: { ...LAYOUT, ...change }, node, addresses: ADDRESSES, mtu: 1450 };
}

/** Value of an assignment in a local.conf, as written. */
export function valueOf(text: string, key: string): string | undefined {
  return new RegExp(`^${key}=(.*)$`, 'm').exec(text)?.[1];
}
