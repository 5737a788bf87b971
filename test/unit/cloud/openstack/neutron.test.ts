/** What Neutron's replies become, and what its requests say. */
import { describe, expect, it } from 'vitest';
import { limits } from '../limits.ts';
import { never, serve, startWireCloud } from '../wire-cloud.ts';

const mark = { cluster: 'c1', key: 'create-port/compute-1', generation: 2, nonce: 'n1', epoch: 4 };
const description = 'dsb:v1:c1:create-port/compute-1:2:n1:4';

describe('Neutron', () => {
  const port = {
    id: 'port-1',
    name: 'x',
    project_id: 'p1',
    network_id: 'net',
    mac_address: '02:00:00:00:00:01',
    fixed_ips: [{ ip_address: '10.0.0.5', subnet_id: 'sub' }],
    device_id: '',
    status: 'DOWN',
    description,
  };

  it('makes a port with mark, address and MAC in one request', async () => {
    const wire = await startWireCloud();
    serve(wire, { 'POST /network/v2.0/ports': { status: 201, json: { port } } });
    const cloud = await wire.connect();
    const request = {
      name: 'x',
      networkId: 'net',
      subnetId: 'sub',
      macAddress: '02:00:00:00:00:01',
      securityGroupIds: ['g'],
      mark,
    };
    expect(await cloud.createPort(request, never)).toEqual({
      id: 'port-1',
      name: 'x',
      projectId: 'p1',
      networkId: 'net',
      macAddress: '02:00:00:00:00:01',
      fixedIps: [{ address: '10.0.0.5', subnetId: 'sub' }],
      deviceId: '',
      status: 'DOWN',
      mark,
    });
    expect(wire.arrived.at(-1)?.body).toEqual({
      port: {
        name: 'x',
        network_id: 'net',
        security_groups: ['g'],
        description,
        fixed_ips: [{ subnet_id: 'sub' }],
        mac_address: '02:00:00:00:00:01',
      },
    });
  });

  it('whose policy forbids the MAC says forbidden, so that the caller can do without', async () => {
    const wire = await startWireCloud();
    serve(wire, {
      'POST /network/v2.0/ports': {
        status: 403,
        json: {
          NeutronError: {
            type: 'PolicyNotAuthorized',
            message: '(rule:create_port and rule:create_port:mac_address) is disallowed by policy',
            detail: '',
          },
        },
      },
    });
    const cloud = await wire.connect();
    const request = {
      name: 'x',
      networkId: 'net',
      subnetId: null,
      macAddress: '02:00:00:00:00:01',
      securityGroupIds: [],
      mark,
    };
    await expect(cloud.createPort(request, never)).rejects.toMatchObject({
      code: 'forbidden',
      disposition: 'terminal',
    });
  });

  it('takes a rule that is there already as done, but not a rule over quota', async () => {
    const wire = await startWireCloud();
    const rule = {
      securityGroupId: 'g',
      etherType: 'IPv6',
      protocol: 'icmp',
      portRange: null,
      remoteGroupId: null,
      remoteCidr: null,
    } as const;
    const exists = {
      NeutronError: { type: 'SecurityGroupRuleExists', message: 'Security group rule already exists.', detail: '' },
    };
    const over = {
      NeutronError: {
        type: 'OverQuota',
        message: "Quota exceeded for resources: ['security_group_rule'].",
        detail: '',
      },
    };
    const busy = { NeutronError: { type: 'Conflict', message: 'Somebody was faster.', detail: '' } };
    const replies = [exists, over, busy].map((json) => ({ status: 409, json }));
    wire.once('POST', '/network/v2.0/security-group-rules', ...replies);
    const cloud = await wire.connect();
    await cloud.createSecurityGroupRule(rule, never);
    expect(wire.arrived.at(-1)?.body).toMatchObject({
      security_group_rule: { protocol: 'ipv6-icmp', direction: 'ingress', ethertype: 'IPv6' },
    });
    await expect(cloud.createSecurityGroupRule(rule, never)).rejects.toMatchObject({ code: 'quota-reached' });
    await expect(cloud.createSecurityGroupRule(rule, never)).rejects.toMatchObject({
      code: 'conflict',
      disposition: 'retryable',
    });
  });

  it('makes security groups and floating IPs with their marks, shows and deletes them', async () => {
    const wire = await startWireCloud();
    const group = { id: 'g1', name: 'g', tenant_id: 'p1', description };
    const ip = {
      id: 'f1',
      floating_ip_address: '172.0.0.9',
      port_id: null,
      project_id: 'p1',
      status: 'DOWN',
      description: '',
    };
    serve(wire, {
      'POST /network/v2.0/security-groups': { status: 201, json: { security_group: group } },
      'GET /network/v2.0/security-groups/g1': { json: { security_group: group } },
      'DELETE /network/v2.0/security-groups/g1': { status: 204 },
      'POST /network/v2.0/floatingips': {
        status: 201,
        json: { floatingip: { ...ip, port_id: 'port-1', description } },
      },
      'GET /network/v2.0/floatingips/f1': { json: { floatingip: ip } },
      'DELETE /network/v2.0/floatingips/f1': { status: 204 },
      'GET /network/v2.0/ports/port-1': { json: { port } },
    });
    const cloud = await wire.connect();
    const made = { id: 'g1', name: 'g', projectId: 'p1', mark };
    expect(await cloud.createSecurityGroup('g', mark, never)).toEqual(made);
    expect(wire.arrived.at(-1)?.body).toEqual({ security_group: { name: 'g', description } });
    expect(await cloud.getSecurityGroup('g1', never)).toEqual(made);
    const address = { id: 'f1', address: '172.0.0.9', projectId: 'p1' };
    const request = { networkId: 'ext', portId: 'port-1', mark };
    expect(await cloud.createFloatingIp(request, never)).toEqual({
      ...address,
      portId: 'port-1',
      status: 'DOWN',
      mark,
    });
    expect(wire.arrived.at(-1)?.body).toEqual({
      floatingip: { floating_network_id: 'ext', port_id: 'port-1', description },
    });
    expect(await cloud.getFloatingIp('f1', never)).toEqual({ ...address, portId: null, status: 'DOWN', mark: null });
    expect(await cloud.getPort('port-1', never)).toMatchObject({ id: 'port-1', mark });
    await cloud.deleteFloatingIp('f1', never);
    await cloud.deleteSecurityGroup('g1', never);
    await cloud.deletePort('gone', never);
    expect(wire.arrived.slice(-3).map(({ method }) => method)).toEqual(['DELETE', 'DELETE', 'DELETE']);
  });

  it('that refuses a delete because of use says conflict', async () => {
    const wire = await startWireCloud();
    const body = { NeutronError: { type: 'SecurityGroupInUse', message: 'Security Group g1 in use.', detail: '' } };
    serve(wire, { 'DELETE /network/v2.0/security-groups/g1': { status: 409, json: body } });
    const cloud = await wire.connect();
    await expect(cloud.deleteSecurityGroup('g1', never)).rejects.toMatchObject({ code: 'conflict' });
  });

  it('lists subnets of both families', async () => {
    const wire = await startWireCloud();
    const subnets = [
      { id: 'a', network_id: 'n', cidr: '10.0.0.0/24', ip_version: 4 },
      { id: 'b', network_id: 'n', cidr: 'fd00::/64', ip_version: 6 },
    ];
    serve(wire, { 'GET /network/v2.0/subnets': { json: { subnets } } });
    const cloud = await wire.connect();
    expect(await cloud.listSubnets(never)).toEqual([
      { id: 'a', networkId: 'n', cidr: '10.0.0.0/24', ipVersion: 4 },
      { id: 'b', networkId: 'n', cidr: 'fd00::/64', ipVersion: 6 },
    ]);
  });

  it('tells which subnets a router joins, by its ports', async () => {
    const wire = await startWireCloud();
    const ip = (subnet: string): object[] => [{ subnet_id: subnet }];
    serve(wire, {
      'GET /network/v2.0/routers': {
        json: {
          routers: [
            { id: 'r1', project_id: 'p1', external_gateway_info: { network_id: 'ext' } },
            { id: 'r2', tenant_id: 'p1', external_gateway_info: null },
            { id: 'r3', project_id: 'others' },
          ],
        },
      },
      'GET /network/v2.0/ports': {
        json: {
          ports: [
            { device_id: 'r1', device_owner: 'network:router_interface', fixed_ips: ip('a') },
            { device_id: 'r1', device_owner: 'network:router_interface_distributed', fixed_ips: ip('b') },
            { device_id: 'r1', device_owner: 'network:router_gateway', fixed_ips: ip('c') },
          ],
        },
      },
    });
    const cloud = await wire.connect();
    expect(await cloud.listRouters(never)).toEqual([
      { id: 'r1', externalNetworkId: 'ext', subnetIds: ['a', 'b'] },
      { id: 'r2', externalNetworkId: null, subnetIds: [] },
    ]);
  });

  it('shows an administrator only the networks that the project may use', async () => {
    const wire = await startWireCloud();
    const network = (id: string, more: object): object => ({
      id,
      name: id,
      project_id: 'others',
      subnets: [],
      ...more,
    });
    serve(wire, {
      'GET /network/v2.0/networks': {
        json: {
          networks: [
            network('a', {}),
            network('b', { project_id: 'p1', mtu: 1450 }),
            network('c', { shared: true }),
            network('d', { 'router:external': true }),
          ],
        },
      },
    });
    const cloud = await wire.connect();
    expect((await cloud.listNetworks(never)).map(({ id, mtu }) => [id, mtu])).toEqual([
      ['b', 1450],
      ['c', 1500],
      ['d', 1500],
    ]);
  });
});

