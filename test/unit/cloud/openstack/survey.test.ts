/** What a survey sees, and when it is not to be believed. */
import { describe, expect, it } from 'vitest';
import type { Survey } from '../../../../src/cloud/cloud.ts';
import { findBlindness } from '../../../../src/cloud/openstack/survey.ts';
import { limits } from '../limits.ts';
import { never, serve, startWireCloud } from '../wire-cloud.ts';

describe('a survey', () => {
  const group = (name: string) => ({ id: name, name, mark: null, projectId: 'p1' });
  const server = (status: string) => ({
    id: 's',
    name: '',
    status,
    taskState: null,
    fault: null,
    mark: null,
    projectId: 'p1',
    zone: null,
    imageId: null,
    isLocked: false,
    createdAt: '',
  });
  const look = (changes: Partial<Survey>): Survey => ({
    servers: [],
    ports: [],
    floatingIps: [],
    securityGroups: [group('default')],
    blindness: [],
    ...changes,
  });

  it.each<[string, Partial<Survey>, number | null, number]>([
    ['all agrees', { servers: [server('ACTIVE')] }, 1, 0],
    ['a server is not counted yet', { servers: [server('BUILD')] }, 0, 0],
    ['a server is not listed', {}, 1, 1],
    ['the count is hidden', {}, null, 1],
    ['a cell is down', { servers: [server('UNKNOWN')] }, 1, 1],
    ['the default group is not listed', { securityGroups: [group('other')] }, 0, 1],
  ])('where %s', (_, changes, used, reasons) => {
    expect(findBlindness(look(changes), used)).toHaveLength(reasons);
  });

  it('is blind, not broken, where policy hides the count', async () => {
    const wire = await startWireCloud();
    const marked = 'dsb:v1:c1:create-floating-ip/controller:1:n1:4';
    const ip = { id: 'f', floating_ip_address: '172.0.0.9', project_id: 'p1', description: marked };
    const port = { id: 'p', network_id: 'n', mac_address: 'm', fixed_ips: [], project_id: 'p1' };
    serve(wire, {
      'GET /compute/v2.1/limits': {
        status: 403,
        json: { forbidden: { code: 403, message: 'Policy does not allow it.' } },
      },
      'GET /compute/v2.1/servers/detail': { json: { servers: [] } },
      'GET /network/v2.0/ports': { json: { ports: [port, { ...port, id: 'q', project_id: 'others' }] } },
      'GET /network/v2.0/floatingips': { json: { floatingips: [ip, { ...ip, id: 'g', project_id: 'others' }] } },
      'GET /network/v2.0/security-groups': {
        json: { security_groups: [{ id: 'd', name: 'default', project_id: 'p1' }] },
      },
    });
    const cloud = await wire.connect();
    const survey = await cloud.survey(never);
    expect(survey.blindness).toEqual(['Nova hides how many servers the project has']);
    expect(survey.ports.map(({ id }) => id)).toEqual(['p']);
    expect(survey.floatingIps).toMatchObject([
      { id: 'f', mark: { key: 'create-floating-ip/controller', nonce: 'n1' } },
    ]);
  });

  it('fails where Nova does', async () => {
    const wire = await startWireCloud();
    const cloud = await wire.connect();
    await expect(cloud.survey(never)).rejects.toMatchObject({ code: 'not-found' });
  });

  it('looks a second time when the first look was blind', async () => {
    const wire = await startWireCloud();
    serve(wire, {
      'GET /compute/v2.1/limits': limits,
      'GET /network/v2.0/ports': { json: { ports: [] } },
      'GET /network/v2.0/floatingips': { json: { floatingips: [] } },
      'GET /network/v2.0/security-groups': {
        json: { security_groups: [{ id: 'd', name: 'default', tenant_id: 'p1' }] },
      },
    });
    wire.once(
      'GET',
      '/compute/v2.1/servers/detail',
      { json: { servers: [] } },
      { json: { servers: [{ id: 's', status: 'ACTIVE', tenant_id: 'p1' }] } },
    );
    const cloud = await wire.connect();
    expect(await cloud.survey(never)).toMatchObject({
      servers: [{ id: 's' }],
      securityGroups: [{ id: 'd' }],
      blindness: [],
    });
  });
});
