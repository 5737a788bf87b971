/** How a rule of a security group is shown, alone and in its group. */
import type { SecurityGroupRuleRow } from '../world.ts';
import { readPrefix } from './addresses.ts';
import { type Shown, standardAttributes } from './neutron-listing.ts';
import type { View } from './route.ts';

export function describeRule(rule: SecurityGroupRuleRow, view: View): Shown {
  return {
    id: rule.id,
    security_group_id: rule.groupId,
    ethertype: rule.etherType,
    direction: rule.direction,
    protocol: rule.protocol,
    port_range_min: rule.portMin,
    port_range_max: rule.portMax,
    remote_ip_prefix: rule.remoteCidr,
    remote_address_group_id: null,
    normalized_cidr: rule.remoteCidr === null ? null : (readPrefix(rule.remoteCidr)?.normalized ?? null),
    remote_group_id: rule.remoteGroupId,
    ...standardAttributes(view, { ...rule, tags: [] }),
  };
}