describe('quotas', () => {
  it('are Nova’s limits and Neutron’s details; what is reserved is used', async () => {
    const wire = await startWireCloud();
    const row = { limit: 5, used: 1, reserved: 1 };
    serve(wire, {
      'GET /compute/v2.1/limits': limits,
      'GET /network/v2.0/quotas/p1/details.json': {
        json: { quota: { port: row, floatingip: { limit: -1, used: 0, reserved: 0 }, security_group: row } },
      },
    });
    const cloud = await wire.connect();
    expect(await cloud.readQuotas(never)).toEqual({
      servers: { limit: 10, used: 1 },
      cores: { limit: -1, used: 2 },
      ramMb: { limit: 100, used: 3 },
      ports: { limit: 5, used: 2 },
      securityGroups: { limit: 5, used: 2 },
      securityGroupRules: { limit: -1, used: 0 },
      floatingIps: { limit: -1, used: 0 },
    });
  });

  it('are counted where Neutron has no details', async () => {
    const wire = await startWireCloud();
    const mine = { id: 'x', project_id: 'p1' };
    serve(wire, {
      'GET /compute/v2.1/limits': limits,
      'GET /network/v2.0/quotas/p1': { json: { quota: { port: 50, security_group: 10, floatingip: -1 } } },
      'GET /network/v2.0/ports': { json: { ports: [mine, mine, { id: 'y', project_id: 'others' }] } },
      'GET /network/v2.0/security-groups': { json: { security_groups: [mine] } },
      'GET /network/v2.0/security-group-rules': { json: { security_group_rules: [mine] } },
      'GET /network/v2.0/floatingips': { json: { floatingips: [] } },
    });
    const cloud = await wire.connect();
    expect(await cloud.readQuotas(never)).toMatchObject({
      ports: { limit: 50, used: 2 },
      securityGroups: { limit: 10, used: 1 },
      securityGroupRules: { limit: -1, used: 1 },
      floatingIps: { limit: -1, used: 0 },
    });
  });
});
