/** A cluster for tests of local.conf: a controller that is a hypervisor and two computes. */
import type { LocalConfRequest } from '../../../src/roles/local-conf.ts';

export const NO_CHANGE = { localrc: {}, services: { add: [], remove: [] } } as const;

const ADDRESSES = new Map([
  ['controller', '10.20.0.11'],
  ['compute-1', '10.20.0.21'],
  ['compute-2', '10.20.0.22'],
]);

export const LAYOUT: LocalConfRequest['layout'] = {
  ...NO_CHANGE,
  devstack: { ref: 'stable/2026.1', gitBase: null },
  network: { fixedRange: '10.1.0.0/20', floatingRange: '172.24.5.0/24' },
  groups: [
    { ...NO_CHANGE, name: 'controller', role: 'controller', count: 1, compute: true },
    { ...NO_CHANGE, name: 'compute', role: 'compute', count: 2, compute: true },
  ],
};

export function controllerOf(change: Partial<LocalConfRequest['layout']> = {}): LocalConfRequest {
  const layout = { ...LAYOUT, ...change };
  const isHypervisor = layout.groups[0]?.compute ?? false;
  return {
    layout,
    node: { name: 'controller', group: 'controller', role: 'controller', isHypervisor },
    addresses: ADDRESSES,
    mtu: 1450,
  };
}

export function computeOf(change: Partial<LocalConfRequest['layout']> = {}): LocalConfRequest {
  const node = { name: 'compute-1', group: 'compute', role: 'compute', isHypervisor: true } as const;
  return { layout: { ...LAYOUT, ...change }, node, addresses: ADDRESSES, mtu: 1450 };
}

/** Value of an assignment in a local.conf, as written. */
export function valueOf(text: string, key: string): string | undefined {
  return new RegExp(`^${key}=(.*)$`, 'm').exec(text)?.[1];
}
