/** Neutron's promises about what is there from the start: networks, subnets, the router, quotas, extensions. */
import { describe, expect, test } from 'vitest';
import { ACCOUNT, QUOTAS } from '../../../../src/rehearsal/account.ts';
import { neutron } from '../../../../src/rehearsal/api/neutron.ts';
import { findRoute } from '../../../../src/rehearsal/api/route.ts';
import { ROUTER } from '../../../../src/rehearsal/base-networks.ts';
import { NeutronCalls, NOBODY, PRIVATE, PROVIDER, PUBLIC, refusal } from './neutron-calls.ts';

const networks = new NeutronCalls('network');

describe('a network', () => {
  test('is shown as Neutron shows it to a member', () => {
    expect(networks.show(PRIVATE.id)).toEqual({
      id: PRIVATE.id,
      name: 'private',
      admin_state_up: true,
      mtu: 1450,
      status: 'ACTIVE',
      subnets: [PRIVATE.subnet.id],
      shared: false,
      availability_zone_hints: [],
      availability_zones: ['nova'],
      ipv4_address_scope: null,
      ipv6_address_scope: null,
      'router:external': false,
      port_security_enabled: true,
      description: '',
      tags: [],
      created_at: '2026-03-01T12:00:00Z',
      updated_at: '2026-03-01T12:00:00Z',
      revision_number: 1,
      project_id: ACCOUNT.project.id,
      tenant_id: ACCOUNT.project.id,
    });
  });

  test.each([
    ['router:external=True', ['public']],
    ['shared=true', ['provider']],
    [`project_id=${ACCOUNT.project.id}`, ['private']],
    ['name=private&name=public', ['private', 'public']],
  ])('is found by %s', (query, names) => {
    expect(
      networks
        .list(query)
        .map(({ name }) => name)
        .sort(),
    ).toEqual(names);
  });
});

describe('a subnet', () => {
  test('is shown with its pool', () => {
    expect(new NeutronCalls('subnet').show(PRIVATE.subnet.id)).toMatchObject({
      name: 'private-v4',
      network_id: PRIVATE.id,
      cidr: '198.18.0.0/16',
      ip_version: 4,
      gateway_ip: '198.18.0.1',
      enable_dhcp: true,
      allocation_pools: [{ start: '198.18.0.2', end: '198.18.255.254' }],
    });
  });

  test('of the external network is hidden', () => {
    const subnets = new NeutronCalls('subnet');
    expect(
      subnets
        .list()
        .map(({ id }) => id)
        .sort(),
    ).toEqual([PRIVATE.subnet.id, PROVIDER.subnet.id].sort());
    const { id } = PUBLIC.subnet;
    expect(subnets.look(id)).toEqual(refusal(`404 SubnetNotFound: Subnet ${id} could not be found.`));
  });
});

test('the router is shown with its gateway', () => {
  expect(new NeutronCalls('router').list()).toMatchObject([
    {
      id: ROUTER.id,
      status: 'ACTIVE',
      project_id: ACCOUNT.project.id,
      external_gateway_info: {
        network_id: PUBLIC.id,
        external_fixed_ips: [{ subnet_id: PUBLIC.subnet.id, ip_address: '198.19.0.2' }],
        enable_snat: true,
      },
    },
  ]);
});

test.each([
  ['network', 'Network', 'Network %s could not be found.', PRIVATE.id],
  ['subnet', 'Subnet', 'Subnet %s could not be found.', PRIVATE.subnet.id],
  ['router', 'Router', 'Router %s could not be found', ROUTER.id],
])('a %s is there for reading only', (key, kind, text, id) => {
  const calls = new NeutronCalls(key);
  const unknown = refusal(`404 ${kind}NotFound: ${text.replace('%s', NOBODY)}`);
  expect(calls.look(NOBODY)).toEqual(unknown);
  expect(calls.remove(NOBODY)).toEqual(unknown);
  const policy = (verb: string) => refusal(`403 PolicyNotAuthorized: rule:${verb}_${key} is disallowed by policy`);
  expect(calls.create({})).toEqual(policy('create'));
  expect(calls.update(id, {})).toEqual(policy('update'));
  expect(calls.remove(id)).toEqual(policy('delete'));
});

