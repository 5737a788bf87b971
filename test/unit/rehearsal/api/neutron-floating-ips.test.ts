/** Neutron's promises about floating IPs: which port they stand for, and when. */
import { describe, expect, test } from 'vitest';
import { ACCOUNT, QUOTAS } from '../../../../src/rehearsal/account.ts';
import { ROUTER } from '../../../../src/rehearsal/base-networks.ts';
import { applyChanges, put } from '../../../../src/rehearsal/world.ts';
import { NeutronCalls, NOBODY, PRIVATE, PROVIDER, PUBLIC, refusal } from './neutron-calls.ts';

const NETWORK = { floating_network_id: PUBLIC.id };

function newFloatingIps(): NeutronCalls {
  return new NeutronCalls('floatingip');
}

describe('a floating IP', () => {
  test('is made without a port', () => {
    expect(newFloatingIps().made({ ...NETWORK, description: 'a mark' })).toEqual({
      id: expect.any(String),
      floating_ip_address: '198.19.0.3',
      floating_network_id: PUBLIC.id,
      router_id: null,
      port_id: null,
      fixed_ip_address: null,
      status: 'DOWN',
      port_details: null,
      description: 'a mark',
      project_id: ACCOUNT.project.id,
      tenant_id: ACCOUNT.project.id,
      tags: [],
      created_at: '2026-03-01T12:00:00Z',
      updated_at: '2026-03-01T12:00:00Z',
      revision_number: 1,
    });
  });

  test('is made with its port in one request', () => {
    const ips = newFloatingIps();
    const port = ips.madePort({ name: 'node-1' });
    const made = ips.made({ ...NETWORK, port_id: port.id });
    expect(made).toMatchObject({
      router_id: ROUTER.id,
      port_id: port.id,
      fixed_ip_address: port.fixed_ips[0]?.ip_address,
      port_details: {
        name: 'node-1',
        network_id: PRIVATE.id,
        mac_address: port.mac_address,
        admin_state_up: true,
        status: 'DOWN',
        device_id: '',
        device_owner: '',
      },
    });
    expect(ips.list(`port_id=${port.id}`)).toEqual([made]);
  });

  test('is ACTIVE while its port is in a server', () => {
    const ips = newFloatingIps();
    const port = ips.madePort();
    const { id } = ips.made({ ...NETWORK, port_id: port.id });
    expect(ips.show(id).status).toBe('DOWN');
    ips.plug(port.id);
    expect(ips.show(id).status).toBe('ACTIVE');
    ips.nowMs = 100_000;
    expect(ips.show(id)).toMatchObject({ status: 'DOWN', port_id: port.id });
  });

  test('is given to a port and taken from it', () => {
    const ips = newFloatingIps();
    const port = ips.madePort();
    const { id } = ips.made(NETWORK);
    expect(ips.updated(id, { port_id: port.id })).toMatchObject({ port_id: port.id, router_id: ROUTER.id });
    expect(ips.updated(id, { description: 'new' })).toMatchObject({ port_id: port.id, description: 'new' });
    expect(ips.updated(id, { port_id: null })).toMatchObject({ port_id: null, description: 'new' });
    ips.updated(id, { port_id: port.id });
    expect(ips.updated(id, {})).toMatchObject({ port_id: null, fixed_ip_address: null });
  });

  test('stands for the chosen one of several addresses', () => {
    const ips = newFloatingIps();
    const subnet = { subnet_id: PRIVATE.subnet.id };
    const port = ips.madePort({ fixed_ips: [subnet, subnet] });
    const [first, second] = port.fixed_ips.map((ip) => ip.ip_address);
    expect(ips.create({ ...NETWORK, port_id: port.id })).toEqual(
      refusal(
        `400 BadRequest: Bad floatingip request: Port ${port.id} has multiple fixed IPv4 addresses.  Must provide a specific IPv4 address when assigning a floating IP.`,
      ),
    );
    const wish = { ...NETWORK, port_id: port.id };
    expect(ips.made({ ...wish, fixed_ip_address: second })).toMatchObject({ fixed_ip_address: second });
    expect(ips.made({ ...wish, fixed_ip_address: first })).toMatchObject({ fixed_ip_address: first });
    expect(ips.create({ ...wish, fixed_ip_address: second }).status).toBe(409);
  });

  test('outlives its port', () => {
    const ips = newFloatingIps();
    const port = ips.madePort();
    const { id } = ips.made({ ...NETWORK, port_id: port.id });
    ips.call('DELETE', `/v2.0/ports/${port.id}`);
    expect(ips.show(id)).toMatchObject({ port_id: null, router_id: null, fixed_ip_address: null, status: 'DOWN' });
  });

  test('gives its address back when it is deleted', () => {
    const ips = newFloatingIps();
    const { id, floating_ip_address: address } = ips.made(NETWORK);
    expect(ips.remove(id).status).toBe(204);
    const text = `404 FloatingIPNotFound: Floating IP ${id} could not be found`;
    expect(ips.remove(id)).toEqual(refusal(text));
    expect(ips.look(id)).toEqual(refusal(text));
    expect(ips.update(id, { port_id: null })).toEqual(refusal(text));
    expect(ips.made(NETWORK).floating_ip_address).toBe(address);
  });

  test('that cannot be seen yet is left out, and counts', () => {
    const ips = newFloatingIps();
    const { id, floating_ip_address: address } = ips.made(NETWORK);
    applyChanges(ips.world, [put('floating-ip', id, { ...ips.world['floating-ip'].get(id)!, visibleAtMs: 5000 })]);
    expect(ips.list()).toEqual([]);
    expect(ips.look(id).status).toBe(404);
    expect(ips.made(NETWORK).floating_ip_address).not.toBe(address);
    ips.nowMs = 5000;
    expect(ips.list()).toHaveLength(2);
  });

  test('may name the subnet of its network', () => {
    const made = newFloatingIps().made({ ...NETWORK, subnet_id: PUBLIC.subnet.id });
    expect(made.floating_ip_address).toBe('198.19.0.3');
  });
});

