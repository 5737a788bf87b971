/** Neutron's promises about rules of security groups: what they say, which are the same, and which are none. */
import { describe, expect, test } from 'vitest';
import { QUOTAS } from '../../../../src/rehearsal/account.ts';
import { DEFAULT_GROUP } from '../../../../src/rehearsal/base-networks.ts';
import { NeutronCalls, NOBODY, refusal } from './neutron-calls.ts';

const SSH = {
  security_group_id: DEFAULT_GROUP.id,
  direction: 'ingress',
  ethertype: 'IPv4',
  protocol: 'tcp',
  port_range_min: 22,
  port_range_max: 22,
  remote_group_id: null,
  remote_ip_prefix: null,
};
const NO_PORTS = { port_range_min: null, port_range_max: null };

function newRules(): NeutronCalls {
  return new NeutronCalls('security_group_rule', 'security-group-rules');
}

describe('a rule', () => {
  test('is made as it is asked for', () => {
    const rules = newRules();
    const rule = rules.made({ ...SSH, remote_ip_prefix: '10.0.0.5/24', description: 'in' });
    expect(rule).toMatchObject({
      ...SSH,
      remote_ip_prefix: '10.0.0.5/24',
      normalized_cidr: '10.0.0.0/24',
      remote_address_group_id: null,
      description: 'in',
    });
    expect(rules.show(rule.id)).toEqual(rule);
    expect(rules.list('direction=ingress&protocol=tcp')).toEqual([rule]);
  });

  test('goes when it is deleted', () => {
    const rules = newRules();
    const { id } = rules.made(SSH);
    expect(rules.remove(id).status).toBe(204);
    const text = `404 SecurityGroupRuleNotFound: Security group rule ${id} does not exist`;
    expect(rules.look(id)).toEqual(refusal(text));
    expect(rules.remove(id)).toEqual(refusal(text));
  });

  test.each<[string, object, object]>([
    ['a protocol by number', { protocol: 6 }, { protocol: '6' }],
    ['a protocol in capitals', { protocol: 'UDP' }, { protocol: 'udp' }],
    ['ports as text', { port_range_min: '23', port_range_max: '24' }, { port_range_min: 23, port_range_max: 24 }],
    ['any protocol', { protocol: null, ...NO_PORTS }, { protocol: null, port_range_min: null }],
    ['an ICMP type and code', { protocol: 'icmp', port_range_min: 8, port_range_max: 0 }, { port_range_min: 8 }],
    ['ICMP of IPv6', { protocol: 'icmp', ethertype: 'IPv6', ...NO_PORTS }, { protocol: 'ipv6-icmp' }],
    ['a family in small letters', { ethertype: 'ipv6' }, { ethertype: 'IPv6' }],
    ['no family', { ethertype: undefined }, { ethertype: 'IPv4' }],
    ['a single address', { remote_ip_prefix: '10.0.0.7' }, { remote_ip_prefix: '10.0.0.7/32' }],
    ['a prefix of IPv6', { ethertype: 'IPv6', remote_ip_prefix: '::/0' }, { normalized_cidr: '::/0' }],
    ['members of a group', { remote_group_id: DEFAULT_GROUP.id }, { remote_group_id: DEFAULT_GROUP.id }],
  ])('takes %s', (_what, attributes, shown) => {
    expect(newRules().made({ ...SSH, ...attributes })).toMatchObject(shown);
  });

  test.each<[string, object]>([
    ['the same', {}],
    ['with the whole of IPv4', { remote_ip_prefix: '0.0.0.0/0' }],
    ['with the number of the protocol', { protocol: '6' }],
  ])('is refused a second time, %s', (_what, attributes) => {
    const rules = newRules();
    const { id } = rules.made(SSH);
    expect(rules.create({ ...SSH, ...attributes })).toEqual(
      refusal(`409 SecurityGroupRuleExists: Security group rule already exists. Rule id is ${id}.`),
    );
  });

  test.each<[string, object, string]>([
    [
      'ports in wrong order',
      { port_range_min: 30 },
      '400 SecurityGroupInvalidPortRange: For TCP/UDP protocols, port_range_min must be <= port_range_max',
    ],
    [
      'one port of two',
      { port_range_min: null },
      '400 SecurityGroupInvalidPortRange: For TCP/UDP protocols, port_range_min must be <= port_range_max',
    ],
    ['port 0', { port_range_min: 0 }, '400 SecurityGroupInvalidPortValue: Invalid value for port 0'],
    ['a port below 0', { port_range_min: -1 }, '400 SecurityGroupInvalidPortValue: Invalid value for port -1'],
    ['a port too high', { port_range_max: 70_000 }, '400 SecurityGroupInvalidPortValue: Invalid value for port 70000'],
    ['what is no port', { port_range_min: 'a' }, '400 SecurityGroupInvalidPortValue: Invalid value for port a'],
    [
      'ports of any protocol',
      { protocol: null },
      '400 SecurityGroupProtocolRequiredWithPorts: Must also specify protocol if port range is given.',
    ],
    [
      'ports of what has none',
      { protocol: 'vrrp' },
      '400 SecurityGroupInvalidProtocolForPort: Ports cannot be specified for protocol 112. Ports are only supported for DCCP, SCTP, TCP, UDP, UDPLITE.',
    ],
    [
      'an ICMP type too high',
      { protocol: 'icmp', port_range_min: 300, port_range_max: null },
      '400 SecurityGroupInvalidIcmpValue: Invalid value for ICMP type (port_range_min) 300. It must be 0 to 255.',
    ],
    [
      'an ICMP code alone',
      { protocol: 'icmp', port_range_min: null, port_range_max: 0 },
      '400 SecurityGroupMissingIcmpType: ICMP code (port-range-max) 0 is provided but ICMP type (port-range-min) is missing.',
    ],
    [
      'a protocol of the other family',
      { protocol: 'ipv6-icmp', ...NO_PORTS },
      '400 SecurityGroupEthertypeConflictWithProtocol: Invalid ethertype IPv4 for protocol ipv6-icmp.',
    ],
    [
      'an unknown family',
      { ethertype: 'IPv5' },
      "400 SecurityGroupRuleInvalidEtherType: Security group rule for ethertype 'IPv5' not supported. Allowed values are ['IPv4', 'IPv6'].",
    ],
    [
      'a prefix of the other family',
      { remote_ip_prefix: '::/0' },
      '400 SecurityGroupRuleParameterConflict: Conflicting value ethertype IPv4 for CIDR ::/0',
    ],
    ['no prefix', { remote_ip_prefix: 'zz' }, '400 InvalidCIDR: Invalid CIDR zz given as IP prefix.'],
    [
      'prefix and group',
      { remote_ip_prefix: '10.0.0.0/8', remote_group_id: DEFAULT_GROUP.id },
      '400 SecurityGroupMultipleRemoteEntites: Only one of remote_ip_prefix or remote_group_id or remote_address_group_id may be provided.',
    ],
    [
      'no direction',
      { direction: undefined },
      "400 HTTPBadRequest: Failed to parse request. Required attribute 'direction' not specified",
    ],
    [
      'a direction that is none',
      { direction: 'up' },
      '400 HTTPBadRequest: Invalid input for direction. Reason: up is not in valid_values.',
    ],
    [
      'no group',
      { security_group_id: undefined },
      "400 HTTPBadRequest: Failed to parse request. Required attribute 'security_group_id' not specified",
    ],
    [
      'an unknown group',
      { security_group_id: NOBODY },
      `404 SecurityGroupNotFound: Security group ${NOBODY} does not exist`,
    ],
    [
      'an unknown remote group',
      { remote_group_id: NOBODY },
      `404 SecurityGroupNotFound: Security group ${NOBODY} does not exist`,
    ],
    ['an unknown attribute', { foo: 1 }, "400 HTTPBadRequest: Unrecognized attribute(s) 'foo'"],
  ])('is refused with %s', (_what, attributes, text) => {
    expect(newRules().create({ ...SSH, ...attributes })).toEqual(refusal(text));
  });

  test.each(['nope', '300'])('is refused with the protocol %s', (protocol) => {
    expect(newRules().create({ ...SSH, protocol })).toEqual(
      refusal(
        `400 SecurityGroupRuleInvalidProtocol: Security group rule protocol ${protocol} not supported. Only protocol values [None, 'ah', 'dccp', 'egp', 'esp', 'gre', 'hopopt', 'icmp', 'igmp', 'ip', 'ipip', 'ipv6-encap', 'ipv6-frag', 'ipv6-icmp', 'icmpv6', 'ipv6-nonxt', 'ipv6-opts', 'ipv6-route', 'ospf', 'pgm', 'rsvp', 'sctp', 'tcp', 'udp', 'udplite', 'vrrp'] and integer representations [0 to 255] are supported.`,
      ),
    );
  });

  test('is refused over quota, in which those of the default group count', () => {
    const rules = newRules();
    rules.settings = { seed: 1, quotas: { ...QUOTAS, securityGroupRules: 5 } };
    rules.made(SSH);
    expect(rules.create({ ...SSH, protocol: 'udp' })).toEqual(
      refusal("409 OverQuota: Quota exceeded for resources: ['security_group_rule']."),
    );
  });
});
