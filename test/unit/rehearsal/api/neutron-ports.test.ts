/** Neutron's promises about ports: what they are made of, and what becomes of them with their servers. */
import { describe, expect, test } from 'vitest';
import { ACCOUNT, idOf } from '../../../../src/rehearsal/account.ts';
import { DEFAULT_GROUP, ROUTER } from '../../../../src/rehearsal/base-networks.ts';
import { applyChanges, put } from '../../../../src/rehearsal/world.ts';
import { NeutronCalls, NOBODY, PRIVATE, PROVIDER, refusal } from './neutron-calls.ts';

function namesOf(ports: NeutronCalls, query = ''): readonly string[] {
  return ports.list(query).map(({ name }) => name);
}

describe('a port', () => {
  test('is made with an address, a MAC address and the default group', () => {
    const port = new NeutronCalls('port').made({
      network_id: PRIVATE.id,
      name: 'node-1',
      description: 'a mark',
      tags: ['dropped'],
    });
    expect(port).toEqual({
      id: expect.any(String),
      name: 'node-1',
      description: 'a mark',
      network_id: PRIVATE.id,
      project_id: ACCOUNT.project.id,
      tenant_id: ACCOUNT.project.id,
      mac_address: expect.stringMatching(/^fa:16:3e(:[\da-f]{2}){3}$/),
      admin_state_up: true,
      status: 'DOWN',
      device_id: '',
      device_owner: '',
      fixed_ips: [{ subnet_id: PRIVATE.subnet.id, ip_address: '198.18.0.3' }],
      allowed_address_pairs: [],
      extra_dhcp_opts: [],
      security_groups: [DEFAULT_GROUP.id],
      'binding:vnic_type': 'normal',
      port_security_enabled: true,
      tags: [],
      created_at: '2026-03-01T12:00:00Z',
      updated_at: '2026-03-01T12:00:00Z',
      revision_number: 1,
    });
  });

  test('takes the address and the MAC address it asks for', () => {
    const wanted = {
      network_id: PRIVATE.id,
      mac_address: 'fa:16:3e:00:00:0a',
      fixed_ips: [{ ip_address: '198.18.7.7' }],
    };
    expect(new NeutronCalls('port').made(wanted)).toMatchObject({
      mac_address: 'fa:16:3e:00:00:0a',
      fixed_ips: [{ subnet_id: PRIVATE.subnet.id, ip_address: '198.18.7.7' }],
    });
  });

  test('can have no address, or several', () => {
    const ports = new NeutronCalls('port');
    expect(ports.made({ network_id: PRIVATE.id, fixed_ips: [] }).fixed_ips).toEqual([]);
    const subnet = { subnet_id: PRIVATE.subnet.id };
    expect(
      ports.made({ network_id: PRIVATE.id, fixed_ips: [subnet, subnet] }).fixed_ips.map((ip) => ip.ip_address),
    ).toEqual(['198.18.0.3', '198.18.0.4']);
  });

  test('has no groups without port security', () => {
    expect(
      new NeutronCalls('port').made({ network_id: PRIVATE.id, port_security_enabled: false }).security_groups,
    ).toEqual([]);
  });

  test('may be on a network that is shared', () => {
    expect(new NeutronCalls('port').made({ network_id: PROVIDER.id }).fixed_ips[0]?.ip_address).toBe('198.51.100.2');
  });

  test('gives its address to the next one when it is deleted', () => {
    const ports = new NeutronCalls('port');
    const { id, fixed_ips: ips } = ports.made({ network_id: PRIVATE.id });
    expect(ports.call('DELETE', `/v2.0/ports/${id}`)).toMatchObject({ status: 204 });
    expect(ports.made({ network_id: PRIVATE.id }).fixed_ips).toEqual(ips);
    expect(ports.call('DELETE', `/v2.0/ports/${id}`)).toEqual(
      refusal(`404 PortNotFound: Port ${id} could not be found.`),
    );
  });
});