describe('a floating IP is refused', () => {
  test.each<[string, object, string]>([
    [
      'without a network',
      { floating_network_id: undefined },
      "400 HTTPBadRequest: Failed to parse request. Required attribute 'floating_network_id' not specified",
    ],
    [
      'of an unknown network',
      { floating_network_id: NOBODY },
      `404 NetworkNotFound: Network ${NOBODY} could not be found.`,
    ],
    [
      'of what is no network',
      { floating_network_id: 'x' },
      "400 HTTPBadRequest: Invalid input for floating_network_id. Reason: 'x' is not a valid UUID.",
    ],
    [
      'of a network that is not external',
      { floating_network_id: PRIVATE.id },
      `400 BadRequest: Bad floatingip request: Network ${PRIVATE.id} is not a valid external network.`,
    ],
    [
      'of another subnet',
      { subnet_id: PRIVATE.subnet.id },
      `400 InvalidInput: Invalid input for operation: Failed to create port on network ${PUBLIC.id}, because fixed_ips included invalid subnet ${PRIVATE.subnet.id}.`,
    ],
    ['for an unknown port', { port_id: NOBODY }, `404 PortNotFound: Port ${NOBODY} could not be found.`],
    [
      'for what is no port',
      { port_id: 'x' },
      "400 HTTPBadRequest: Invalid input for port_id. Reason: 'x' is not a valid UUID.",
    ],
    [
      'for an address without a port',
      { fixed_ip_address: '198.18.0.9' },
      '400 BadRequest: Bad floatingip request: fixed_ip_address cannot be specified without a port_id.',
    ],
    [
      'with its own address',
      { floating_ip_address: '198.19.0.9' },
      '403 PolicyNotAuthorized: (rule:create_floatingip and rule:create_floatingip:floating_ip_address) is disallowed by policy',
    ],
    ['with an unknown attribute', { foo: 1 }, "400 HTTPBadRequest: Unrecognized attribute(s) 'foo'"],
  ])('%s', (_what, attributes, text) => {
    expect(newFloatingIps().create({ ...NETWORK, ...attributes })).toEqual(refusal(text));
  });

  test('for a port that has one, made or updated', () => {
    const ips = newFloatingIps();
    const port = ips.madePort();
    const wish = { ...NETWORK, port_id: port.id };
    ips.made(wish);
    const other = ips.made(NETWORK);
    expect(ips.create(wish)).toMatchObject({
      status: 409,
      json: { NeutronError: { type: 'FloatingIPPortAlreadyAssociated' } },
    });
    expect(ips.update(other.id, { port_id: port.id })).toEqual(
      refusal(
        `409 FloatingIPPortAlreadyAssociated: Cannot associate floating IP ${other.floating_ip_address} (${other.id}) with port ${port.id} using fixed IP 198.18.0.3, as that fixed IP already has a floating IP on external network ${PUBLIC.id}.`,
      ),
    );
    expect(ips.list()).toHaveLength(2);
  });

  test('for a port that no router joins to the network', () => {
    const ips = newFloatingIps();
    const port = ips.madePort({ network_id: PROVIDER.id });
    expect(ips.create({ ...NETWORK, port_id: port.id })).toEqual(
      refusal(
        `404 ExternalGatewayForFloatingIPNotFound: External network ${PUBLIC.id} is not reachable from subnet ${PROVIDER.subnet.id}.  Therefore, cannot associate Port ${port.id} with a Floating IP.`,
      ),
    );
  });

  test('for a port without addresses, or with others', () => {
    const ips = newFloatingIps();
    const { id } = ips.madePort({ fixed_ips: [] });
    expect(ips.create({ ...NETWORK, port_id: id })).toEqual(
      refusal(
        `400 BadRequest: Bad floatingip request: Cannot add floating IP to port ${id} that has no fixed IPv4 addresses.`,
      ),
    );
    expect(ips.create({ ...NETWORK, port_id: id, fixed_ip_address: '198.18.0.9' })).toEqual(
      refusal(`400 BadRequest: Bad floatingip request: Port ${id} does not have fixed ip 198.18.0.9.`),
    );
  });

  test('another network in an update', () => {
    const ips = newFloatingIps();
    expect(ips.update(ips.made(NETWORK).id, NETWORK)).toEqual(
      refusal('400 HTTPBadRequest: Cannot update read-only attribute floating_network_id'),
    );
  });

  test('over quota', () => {
    const ips = newFloatingIps();
    ips.settings = { seed: 1, quotas: { ...QUOTAS, floatingIps: 1 } };
    ips.made(NETWORK);
    expect(ips.create(NETWORK)).toEqual(refusal("409 OverQuota: Quota exceeded for resources: ['floatingip']."));
  });
});
