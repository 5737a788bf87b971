/** Networks, subnets and routers: there from the start, for reading only. https://docs.openstack.org/api-ref/network/v2/#networks */
import { ACCOUNT } from '../account.ts';
import { ZONES } from '../base-images.ts';
import { NETWORKS, type NetworkFacts, ROUTER } from '../base-networks.ts';
import { poolOf } from './addresses.ts';
import { disallowed, NeutronFault } from './neutron-fault.ts';
import { answerList, answerShow, type Collection, type Shown, standardAttributes } from './neutron-listing.ts';
import type { Route, View } from './route.ts';

const OLD = { description: '', tags: [], createdAtMs: 0 } as const;

function owned(view: View, projectId: string): Readonly<Record<string, unknown>> {
  return { ...standardAttributes(view, OLD), project_id: projectId, tenant_id: projectId };
}

function describeNetwork(network: NetworkFacts, view: View): Shown {
  return {
    id: network.id,
    name: network.name,
    admin_state_up: true,
    mtu: network.mtu,
    status: 'ACTIVE',
    subnets: [network.subnet.id],
    shared: network.isShared,
    availability_zone_hints: [],
    availability_zones: ZONES.slice(0, 1),
    ipv4_address_scope: null,
    ipv6_address_scope: null,
    'router:external': network.isExternal,
    ...(network.isExternal ? { is_default: false } : {}),
    port_security_enabled: true,
    ...owned(view, network.projectId),
  };
}

function describeSubnet({ id: networkId, projectId, subnet }: NetworkFacts, view: View): Shown {
  return {
    id: subnet.id,
    name: subnet.name,
    network_id: networkId,
    ip_version: 4,
    subnetpool_id: null,
    enable_dhcp: true,
    ipv6_ra_mode: null,
    ipv6_address_mode: null,
    gateway_ip: subnet.gateway,
    cidr: subnet.cidr,
    allocation_pools: [poolOf(subnet)],
    host_routes: [],
    dns_nameservers: [],
    service_types: [],
    ...owned(view, projectId),
  };
}

function listNetworks(view: View): readonly Shown[] {
  return NETWORKS.map((network) => describeNetwork(network, view));
}

/** The subnets of an external network are its owner's alone to see. */
function listSubnets(view: View): readonly Shown[] {
  return NETWORKS.filter(({ projectId, isShared }) => isShared || projectId === ACCOUNT.project.id).map((network) =>
    describeSubnet(network, view),
  );
}

function listRouters(view: View): readonly Shown[] {
  const gateways = NETWORKS.filter(({ id }) => id === ROUTER.networkId).map(({ subnet }) => ({
    subnet_id: subnet.id,
    ip_address: poolOf(subnet).start,
  }));
  const router = {
    id: ROUTER.id,
    name: ROUTER.name,
    admin_state_up: true,
    status: 'ACTIVE',
    external_gateway_info: { network_id: ROUTER.networkId, external_fixed_ips: gateways, enable_snat: true },
    availability_zones: ZONES.slice(0, 1),
    availability_zone_hints: [],
    routes: [],
    flavor_id: null,
    ...owned(view, ACCOUNT.project.id),
  };
  return [router];
}

interface ReadOnlyKind extends Collection {
  readonly list: (view: View) => readonly Shown[];
}

const KINDS: readonly ReadOnlyKind[] = [
  {
    key: 'network',
    filters: ['admin_state_up', 'mtu', 'status', 'shared', 'router:external', 'is_default'],
    list: listNetworks,
    notFound: (id) => new NeutronFault(404, 'NetworkNotFound', `Network ${id} could not be found.`),
  },
  {
    key: 'subnet',
    filters: ['network_id', 'ip_version', 'subnetpool_id', 'enable_dhcp', 'gateway_ip', 'cidr', 'shared'],
    list: listSubnets,
    notFound: (id) => new NeutronFault(404, 'SubnetNotFound', `Subnet ${id} could not be found.`),
  },
  {
    key: 'router',
    filters: ['admin_state_up', 'status'],
    list: listRouters,
    notFound: (id) => new NeutronFault(404, 'RouterNotFound', `Router ${id} could not be found`),
  },
];

/** A real cloud lets its members make networks; here the networks are given, so policy forbids it. */
function routesOf(kind: ReadOnlyKind): readonly Route[] {
  const collection = `/v2.0/${kind.key}s`;
  const one = `${collection}/:id`;
  const refuse = (operation: string, method: 'POST' | 'PUT' | 'DELETE', pattern: string): Route => ({
    operation: `${operation}-${kind.key}`,
    method,
    pattern,
    handle: ({ params }, view) => {
      const { id } = params;
      if (id !== undefined && !kind.list(view).some((item) => item.id === id)) throw kind.notFound(id);
      throw disallowed(`rule:${operation}_${kind.key}`);
    },
  });
  return [
    {
      operation: `list-${kind.key}s`,
      method: 'GET',
      pattern: collection,
      handle: (request, view) => answerList(kind, kind.list(view), request, view),
    },
    {
      operation: `show-${kind.key}`,
      method: 'GET',
      pattern: one,
      subject: ({ params }, view) => {
        const found = kind.list(view).find(({ id }) => id === params['id']);
        return typeof found?.['name'] === 'string' ? found['name'] : '';
      },
      handle: (request, view) => answerShow(kind, kind.list(view), request),
    },
    refuse('create', 'POST', collection),
    refuse('update', 'PUT', one),
    refuse('delete', 'DELETE', one),
  ];
}

export const NETWORK_ROUTES: readonly Route[] = KINDS.flatMap(routesOf);