describe('quotas', () => {
  const path = `/v2.0/quotas/${ACCOUNT.project.id}`;

  test('are the limits of the rehearsal', () => {
    const quota = {
      port: QUOTAS.ports,
      floatingip: QUOTAS.floatingIps,
      security_group: QUOTAS.securityGroups,
      security_group_rule: QUOTAS.securityGroupRules,
    };
    expect(networks.json('GET', path)).toMatchObject({ quota });
    expect(networks.json('GET', `${path}/default`)).toMatchObject({ quota });
  });

  test('tell what is used, with what is there from the start', () => {
    const calls = new NeutronCalls('port');
    calls.madePort();
    expect(calls.json('GET', `${path}/details.json`)).toMatchObject({
      quota: {
        network: { limit: 100, used: 1, reserved: 0 },
        port: { limit: QUOTAS.ports, used: 3, reserved: 0 },
        security_group: { limit: QUOTAS.securityGroups, used: 1, reserved: 0 },
        security_group_rule: { limit: QUOTAS.securityGroupRules, used: 4, reserved: 0 },
        floatingip: { limit: QUOTAS.floatingIps, used: 0, reserved: 0 },
        trunk: { limit: -1, used: 0, reserved: 0 },
      },
    });
  });

  test('of others are hidden, and nobody sets any', () => {
    const hidden = refusal('403 PolicyNotAuthorized: rule:get_quota is disallowed by policy');
    expect(networks.call('GET', '/v2.0/quotas')).toEqual(hidden);
    expect(networks.call('GET', `/v2.0/quotas/${NOBODY}`)).toEqual(hidden);
    expect(networks.call('GET', `/v2.0/quotas/${NOBODY}/details.json`)).toEqual(
      refusal(
        '403 AdminRequired: User does not have admin privileges: Only admin is authorized to access quotas for another project.',
      ),
    );
    expect(networks.call('PUT', path, { body: { quota: { port: 1 } } })).toEqual(
      refusal('403 PolicyNotAuthorized: rule:update_quota is disallowed by policy'),
    );
  });
});

test('the extensions that clients look for are there', () => {
  const { extensions } = networks.json<{ extensions: readonly { alias: string }[] }>('GET', '/v2.0/extensions');
  const aliases = extensions.map(({ alias }) => alias);
  expect(aliases).toEqual(
    expect.arrayContaining([
      'standard-attr-description',
      'standard-attr-tag',
      'quota_details',
      'security-group',
      'router',
    ]),
  );
  expect(networks.json('GET', '/v2.0/extensions/router')).toMatchObject({ extension: { alias: 'router' } });
  expect(networks.call('GET', '/v2.0/extensions/nope').status).toBe(404);
});

test('zones are told for networks and routers', () => {
  expect(networks.json('GET', '/v2.0/availability_zones?resource=network')).toEqual({
    availability_zones: [{ state: 'available', name: 'nova', resource: 'network' }],
  });
});

test.each(['agents', 'network-ip-availabilities', 'subnetpools'])('%s are none', (path) => {
  expect(networks.json('GET', `/v2.0/${path}`)).toEqual({ [path.replaceAll('-', '_')]: [] });
});

test('versions are told to everybody', () => {
  expect(networks.json('GET', '/')).toEqual({
    versions: [{ id: 'v2.0', status: 'CURRENT', links: [{ rel: 'self', href: 'http://rehearsal/network/v2.0/' }] }],
  });
  expect(findRoute(neutron.routes, 'GET', '/')?.route.isOpen).toBe(true);
  expect(networks.json('GET', '/v2.0/')).toMatchObject({ resources: [{ name: 'network' }, {}, {}, { name: 'port' }] });
});

test('errors of the service are named as its own are', () => {
  expect(neutron.error(404, 'The resource could not be found.')).toEqual(
    refusal('404 HTTPNotFound: The resource could not be found.'),
  );
});

test('what is asked about is known by its name', () => {
  const calls = new NeutronCalls('floatingip');
  const port = calls.madePort({ name: 'node-1' });
  const { id } = calls.made({ floating_network_id: PUBLIC.id, port_id: port.id });
  const subjectOf = (method: string, path: string, body: unknown = null): string | undefined => {
    const { route, params } = findRoute(neutron.routes, method, path)!;
    const request = { method, path, query: new URLSearchParams(), headers: {}, body, params };
    return route.subject?.({ ...request, microversion: [2, 1] }, calls.view);
  };
  expect(subjectOf('DELETE', `/v2.0/floatingips/${id}`)).toBe('node-1');
  expect(subjectOf('POST', '/v2.0/floatingips', { floatingip: { port_id: port.id } })).toBe('node-1');
  expect(subjectOf('DELETE', `/v2.0/ports/${port.id}`)).toBe('node-1');
  expect(subjectOf('POST', '/v2.0/ports', { port: { name: 'node-2' } })).toBe('node-2');
  expect(subjectOf('POST', '/v2.0/ports', 'nonsense')).toBe('');
  expect(subjectOf('GET', `/v2.0/networks/${PRIVATE.id}`)).toBe('private');
});
