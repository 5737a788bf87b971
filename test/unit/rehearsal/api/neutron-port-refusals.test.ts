/** Neutron's words for ports it does not make or change. */
import { describe, expect, test } from 'vitest';
import { ACCOUNT, QUOTAS } from '../../../../src/rehearsal/account.ts';
import { DEFAULT_GROUP } from '../../../../src/rehearsal/base-networks.ts';
import { NeutronCalls, NOBODY, PRIVATE, PROVIDER, PUBLIC, refusal } from './neutron-calls.ts';

describe('a create of a port is refused', () => {
  const ports = new NeutronCalls('port');
  const { mac_address: mac } = ports.made({ network_id: PRIVATE.id });
  test.each<[string, object, string]>([
    [
      'without a network',
      { network_id: undefined },
      "400 HTTPBadRequest: Failed to parse request. Required attribute 'network_id' not specified",
    ],
    ['on an unknown network', { network_id: NOBODY }, `404 NetworkNotFound: Network ${NOBODY} could not be found.`],
    [
      'on what is no network',
      { network_id: 'xx' },
      "400 HTTPBadRequest: Invalid input for network_id. Reason: 'xx' is not a valid UUID.",
    ],
    [
      'on the external network',
      { network_id: PUBLIC.id },
      `403 HTTPForbidden: Tenant ${ACCOUNT.project.id} not allowed to create port on this network`,
    ],
    [
      'with a MAC address in use',
      { mac_address: mac.toUpperCase() },
      `409 MacAddressInUse: Unable to complete operation for network ${PRIVATE.id}. The mac address ${mac.toUpperCase()} is in use.`,
    ],
    [
      'with no MAC address',
      { mac_address: 'zz' },
      "400 HTTPBadRequest: Invalid input for mac_address. Reason: 'zz' is not a valid MAC address.",
    ],
    [
      'with a MAC address on a network of others',
      { network_id: PROVIDER.id, mac_address: mac },
      '403 PolicyNotAuthorized: (rule:create_port and rule:create_port:mac_address) is disallowed by policy',
    ],
    [
      'with an address on a network of others',
      { network_id: PROVIDER.id, fixed_ips: [{ ip_address: '198.51.100.9' }] },
      '403 PolicyNotAuthorized: (rule:create_port and (rule:create_port:fixed_ips and (rule:create_port:fixed_ips:ip_address))) is disallowed by policy',
    ],
    [
      'with an address in use',
      { fixed_ips: [{ ip_address: '198.18.0.3' }] },
      `409 IpAddressAlreadyAllocated: IP address 198.18.0.3 already allocated in subnet ${PRIVATE.subnet.id}`,
    ],
    [
      'with the address of the router',
      { fixed_ips: [{ ip_address: '198.18.0.1' }] },
      `409 IpAddressAlreadyAllocated: IP address 198.18.0.1 already allocated in subnet ${PRIVATE.subnet.id}`,
    ],
    [
      'with an address of elsewhere',
      { fixed_ips: [{ ip_address: '9.9.9.9' }] },
      '400 InvalidIpForNetwork: IP address 9.9.9.9 is not a valid IP for any of the subnets on the specified network.',
    ],
    [
      'with an address outside the subnet',
      { fixed_ips: [{ subnet_id: PRIVATE.subnet.id, ip_address: '9.9.9.9' }] },
      '400 InvalidIpForSubnet: IP address 9.9.9.9 is not a valid IP for the specified subnet.',
    ],
    [
      'with an unknown subnet',
      { fixed_ips: [{ subnet_id: NOBODY }] },
      `404 SubnetNotFound: Subnet ${NOBODY} could not be found.`,
    ],
    [
      'with the subnet of another network',
      { fixed_ips: [{ subnet_id: PROVIDER.subnet.id }] },
      `400 InvalidInput: Invalid input for operation: Failed to create port on network ${PRIVATE.id}, because fixed_ips included invalid subnet ${PROVIDER.subnet.id}.`,
    ],
    [
      'with what is no address',
      { fixed_ips: [{ ip_address: 'xx' }] },
      "400 HTTPBadRequest: Invalid input for fixed_ips. Reason: 'xx' is not a valid IP address.",
    ],
    [
      'with an empty wish',
      { fixed_ips: [{}] },
      '400 InvalidInput: Invalid input for operation: IP allocation requires subnet_id or ip_address.',
    ],
    [
      'with no list of addresses',
      { fixed_ips: null },
      "400 HTTPBadRequest: Invalid input for fixed_ips. Reason: Invalid data format for fixed IP: 'None'.",
    ],
    [
      'with an unknown group',
      { security_groups: [NOBODY] },
      `404 SecurityGroupNotFound: Security group ${NOBODY} does not exist`,
    ],
    [
      'with a group by its name',
      { security_groups: ['default'] },
      "400 HTTPBadRequest: Invalid input for security_groups. Reason: 'default' is not a valid UUID.",
    ],
    [
      'with a group twice',
      { security_groups: [DEFAULT_GROUP.id, DEFAULT_GROUP.id] },
      `400 HTTPBadRequest: Invalid input for security_groups. Reason: Duplicate items in the list: '${DEFAULT_GROUP.id}'.`,
    ],
    [
      'with groups but no port security',
      { security_groups: [DEFAULT_GROUP.id], port_security_enabled: false },
      '400 PortSecurityAndIPRequiredForSecurityGroups: Port security must be enabled and port must have an IP address in order to use security groups.',
    ],
    [
      'with a number for its name',
      { name: 5 },
      "400 HTTPBadRequest: Invalid input for name. Reason: '5' is not a valid string.",
    ],
    [
      'with a description too long',
      { description: 'x'.repeat(256) },
      `400 HTTPBadRequest: Invalid input for description. Reason: '${'x'.repeat(256)}' exceeds maximum length of 255.`,
    ],
    [
      'with a state that is none',
      { admin_state_up: 'maybe' },
      "400 InvalidInput: Invalid input for operation: 'maybe' cannot be converted to boolean.",
    ],
    ['with an unknown attribute', { nope: 1 }, "400 HTTPBadRequest: Unrecognized attribute(s) 'nope'"],
    [
      'with what Neutron sets itself',
      { status: 'ACTIVE' },
      "400 HTTPBadRequest: Attribute 'status' not allowed in POST",
    ],
    [
      'with a host',
      { 'binding:host_id': 'x' },
      '403 PolicyNotAuthorized: (rule:create_port and rule:create_port:binding:host_id) is disallowed by policy',
    ],
    [
      'for another project',
      { project_id: NOBODY },
      "400 HTTPBadRequest: Specifying 'project_id' or 'tenant_id' other than the authenticated project in request requires admin or advsvc privileges",
    ],
  ])('%s', (_what, attributes, text) => {
    expect(ports.create({ network_id: PRIVATE.id, ...attributes })).toEqual(refusal(text));
  });

  test.each([
    [null, "Unable to find 'port' in request body"],
    [{ x: 1 }, "Unable to find 'port' in request body"],
    [{ port: 'x' }, "Object 'port' contains invalid data"],
    [[], 'Body contains invalid data'],
  ])('with the body %j', (body, message) => {
    expect(ports.call('POST', '/v2.0/ports', { body })).toEqual(refusal(`400 HTTPBadRequest: ${message}`));
  });

  test('over quota, in which the ports of router and DHCP count', () => {
    const few = new NeutronCalls('port');
    few.settings = { seed: 1, quotas: { ...QUOTAS, ports: 3 } };
    few.made({ network_id: PRIVATE.id });
    expect(few.create({ network_id: PRIVATE.id })).toEqual(
      refusal("409 OverQuota: Quota exceeded for resources: ['port']."),
    );
  });

  test('when the subnet is full', () => {
    const full = new NeutronCalls('port');
    for (let host = 2; host <= 254; host += 1) full.made({ network_id: PROVIDER.id });
    expect(full.create({ network_id: PROVIDER.id })).toEqual(
      refusal(`409 IpAddressGenerationFailure: No more IP addresses available on network ${PROVIDER.id}.`),
    );
  });
});

