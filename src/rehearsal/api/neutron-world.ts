/** What exists of Neutron's kinds now: what was there from the start, under the rows of the ledger. */
import { idOf } from '../account.ts';
import { DEFAULT_GROUP, NETWORKS, ROUTER } from '../base-networks.ts';
import { livingPorts } from '../living.ts';
import type { FloatingIpRow, PortRow, SecurityGroupRow, SecurityGroupRuleRow } from '../world.ts';
import { poolOf } from './addresses.ts';
import type { View } from './route.ts';

const START = { createdAtMs: 0, visibleAtMs: 0 } as const;

/** The router's leg in its subnet, and the subnet's DHCP server. */
function makeBasePorts(): readonly PortRow[] {
  return NETWORKS.filter(({ subnet }) => subnet.id === ROUTER.subnetId).flatMap(({ id: networkId, subnet }) => {
    const port = {
      ...START,
      name: '',
      description: '',
      networkId,
      securityGroupIds: [],
      tags: [],
      isNovas: false,
      isUnsecured: true,
    };
    return [
      {
        ...port,
        id: idOf('router port'),
        macAddress: 'fa:16:3e:ff:ff:01',
        fixedIps: [{ subnet_id: subnet.id, ip_address: subnet.gateway }],
        deviceId: ROUTER.id,
        deviceOwner: 'network:router_interface',
      },
      {
        ...port,
        id: idOf('dhcp port'),
        macAddress: 'fa:16:3e:ff:ff:02',
        fixedIps: [{ subnet_id: subnet.id, ip_address: poolOf(subnet).start }],
        deviceId: `dhcp-${networkId}`,
        deviceOwner: 'network:dhcp',
      },
    ];
  });
}

const BASE_PORTS = makeBasePorts();

const BASE_GROUP: SecurityGroupRow = { ...START, ...DEFAULT_GROUP, description: 'Default security group', tags: [] };

/** Everything out, and in only from each other. */
const BASE_RULES: readonly SecurityGroupRuleRow[] = (['egress', 'ingress'] as const).flatMap((direction) =>
  (['IPv4', 'IPv6'] as const).map((etherType) => ({
    id: idOf(`default rule ${direction} ${etherType}`),
    groupId: DEFAULT_GROUP.id,
    direction,
    etherType,
    protocol: null,
    portMin: null,
    portMax: null,
    remoteGroupId: direction === 'ingress' ? DEFAULT_GROUP.id : null,
    remoteCidr: null,
    description: '',
    createdAtMs: 0,
  })),
);

/** The gateway port of the router belongs to nobody, so no list shows it; its address is taken all the same. */
function gatewayAddressesIn(networkId: string): readonly string[] {
  return NETWORKS.filter(({ id }) => id === networkId && id === ROUTER.networkId).map(
    ({ subnet }) => poolOf(subnet).start,
  );
}

/** A row of the ledger stands before what there was. */
function overlay<T extends { readonly id: string }>(base: readonly T[], rows: Iterable<T>): readonly T[] {
  const byId = new Map<string, T>();
  for (const row of [...base, ...rows]) byId.set(row.id, row);
  return [...byId.values()];
}

export function portsOf({ world, nowMs }: View): readonly PortRow[] {
  return overlay(BASE_PORTS, livingPorts(world, nowMs));
}

export function groupsOf({ world }: View): readonly SecurityGroupRow[] {
  return overlay([BASE_GROUP], world['security-group'].values());
}

export function rulesOf({ world }: View): readonly SecurityGroupRuleRow[] {
  return overlay(BASE_RULES, world['security-group-rule'].values());
}

/** One whose port is gone stands for nothing, though its row still names it. */
export function floatingIpsOf(view: View): readonly FloatingIpRow[] {
  const ports = new Set(portsOf(view).map(({ id }) => id));
  const release = (row: FloatingIpRow): FloatingIpRow => ({ ...row, portId: null });
  const rows = [...view.world['floating-ip'].values()];
  return rows.map((row) => (row.portId === null || ports.has(row.portId) ? row : release(row)));
}

/** Addresses of a network that somebody has. */
export function takenAddresses(view: View, networkId: string): ReadonlySet<string> {
  const ports = portsOf(view).filter((port) => port.networkId === networkId);
  const floating = floatingIpsOf(view).filter((row) => row.networkId === networkId);
  return new Set([
    ...gatewayAddressesIn(networkId),
    ...ports.flatMap(({ fixedIps }) => fixedIps.map((ip) => ip.ip_address)),
    ...floating.map(({ address }) => address),
  ]);
}
