/** The networks every rehearsal cloud has from the start, with the router and the group of its project. */
import { ACCOUNT, idOf } from './account.ts';

export interface NetworkFacts {
  readonly id: string;
  readonly name: string;
  readonly projectId: string;
  readonly isExternal: boolean;
  readonly isShared: boolean;
  readonly mtu: number;
  readonly subnet: { readonly id: string; readonly name: string; readonly cidr: string; readonly gateway: string };
}

function network(name: string, cidr: string, gateway: string, changes: Partial<NetworkFacts> = {}): NetworkFacts {
  return {
    id: idOf(`network ${name}`),
    name,
    projectId: ACCOUNT.project.id,
    isExternal: false,
    isShared: false,
    mtu: 1450,
    subnet: { id: idOf(`subnet ${name}`), name: `${name}-v4`, cidr, gateway },
    ...changes,
  };
}

/** The benchmark range of RFC 2544: no machine has a neighbour there, so nobody mistakes a modelled address for a real one. */
export const NETWORKS: readonly NetworkFacts[] = [
  network('private', '198.18.0.0/16', '198.18.0.1'),
  network('public', '198.19.0.0/16', '198.19.0.1', { projectId: ACCOUNT.operator, isExternal: true, mtu: 1500 }),
  network('provider', '198.51.100.0/24', '198.51.100.1', { projectId: ACCOUNT.operator, isShared: true, mtu: 1500 }),
];

export const ROUTER = {
  id: idOf('router'),
  name: 'router',
  networkId: idOf('network public'),
  subnetId: idOf('subnet private'),
} as const;

/** The security group that every project has. */
export const DEFAULT_GROUP = { id: idOf('security group default'), name: 'default' } as const;
