/** Neutron's promises about lists: filters, order, pages, fields. */
import { describe, expect, test } from 'vitest';
import { idOf } from '../../../../src/rehearsal/account.ts';
import { DEFAULT_GROUP } from '../../../../src/rehearsal/base-networks.ts';
import { NeutronCalls, NOBODY, PRIVATE, refusal } from './neutron-calls.ts';

/** Two ports named b2-0, two named b2-1, and the two that are there from the start. */
function fourPorts(): NeutronCalls {
  const ports = new NeutronCalls('port');
  for (const name of ['b2-0', 'b2-0', 'b2-1', 'b2-1']) ports.madePort({ name });
  return ports;
}

function lastDigits(ports: NeutronCalls, query: string): readonly (string | undefined)[] {
  return ports.list(query).map(({ id }) => id.at(-1));
}

describe('a filter', () => {
  const ports = fourPorts();
  ports.call('PUT', `/v2.0/ports/${ports.list('name=b2-0')[0]!.id}/tags`, { body: { tags: ['a', 'b'] } });
  test.each([
    ['name=b2-0', 2],
    ['name=b2-0&name=b2-1', 4],
    ['name=', 2],
    ['name=b2-0&status=ACTIVE', 0],
    ['device_id=', 4],
    ['status=DOWN&status=ACTIVE', 6],
    ['admin_state_up=True', 6],
    ['admin_state_up=false', 0],
    ['fixed_ips=ip_address%3D198.18.0.1', 1],
    ['fixed_ips=ip_address_substr%3D198.18.0', 6],
    [`fixed_ips=subnet_id%3D${PRIVATE.subnet.id}`, 6],
    [`security_groups=${DEFAULT_GROUP.id}`, 4],
    [`network_id=${PRIVATE.id}&device_owner=network:dhcp`, 1],
    ['project_id=xx', 0],
    ['revision_number=1', 6],
    ['tags=a,b', 1],
    ['tags=a,c', 0],
    ['tags-any=a,c', 1],
    ['not-tags=a', 5],
    ['not-tags-any=a,c', 5],
  ])('%s leaves %i', (query, count) => {
    expect(ports.list(query)).toHaveLength(count);
  });

  test.each([
    ['nope=1&also=2', "400 HTTPBadRequest: ['nope', 'also'] is invalid attribute for filtering"],
    ['created_at=x', "400 HTTPBadRequest: ['created_at'] is invalid attribute for filtering"],
    ['fixed_ips=x', "400 InvalidInput: Invalid input for operation: 'x' is not of the form <key>=[value]."],
    ['admin_state_up=maybe', "400 InvalidInput: Invalid input for operation: 'maybe' cannot be converted to boolean."],
    ['sort_key=name', '400 HTTPBadRequest: The number of sort_keys and sort_dirs must be same'],
    ['sort_key=nope&sort_dir=asc', "400 HTTPBadRequest: ['nope'] is invalid attribute for sort_keys"],
    [
      'sort_key=name&sort_dir=up',
      "400 HTTPBadRequest: ['up'] is invalid value for sort_dirs, valid value is 'asc' and 'desc'",
    ],
    ['limit=x', "400 BadRequest: Bad limit request: Limit must be an integer 0 or greater and not 'x'."],
    ['limit=-1', "400 BadRequest: Bad limit request: Limit must be an integer 0 or greater and not '-1'."],
    [`limit=2&marker=${NOBODY}`, `404 PortNotFound: Port ${NOBODY} could not be found.`],
  ])('%s is refused', (query, text) => {
    expect(ports.call('GET', `/v2.0/ports?${query}`)).toEqual(refusal(text));
  });
});

describe('a list', () => {
  test('is in the order of ids, or in the one that is asked for', () => {
    const ports = fourPorts();
    const own = 'name=b2-0&name=b2-1';
    const digits = lastDigits(ports, own);
    expect(digits).toEqual(['1', '3', '5', '7']);
    expect(lastDigits(ports, `${own}&sort_key=id&sort_dir=desc`)).toEqual([...digits].reverse());
    const byName = ports.list(`${own}&sort_key=name&sort_key=id&sort_dir=desc&sort_dir=asc`);
    expect(byName.map(({ name }) => name)).toEqual(['b2-1', 'b2-1', 'b2-0', 'b2-0']);
  });

  test('shows the fields that are asked for', () => {
    const ports = fourPorts();
    expect(ports.list('name=b2-0&fields=name&fields=status&fields=nope')).toEqual([
      { name: 'b2-0', status: 'DOWN' },
      { name: 'b2-0', status: 'DOWN' },
    ]);
    const id = idOf('router port');
    expect(ports.json('GET', `/v2.0/ports/${id}?fields=id`)).toEqual({ port: { id } });
  });

  test('comes in pages that link each other', () => {
    const ports = fourPorts();
    const all = ports.list().map(({ id }) => id);
    const seen: string[] = [];
    let query: string | null = 'limit=4';
    while (query !== null) {
      const page: { ports: readonly { id: string }[]; ports_links: readonly { rel: string; href: string }[] } =
        ports.json('GET', `/v2.0/ports?${query}`);
      seen.push(...page.ports.map(({ id }) => id));
      const next = page.ports_links.find(({ rel }) => rel === 'next');
      query = next === undefined ? null : new URL(next.href).search.slice(1);
    }
    expect(seen).toEqual(all);
    expect(ports.json('GET', '/v2.0/ports?limit=2&fields=id')).toEqual({
      ports: [{ id: all[0] }, { id: all[1] }],
      ports_links: [
        { rel: 'next', href: `http://rehearsal/network/v2.0/ports?limit=2&fields=id&marker=${all[1]}` },
        {
          rel: 'previous',
          href: `http://rehearsal/network/v2.0/ports?limit=2&fields=id&marker=${all[0]}&page_reverse=True`,
        },
      ],
    });
  });

  test('can be paged backwards', () => {
    const ports = fourPorts();
    const all = ports.list().map(({ id }) => id);
    expect(ports.list(`limit=2&page_reverse=True&marker=${all[3]}`).map(({ id }) => id)).toEqual([all[1], all[2]]);
    expect(ports.list('limit=2&page_reverse=True').map(({ id }) => id)).toEqual(all.slice(-2));
    expect(ports.json('GET', '/v2.0/ports?limit=9&page_reverse=True')).toMatchObject({
      ports_links: [{ rel: 'next' }],
    });
  });

  test('without a limit heeds no marker, and a limit of 0 is none', () => {
    const ports = fourPorts();
    expect(ports.list(`marker=${NOBODY}`)).toHaveLength(6);
    expect(ports.list('limit=0')).toHaveLength(6);
  });

  test('that is empty links back alone', () => {
    expect(new NeutronCalls('floatingip').json('GET', '/v2.0/floatingips?limit=1000')).toEqual({
      floatingips: [],
      floatingips_links: [
        { rel: 'previous', href: 'http://rehearsal/network/v2.0/floatingips?limit=1000&page_reverse=True' },
      ],
    });
  });
});
