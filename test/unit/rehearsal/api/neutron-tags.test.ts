/** Neutron's promises about tags. */
import { describe, expect, test } from 'vitest';
import { NeutronCalls, NOBODY, PRIVATE, refusal } from './neutron-calls.ts';

describe('tags', () => {
  test('are set, added, asked for and taken away by requests of their own', () => {
    const ports = new NeutronCalls('port');
    const tags = `/v2.0/ports/${ports.made({ network_id: PRIVATE.id }).id}/tags`;
    const cloud = ports;
    expect(cloud.call('PUT', tags, { body: { tags: ['a', 'b'] } })).toMatchObject({
      status: 200,
      json: { tags: ['a', 'b'] },
    });
    expect(cloud.call('PUT', `${tags}/c`)).toMatchObject({ status: 201, json: null });
    expect(cloud.call('GET', `${tags}/c`)).toEqual({ status: 204 });
    expect(cloud.call('DELETE', `${tags}/a`)).toMatchObject({ status: 204 });
    expect(cloud.call('GET', tags)).toEqual({ status: 200, json: { tags: ['b', 'c'] } });
    expect(cloud.call('DELETE', tags)).toMatchObject({ status: 204 });
    expect(cloud.call('GET', tags)).toEqual({ status: 200, json: { tags: [] } });
    expect(cloud.call('GET', `${tags}/c`)).toEqual(refusal('404 TagNotFound: Tag c could not be found.'));
  });

  test.each<[object, string]>([
    [{ tags: 'x' }, "'x' is not a list"],
    [{ x: [] }, 'Invalid tags body'],
    [{ tags: [1] }, "'1' is not a valid string"],
    [{ tags: ['a', 'a'] }, "Duplicate items in the list: 'a'"],
  ])('are refused as %j', (body, reason) => {
    const ports = new NeutronCalls('port');
    expect(ports.call('PUT', `/v2.0/ports/${ports.made({ network_id: PRIVATE.id }).id}/tags`, { body })).toEqual(
      refusal(`400 InvalidInput: Invalid input for operation: ${reason}.`),
    );
  });

  test('of an unknown port are refused', () => {
    expect(new NeutronCalls('port').call('GET', `/v2.0/ports/${NOBODY}/tags`)).toEqual(
      refusal(`404 TagResourceNotFound: Resource ports ${NOBODY} could not be found.`),
    );
  });
});
