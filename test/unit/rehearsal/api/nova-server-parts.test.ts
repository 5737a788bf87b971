/** What hangs on a server: metadata, tags, ports, groups, volumes and actions, as Nova tells and changes them. */
import { describe, expect, test } from 'vitest';
import { ComputeCalls, PORT_ID } from './compute-fixture.ts';

describe('of a server can be read and changed', () => {
  test('its metadata, all or one by one', () => {
    const cloud = new ComputeCalls();
    const path = `/v2.1/servers/${cloud.boot({ metadata: { a: '1' } })}/metadata`;
    expect(cloud.call('POST', path, { body: { metadata: { b: '2' } } }).json).toEqual({ metadata: { a: '1', b: '2' } });
    expect(cloud.call('PUT', `${path}/c`, { body: { meta: { c: '3' } } }).json).toEqual({ meta: { c: '3' } });
    expect(cloud.call('DELETE', `${path}/a`).status).toBe(204);
    expect(cloud.json('GET', path)).toEqual({ metadata: { b: '2', c: '3' } });
    expect(cloud.call('PUT', path, { body: { metadata: {} } }).json).toEqual({ metadata: {} });
    expect(cloud.call('GET', `${path}/a`)).toMatchObject({
      status: 404,
      json: { itemNotFound: { code: 404, message: 'Metadata item was not found' } },
    });
  });

  test('no metadata before it is built', () => {
    const cloud = new ComputeCalls();
    const id = cloud.make();
    expect(cloud.call('POST', `/v2.1/servers/${id}/metadata`, { body: { metadata: {} } })).toMatchObject({
      status: 409,
      json: {
        conflictingRequest: { message: `Cannot 'update metadata' instance ${id} while it is in vm_state building` },
      },
    });
  });

  test('its tags, all or one by one', () => {
    const cloud = new ComputeCalls();
    const id = cloud.boot();
    const path = `/v2.1/servers/${id}/tags`;
    expect(cloud.call('PUT', path, { body: { tags: ['a', 'b'] } })).toMatchObject({
      status: 200,
      json: { tags: ['a', 'b'] },
    });
    expect(cloud.call('PUT', `${path}/c%20d`)).toMatchObject({ status: 201 });
    expect(cloud.call('PUT', `${path}/a`).status).toBe(204);
    expect(cloud.call('GET', `${path}/a`).status).toBe(204);
    expect(cloud.call('DELETE', `${path}/a`).status).toBe(204);
    expect(cloud.json('GET', path)).toEqual({ tags: ['b', 'c d'] });
    expect(cloud.call('DELETE', `${path}/a`)).toMatchObject({
      status: 404,
      json: { itemNotFound: { code: 404, message: `Server ${id} has no tag 'a'` } },
    });
    expect(cloud.call('PUT', `${path}/x,y`).status).toBe(400);
    expect(cloud.call('DELETE', path).status).toBe(204);
    expect(cloud.json('GET', path)).toEqual({ tags: [] });
  });

  test('its ports, groups, volumes and actions', () => {
    const cloud = new ComputeCalls();
    const id = cloud.boot({ networks: [{ port: PORT_ID }] });
    const path = `/v2.1/servers/${id}`;
    expect(cloud.json('GET', `${path}/os-interface`)).toMatchObject({
      interfaceAttachments: [{ port_id: PORT_ID, port_state: 'ACTIVE', mac_addr: 'fa:16:3e:00:00:07' }],
    });
    expect(cloud.json('GET', `${path}/os-volume_attachments`)).toEqual({ volumeAttachments: [] });
    expect(cloud.json('GET', `${path}/os-security-groups`)).toEqual({ security_groups: [] });
    expect(cloud.json('GET', `${path}/os-instance-actions`)).toMatchObject({
      instanceActions: [{ action: 'create', instance_uuid: id, start_time: '2026-03-01T12:00:00.000000' }],
    });
  });

  test('the groups of the port that Nova made', () => {
    const cloud = new ComputeCalls();
    const network = cloud.world.port.get(PORT_ID)?.networkId;
    const id = cloud.boot({ networks: [{ uuid: network }] });
    expect(cloud.json('GET', `/v2.1/servers/${id}/os-security-groups`)).toMatchObject({
      security_groups: [{ name: 'default', rules: [{ group: { name: 'default' } }, {}] }],
    });
    expect(cloud.show(id).json).toMatchObject({ server: { security_groups: [{ name: 'default' }] } });
  });

  test.each(['metadata', 'tags', 'os-interface', 'os-security-groups', 'os-instance-actions', 'os-volume_attachments'])(
    'nothing (%s) when there is none',
    (part) => {
      expect(new ComputeCalls().call('GET', `/v2.1/servers/nope/${part}`)).toMatchObject({
        status: 404,
        json: { itemNotFound: { code: 404, message: 'Instance nope could not be found.' } },
      });
    },
  );
});
