/** The networks of the cloud that is built: neutron's services and settings by backend, for whoever has the server and for the others. */
import { gatewayLocalrc } from './gateway.ts';
import type { RoleFacts, ServiceFacts } from './role.ts';

/** The service of OVN's agent on a hypervisor: DevStack before 2025.2 knows only the older one (devstack.md section 1.1). */
function ovnAgentService(ref: string): string {
  // A series is named by its branch, and where that is gone by its last tag.
  const series = /^(?:refs\/heads\/)?(?:(?:stable|unmaintained)\/)?(\d{4}\.\d)(?:-eo[lm])?$/.exec(ref)?.[1];
  return series !== undefined && series < '2025.2' ? 'q-ovn-metadata-agent' : 'q-ovn-agent';
}

/** Of a node that has guests but not the neutron server (devstack.md sections 1.3, 1.4). */
export function agentServices({ backend, ref }: ServiceFacts): readonly string[] {
  if (backend === 'ovs') return ['q-agt'];
  return [ovnAgentService(ref), 'ovn-controller', 'ovs-vswitchd', 'ovsdb-server'];
}

/** Of the node with the neutron server, which is the gateway too where there is no node for that. */
export function serverServices({ backend, ref, hasNetworkNode, isHypervisor }: ServiceFacts): readonly string[] {
  if (backend === 'ovs' && hasNetworkNode) return ['q-svc', ...(isHypervisor ? ['q-agt'] : [])];
  if (backend === 'ovs') return ['q-svc', 'q-agt', 'q-dhcp', 'q-l3', 'q-meta'];
  // OVN's databases are started only beside a controller of its own (devstack.md section 1.5).
  return ['q-svc', ovnAgentService(ref), 'ovn-northd', 'ovn-controller', 'ovs-vswitchd', 'ovsdb-server'];
}

/** The same on every node that runs any of these. OVN is DevStack's own default (devstack.md section 1.4). */
export function backendLocalrc({ backend }: RoleFacts): Readonly<Record<string, string>> {
  if (backend === 'ovn') return {};
  return {
    Q_AGENT: 'openvswitch',
    Q_ML2_PLUGIN_MECHANISM_DRIVERS: 'openvswitch',
    Q_ML2_TENANT_NETWORK_TYPE: 'vxlan',
    ML2_L3_PLUGIN: 'router',
  };
}

/** Of the node with the neutron server: the first networks are made there. */
export function serverLocalrc(facts: RoleFacts): Readonly<Record<string, string>> {
  return {
    ...backendLocalrc(facts),
    ...(facts.hasNetworkNode ? gatewayLocalrc('controller', facts) : {}),
    FIXED_RANGE: facts.fixedRange,
    IPV4_ADDRS_SAFE_TO_USE: facts.fixedRange,
    NETWORK_GATEWAY: facts.fixedGateway,
    FLOATING_RANGE: facts.floatingRange,
    PUBLIC_NETWORK_GATEWAY: facts.floatingGateway,
  };
}

/** What ends tunnels on a node, of either backend. */
const TUNNEL_ENDS = new Set(['ovn-controller', 'q-agt', 'neutron-agent']);

/** Of a node whose tunnels run over the overlay: OVN's encap-ip and ML2's local_ip are both made of this key (devstack.md section 8). */
export function tunnelLocalrc(
  { tunnelIp }: Pick<RoleFacts, 'tunnelIp'>,
  services: readonly string[],
): Readonly<Record<string, string>> {
  if (tunnelIp === null || !services.some((service) => TUNNEL_ENDS.has(service))) return {};
  return { TUNNEL_ENDPOINT_IP: tunnelIp };
}