describe('an update of a port', () => {
  test.each<[string, object, string]>([
    ['of its network', { network_id: PROVIDER.id }, '400 HTTPBadRequest: Cannot update read-only attribute network_id'],
    ['of its tags', { tags: [] }, '400 HTTPBadRequest: Cannot update read-only attribute tags'],
    [
      'of its MAC address',
      { mac_address: 'fa:16:3e:00:00:01' },
      '403 PolicyNotAuthorized: (rule:update_port and rule:update_port:mac_address) is disallowed by policy',
    ],
    [
      'to an address in use',
      { fixed_ips: [{ ip_address: '198.18.0.1' }] },
      `409 IpAddressAlreadyAllocated: IP address 198.18.0.1 already allocated in subnet ${PRIVATE.subnet.id}`,
    ],
    [
      'to an unknown group',
      { security_groups: [NOBODY] },
      `404 SecurityGroupNotFound: Security group ${NOBODY} does not exist`,
    ],
    [
      'to no security while it has groups',
      { port_security_enabled: false },
      '409 PortSecurityPortHasSecurityGroup: Port has security group associated. Cannot disable port security or IP address until security group is removed.',
    ],
  ])('is refused %s', (_what, attributes, text) => {
    const ports = new NeutronCalls('port');
    expect(ports.update(ports.made({ network_id: PRIVATE.id }).id, attributes)).toEqual(refusal(text));
  });
});
