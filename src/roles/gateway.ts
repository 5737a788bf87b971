/** Where guests' networks meet the public one: which nodes OVN may put routers on. */
import type { RoleFacts, RoleName } from './role.ts';

/**
 * Whether OVN may put routers on the nodes of a role: floating IPs leave by the network nodes, and where there are none by the node
 * with the APIs. A second gateway chassis would answer for addresses it cannot reach.
 */
export function isGatewayRole(role: RoleName, hasNetworkNode: boolean): boolean {
  return hasNetworkNode ? role === 'network' : role !== 'compute';
}

/** OVN's word for it; every node is a gateway that does not say otherwise. */
export function gatewayLocalrc(
  role: RoleName,
  { backend, hasNetworkNode }: Pick<RoleFacts, 'backend' | 'hasNetworkNode'>,
): Readonly<Record<string, string>> {
  if (backend !== 'ovn') return {};
  return { ENABLE_CHASSIS_AS_GW: isGatewayRole(role, hasNetworkNode) ? 'True' : 'False' };
}
