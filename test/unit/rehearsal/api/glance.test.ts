/** Glance's promises: images as its real clients read them, filtered, sorted and paged. */
import { describe, expect, test } from 'vitest';
import { glance } from '../../../../src/rehearsal/api/glance.ts';
import { IMAGES } from '../../../../src/rehearsal/base-images.ts';
import { RehearsalCalls } from './call.ts';

const cloud = new RehearsalCalls(glance);

function names(query: string): readonly string[] {
  return cloud.json<{ images: { name: string }[] }>('GET', `/v2/images?${query}`).images.map(({ name }) => name);
}

describe('images', () => {
  test('show what a builder chooses by', () => {
    const [image] = IMAGES;
    expect(cloud.call('GET', `/v2/images/${image?.id}`)).toMatchObject({
      status: 200,
      json: {
        id: image?.id,
        status: 'active',
        visibility: 'public',
        os_distro: 'debian',
        os_version: '12',
        min_disk: 3,
        min_ram: 512,
        created_at: '2026-01-12T08:00:00Z',
        self: `/v2/images/${image?.id}`,
      },
    });
  });

  test('may say nothing of what they hold', () => {
    const cirros = IMAGES.find(({ distro }) => distro === 'cirros');
    expect(cloud.json('GET', `/v2/images/${cirros?.id}`)).not.toHaveProperty('os_distro');
  });

  test.each([
    ['name=cirros-0.6.3', ['cirros-0.6.3']],
    ['name=in:cirros-0.6.3,nope', ['cirros-0.6.3']],
    ['status=queued', []],
    ['visibility=private', []],
    ['visibility=public&os_distro=rocky', ['rocky-9-genericcloud']],
    ['os_hidden=true', []],
    ['sort=name:asc&limit=2', ['cirros-0.6.3', 'debian-12-genericcloud']],
    ['sort_key=name&sort_dir=desc&limit=1', ['ubuntu-24.04-noble']],
    ['limit=2', ['ubuntu-24.04-noble', 'debian-12-genericcloud']],
  ])('are listed by %s', (query, wanted) => {
    expect(names(query)).toEqual(wanted);
  });

  test('come page by page when a limit is asked for', () => {
    const seen: string[] = [];
    let next: string | undefined = '/v2/images?limit=3';
    while (next !== undefined) {
      const page: { images: { name: string }[]; next?: string } = cloud.json('GET', next);
      seen.push(...page.images.map(({ name }) => name));
      ({ next } = page);
    }
    expect(seen.toSorted()).toEqual(IMAGES.map(({ name }) => name).toSorted());
  });

  test.each([
    ['/v2/images/nope', 404, 'No image found with ID nope'],
    ['/v2/images?limit=x', 400, 'limit param must be an integer'],
    ['/v2/images?marker=x', 400, 'No image found with ID x'],
    ['/v2/images?visibility=nope', 400, 'Invalid visibility value: nope'],
    ['/v2/images?sort=name:up', 400, 'Invalid sort direction: up'],
    [
      '/v2/images?sort=nope',
      400,
      'Invalid sort key: nope. It must be one of the following: name, status, container_format, disk_format, size, id, created_at, updated_at.',
    ],
  ])('answer %s with %i in HTML', (target, status, message) => {
    const answer = cloud.call('GET', target);
    expect(answer.status).toBe(status);
    expect(answer.headers?.['content-type']).toBe('text/html; charset=UTF-8');
    expect(answer.text).toContain(`  ${message}<br /><br />\n`);
  });
});

test('the versions are told at the root with 300 and at /versions with 200', () => {
  const json = {
    versions: expect.arrayContaining([
      { id: 'v2.15', status: 'CURRENT', links: [{ rel: 'self', href: 'http://rehearsal/image/v2/' }] },
      { id: 'v2.0', status: 'SUPPORTED', links: [{ rel: 'self', href: 'http://rehearsal/image/v2/' }] },
    ]),
  };
  expect(cloud.call('GET', '/')).toMatchObject({ status: 300, json });
  expect(cloud.call('GET', '/versions')).toMatchObject({ status: 200, json });
});

test('the schema lets clients read any further property as text', () => {
  expect(cloud.json('GET', '/v2/schemas/image')).toMatchObject({
    name: 'image',
    additionalProperties: { type: 'string' },
  });
});
