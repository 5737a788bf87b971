/** A small cloud as facts, for tests of what is decided from it. */
import type { Flavor, Image, Mark, Network, Port, Server, Survey } from '../../../src/cloud/cloud.ts';
import type { CloudFacts } from '../../../src/plan/preflight.ts';

export function image(name: string, changes: Partial<Image> = {}): Image {
  return {
    id: `id-${name}`,
    name,
    status: 'active',
    minDiskGb: 0,
    minRamMb: 0,
    osDistro: null,
    osVersion: null,
    createdAt: '2026-01-01T00:00:00Z',
    ...changes,
  };
}

export function flavor(name: string, vcpus: number, ramMb: number, diskGb: number): Flavor {
  return { id: `id-${name}`, name, vcpus, ramMb, diskGb };
}

export function network(name: string, changes: Partial<Network> = {}): Network {
  return {
    id: `id-${name}`,
    name,
    projectId: 'ours',
    isExternal: false,
    isShared: false,
    mtu: 1450,
    subnetIds: [`sub-${name}`],
    ...changes,
  };
}

export function mark(key: string, changes: Partial<Mark> = {}): Mark {
  return { cluster: 'c1', key, generation: 1, nonce: `nonce-${key}`, epoch: 1, ...changes };
}

export function server(id: string, changes: Partial<Server> = {}): Server {
  return {
    id,
    name: id,
    status: 'ACTIVE',
    taskState: null,
    fault: null,
    mark: null,
    projectId: 'ours',
    zone: null,
    imageId: null,
    isLocked: false,
    createdAt: '2026-01-01T00:00:00Z',
    ...changes,
  };
}

export function port(id: string, changes: Partial<Port> = {}): Port {
  return {
    id,
    name: id,
    networkId: 'n',
    macAddress: '',
    fixedIps: [],
    deviceId: '',
    status: 'DOWN',
    mark: mark('create-port/a'),
    projectId: 'ours',
    ...changes,
  };
}

export const EMPTY_SURVEY: Survey = { servers: [], ports: [], floatingIps: [], securityGroups: [], blindness: [] };

const FREE = { limit: 100, used: 0 };

/** One private network behind a router, one external network, three flavors, one Debian image. */
export function cloudFacts(changes: Partial<CloudFacts> = {}): CloudFacts {
  return {
    scope: {
      cloud: 'lab',
      authUrl: 'http://keystone/v3',
      region: 'RegionOne',
      projectId: 'ours',
      projectName: 'demo',
      userId: 'u',
      userName: 'demo',
      hardExpiry: null,
    },
    images: [image('debian-12')],
    flavors: [flavor('tiny', 1, 512, 1), flavor('medium', 4, 8192, 40), flavor('large', 8, 16_384, 80)],
    networks: [network('private'), network('public', { isExternal: true, projectId: 'admin' })],
    subnets: [
      { id: 'sub-private', networkId: 'id-private', cidr: '10.0.0.0/24', ipVersion: 4 },
      { id: 'sub-public', networkId: 'id-public', cidr: '172.24.4.0/24', ipVersion: 4 },
    ],
    routers: [{ id: 'r1', externalNetworkId: 'id-public', subnetIds: ['sub-private'] }],
    zones: ['az2', 'az1'],
    quotas: {
      servers: FREE,
      cores: FREE,
      ramMb: { limit: -1, used: 0 },
      ports: FREE,
      securityGroups: FREE,
      securityGroupRules: FREE,
      floatingIps: FREE,
    },
    survey: EMPTY_SURVEY,
    hasKeypair: true,
    ...changes,
  };
}
