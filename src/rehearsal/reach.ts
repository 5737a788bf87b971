/** Who answers at an address of the modelled networks, and whether the security groups let SSH through to them. */

import { DEFAULT_GROUP } from './base-networks.ts';
import { answersSsh, stateOf } from './server-life.ts';
import type { PortRow, SecurityGroupRuleRow, ServerRow, World } from './world.ts';

export type Reach =
  | { readonly kind: 'open'; readonly server: ServerRow }
  /** Nobody has the address, or its server is off. */
  | { readonly kind: 'no-route' }
  /** A security group drops it: no answer ever. */
  | { readonly kind: 'filtered' }
  /** Booting, or another port than 22. */
  | { readonly kind: 'refused' };

/** The port behind a floating or a fixed address. */
function portAt(world: World, address: string): PortRow | undefined {
  const floating = [...world['floating-ip'].values()].find((candidate) => candidate.address === address);
  if (floating !== undefined) return floating.portId === null ? undefined : world.port.get(floating.portId);
  return [...world.port.values()].find(({ fixedIps }) => fixedIps.some(({ ip_address }) => ip_address === address));
}

/** From anywhere outside: a rule for members of a group does not let us in, and a range must be everybody's. */
function letsIn(rule: SecurityGroupRuleRow, port: number): boolean {
  const isTcp = rule.protocol === null || rule.protocol === 'tcp' || rule.protocol === '6';
  const isFromAnywhere = rule.remoteGroupId === null && (rule.remoteCidr === null || rule.remoteCidr === '0.0.0.0/0');
  const isInRange = rule.portMin === null || (rule.portMin <= port && port <= (rule.portMax ?? rule.portMin));
  return rule.direction === 'ingress' && rule.etherType === 'IPv4' && isTcp && isFromAnywhere && isInRange;
}

function isLetIn(world: World, { securityGroupIds }: PortRow, port: number): boolean {
  const groups = securityGroupIds.filter((id) => id !== DEFAULT_GROUP.id);
  return [...world['security-group-rule'].values()].some((rule) => groups.includes(rule.groupId) && letsIn(rule, port));
}

/** What a connection from outside to `address:port` meets. */
export function reachOf(world: World, address: string, port: number, nowMs: number): Reach {
  const found = portAt(world, address);
  const server = found === undefined ? undefined : world.server.get(found.deviceId);
  if (found === undefined || server === undefined) return { kind: 'no-route' };
  const { status } = stateOf(server, nowMs);
  if (status !== 'ACTIVE' && status !== 'REBOOT') return { kind: 'no-route' };
  if (!isLetIn(world, found, port)) return { kind: 'filtered' };
  return port === 22 && answersSsh(server, nowMs) ? { kind: 'open', server } : { kind: 'refused' };
}