describe('an update of a port', () => {
  test('changes its name, groups, addresses and device', () => {
    const ports = new NeutronCalls('port');
    const { id } = ports.made({ network_id: PRIVATE.id, name: 'old' });
    const wanted = {
      name: 'new',
      security_groups: [],
      fixed_ips: [{ ip_address: '198.18.3.3' }],
      device_id: 'x',
      device_owner: 'mine',
    };
    expect(ports.update(id, wanted)).toMatchObject({
      status: 200,
      json: { port: { name: 'new', security_groups: [] } },
    });
    expect(ports.show(id)).toMatchObject({
      name: 'new',
      fixed_ips: [{ subnet_id: PRIVATE.subnet.id, ip_address: '198.18.3.3' }],
      device_id: 'x',
      device_owner: 'mine',
    });
  });

  test('may keep the addresses it has', () => {
    const ports = new NeutronCalls('port');
    const { id, fixed_ips: ips } = ports.made({ network_id: PRIVATE.id });
    expect(ports.update(id, { fixed_ips: ips })).toMatchObject({ status: 200, json: { port: { fixed_ips: ips } } });
  });

  test('of an unknown port is refused', () => {
    expect(new NeutronCalls('port').update(NOBODY, { name: 'x' })).toEqual(
      refusal(`404 PortNotFound: Port ${NOBODY} could not be found.`),
    );
  });
});

describe('a port and its server', () => {
  test('it is DOWN until the server is ACTIVE, and unplugged when the server is gone', () => {
    const ports = new NeutronCalls('port');
    const { id } = ports.made({ network_id: PRIVATE.id });
    ports.plug(id);
    expect(ports.show(id)).toMatchObject({ status: 'DOWN', device_id: 'a server', device_owner: 'compute:nova' });
    ports.nowMs = 10_000;
    expect(ports.show(id).status).toBe('ACTIVE');
    ports.update(id, { admin_state_up: false });
    expect(ports.show(id)).toMatchObject({ status: 'DOWN', admin_state_up: false });
    ports.nowMs = 100_000;
    expect(ports.show(id)).toMatchObject({ status: 'DOWN', device_id: '', device_owner: '' });
  });

  test('one that Nova made is gone with it, and its address is free', () => {
    const ports = new NeutronCalls('port');
    const { id, fixed_ips: ips } = ports.made({ network_id: PRIVATE.id, name: 'of nova' });
    const row = ports.world.port.get(id)!;
    applyChanges(ports.world, [put('port', id, { ...row, isNovas: true })]);
    ports.plug(id);
    expect(namesOf(ports)).toContain('of nova');
    ports.nowMs = 100_000;
    expect(namesOf(ports)).not.toContain('of nova');
    expect(ports.made({ network_id: PRIVATE.id }).fixed_ips).toEqual(ips);
  });

  test('it may be deleted under the server', () => {
    const ports = new NeutronCalls('port');
    const { id } = ports.made({ network_id: PRIVATE.id });
    ports.plug(id);
    expect(ports.call('DELETE', `/v2.0/ports/${id}`).status).toBe(204);
  });
});

describe('the ports that are there from the start', () => {
  test('join the router to the private subnet', () => {
    const query = 'device_owner=network:router_interface&device_owner=network:ha_router_replicated_interface';
    const ports = new NeutronCalls('port').list(query);
    expect(ports).toMatchObject([
      {
        status: 'ACTIVE',
        device_id: ROUTER.id,
        fixed_ips: [{ subnet_id: PRIVATE.subnet.id, ip_address: PRIVATE.subnet.gateway }],
        port_security_enabled: false,
      },
    ]);
  });

  test('stay: neither deleted nor given other addresses', () => {
    const ports = new NeutronCalls('port');
    const id = idOf('router port');
    expect(ports.call('DELETE', `/v2.0/ports/${id}`)).toEqual(
      refusal(
        `409 ServicePortInUse: Port ${id} cannot be deleted directly via the port API: has device owner network:router_interface.`,
      ),
    );
    expect(ports.update(id, { fixed_ips: [] })).toEqual(
      refusal(`400 BadRequest: Bad ports request: IP updates for port ${id} are not allowed.`),
    );
    expect(ports.update(id, { name: 'leg' })).toMatchObject({ status: 200, json: { port: { name: 'leg' } } });
    expect(namesOf(ports, 'name=leg')).toEqual(['leg']);
  });
});

describe('a port that cannot be seen yet', () => {
  test('is left out of lists and looks, and keeps its address', () => {
    const ports = new NeutronCalls('port');
    const { id } = ports.made({ network_id: PRIVATE.id, name: 'late' });
    const row = ports.world.port.get(id)!;
    applyChanges(ports.world, [put('port', id, { ...row, visibleAtMs: 5000 })]);
    expect(namesOf(ports)).not.toContain('late');
    expect(ports.call('GET', `/v2.0/ports/${id}`).status).toBe(404);
    expect(ports.made({ network_id: PRIVATE.id }).fixed_ips).not.toEqual(row.fixedIps);
    ports.nowMs = 5000;
    expect(namesOf(ports)).toContain('late');
    expect(ports.call('DELETE', `/v2.0/ports/${id}`).status).toBe(204);
  });
});
