/** What every rehearsal cloud has from the start: one project with images, flavors, networks, a router and quotas. */
import { createHash } from 'node:crypto';
import type { Quotas } from './api/route.ts';

/** The same name gives the same id in every rehearsal. */
export function idOf(name: string): string {
  const hex = createHash('sha256').update(`rehearsal ${name}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** Keystone's ids have no dashes. */
function plainIdOf(name: string): string {
  return idOf(name).replaceAll('-', '');
}

export const ACCOUNT = {
  user: { id: plainIdOf('user'), name: 'rehearsal' },
  password: 'rehearsal',
  domain: { id: 'default', name: 'Default' },
  project: { id: plainIdOf('project'), name: 'rehearsal' },
  roles: [
    { id: plainIdOf('member'), name: 'member' },
    { id: plainIdOf('reader'), name: 'reader' },
  ],
  applicationCredential: { id: plainIdOf('application credential'), name: 'builder', secret: 'rehearsal-secret' },
  region: 'Rehearsal',
  /** Whose networks and images are shared with everybody. */
  operator: plainIdOf('operator'),
} as const;

export interface ImageFacts {
  readonly id: string;
  readonly name: string;
  readonly distro: string;
  readonly version: string;
  /** Login user of its cloud-init. */
  readonly user: string;
  readonly minDiskGb: number;
  readonly minRamMb: number;
  readonly sizeBytes: number;
  readonly createdAt: string;
}

function image(
  name: string,
  distro: string,
  version: string,
  user: string,
  minDiskGb: number,
  createdAt: string,
): ImageFacts {
  return {
    id: idOf(`image ${name}`),
    name,
    distro,
    version,
    user,
    minDiskGb,
    minRamMb: 512,
    sizeBytes: 440_401_920,
    createdAt,
  };
}

export const IMAGES: readonly ImageFacts[] = [
  image('debian-12-genericcloud', 'debian', '12', 'debian', 3, '2026-01-12T08:00:00Z'),
  image('ubuntu-24.04-noble', 'ubuntu', '24.04', 'ubuntu', 4, '2026-01-20T08:00:00Z'),
  image('rocky-9-genericcloud', 'rocky', '9.5', 'rocky', 10, '2025-12-02T08:00:00Z'),
  image('cirros-0.6.3', 'cirros', '0.6.3', 'cirros', 1, '2025-09-01T08:00:00Z'),
];

export interface FlavorFacts {
  readonly id: string;
  readonly name: string;
  readonly vcpus: number;
  readonly ramMb: number;
  readonly diskGb: number;
}

export const FLAVORS: readonly FlavorFacts[] = [
  { id: '1', name: 'm1.tiny', vcpus: 1, ramMb: 512, diskGb: 1 },
  { id: '2', name: 'm1.small', vcpus: 1, ramMb: 2048, diskGb: 20 },
  { id: '3', name: 'm1.medium', vcpus: 2, ramMb: 4096, diskGb: 40 },
  { id: '4', name: 'm1.large', vcpus: 4, ramMb: 8192, diskGb: 80 },
  { id: '5', name: 'm1.xlarge', vcpus: 8, ramMb: 16_384, diskGb: 160 },
];

export const ZONES: readonly string[] = ['nova', 'east'];

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

export const QUOTAS: Quotas = {
  instances: 1200,
  cores: 10_000,
  ram: 20_000_000,
  keyPairs: 100,
  ports: 2500,
  securityGroups: 100,
  securityGroupRules: 1000,
  floatingIps: 1200,
};
