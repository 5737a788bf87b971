/** Where guests' networks meet the public one: which nodes OVN may put routers on. */
import type { RoleFacts, RoleName } from './role.ts';

/** Whether any of the groups has nodes that are for this alone. */
export function hasNetworkNode(groups: readonly { readonly role: RoleName; readonly count: number }[]): boolean {
  return groups.some(({ role, count }) => role === 'network' && count > 0);
}

/**
 * Whether OVN may put routers on the nodes of a role: floating IPs leave by the network nodes, and where there are none by the node
 * with the APIs. A second gateway chassis would answer for addresses it cannot reach.
 */
export function isGatewayRole(role: RoleName, isElsewhere: boolean): boolean {
  return isElsewhere ? role === 'network' : role !== 'compute';
}

/** OVN's word for it; every node is a gateway that does not say otherwise. */
export function gatewayLocalrc(
  role: RoleName,
  { backend, hasNetworkNode: isElsewhere }: Pick<RoleFacts, 'backend' | 'hasNetworkNode'>,
): Readonly<Record<string, string>> {
  if (backend !== 'ovn') return {};
  return { ENABLE_CHASSIS_AS_GW: isGatewayRole(role, isElsewhere) ? 'True' : 'False' };
}
