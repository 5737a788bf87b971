/** Services are found in the catalog, and images in Glance. */
import { describe, expect, it } from 'vitest';
import { findEndpoint } from '../../../../src/cloud/openstack/catalog.ts';
import type { Credentials } from '../../../../src/cloud/openstack/credentials.ts';
import { never, startWireCloud } from '../wire-cloud.ts';

describe('the catalog', () => {
  it('without an endpoint that fits is a named failure that says what there is', async () => {
    const wire = await startWireCloud({ region: 'elsewhere' });
    await expect(wire.connect()).rejects.toMatchObject({
      code: 'no-endpoint',
      message: expect.stringContaining('public in R') as string,
    });
    const inner = await startWireCloud({ interfaces: ['internal'] });
    await expect(inner.connect()).rejects.toMatchObject({ code: 'no-endpoint' });
  });
});

describe('a token on its way', () => {
  const transport = { isTls: true, isInsecure: false, authorities: [], clientCertificate: null, proxy: null };
  const credentials = {
    authUrl: 'https://keystone.example/v3',
    region: null,
    interfaces: ['public'],
    overrides: {},
    transport,
  } as unknown as Credentials;
  const catalog = (url: string) => [{ type: 'compute', endpoints: [{ interface: 'publicURL', url }] }];

  it('goes to no address that is none', () => {
    expect(() => findEndpoint(catalog('nova'), credentials, 'compute')).toThrow(
      expect.objectContaining({ code: 'no-endpoint' }),
    );
  });

  it('goes by https where Keystone does', () => {
    expect(findEndpoint(catalog('https://nova.example/v2.1/'), credentials, 'compute').url).toBe(
      'https://nova.example/v2.1',
    );
    expect(() => findEndpoint(catalog('http://keystone.example/v2.1'), credentials, 'compute')).toThrow(
      expect.objectContaining({ code: 'tls-off' }),
    );
  });

  it('goes in the clear only to Keystone’s own host, and only when the user insists', () => {
    const insecure = { ...credentials, transport: { ...transport, isInsecure: true } };
    expect(findEndpoint(catalog('http://keystone.example/v2.1'), insecure, 'compute').url).toBe(
      'http://keystone.example/v2.1',
    );
    expect(() => findEndpoint(catalog('http://nova.example/v2.1'), insecure, 'compute')).toThrow(
      expect.objectContaining({ code: 'tls-off' }),
    );
  });
});

describe('Glance', () => {
  it('lists what may be booted, page by page, without other projects’ private images', async () => {
    const wire = await startWireCloud();
    const image = (id: string, more: object): object => ({
      id,
      status: 'active',
      visibility: 'public',
      owner: 'others',
      created_at: '2026',
      ...more,
    });
    wire.once(
      'GET',
      '/image/v2/images',
      {
        json: {
          images: [image('a', { name: 'A', os_distro: 'debian', os_version: '12', min_disk: 3, min_ram: 512 })],
          next: '/v2/images?limit=200&marker=a',
        },
      },
      {
        json: {
          images: [
            image('b', { visibility: 'private' }),
            image('c', { visibility: 'private', owner: 'p1', name: null }),
          ],
        },
      },
    );
    const cloud = await wire.connect();
    expect(await cloud.listImages(never)).toEqual([
      {
        id: 'a',
        name: 'A',
        status: 'active',
        minDiskGb: 3,
        minRamMb: 512,
        osDistro: 'debian',
        osVersion: '12',
        createdAt: '2026',
      },
      {
        id: 'c',
        name: '',
        status: 'active',
        minDiskGb: 0,
        minRamMb: 0,
        osDistro: null,
        osVersion: null,
        createdAt: '2026',
      },
    ]);
  });
});
