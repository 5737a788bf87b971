/** Marks survive the way to the cloud and back, and nothing else is taken for one. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { markFromDescription, markFromMetadata, markToDescription, markToMetadata } from '../../../src/cloud/stamp.ts';

const word = fc.stringMatching(/^[a-z][a-z0-9/-]{0,40}$/);
const marks = fc.record({ cluster: word, key: word, generation: fc.nat(), nonce: word, epoch: fc.nat() });

describe('our mark', () => {
  it('comes back whole from metadata and description', () => {
    fc.assert(
      fc.property(marks, (mark) => {
        expect(markFromMetadata(markToMetadata(mark))).toEqual(mark);
        expect(markFromDescription(markToDescription(mark))).toEqual(mark);
      }),
    );
  });

  it('is spelled as other versions of us expect it', () => {
    const mark = { cluster: 'abc', key: 'create-port/compute-2', generation: 3, nonce: 'xyz', epoch: 7 };
    expect(markToDescription(mark)).toBe('dsb:v1:abc:create-port/compute-2:3:xyz:7');
    expect(markToMetadata(mark)).toEqual({
      dsb_cluster: 'abc',
      dsb_key: 'create-port/compute-2',
      dsb_gen: '3',
      dsb_nonce: 'xyz',
      dsb_epoch: '7',
    });
  });

  it.each([
    '',
    'Default security group',
    'dsb:v1',
    'dsb:v1:c:k:1:n',
    'dsb:v2:c:k:1:n:1',
    'dsb:v1:c:k:1:n:1:more',
    'dsb:v1::k:1:n:1',
    'dsb:v1:c:k:one:n:1',
    'dsb:v1:c:k:0x1:n:1',
    'dsb:v1:c:k:1:n:',
    ' dsb:v1:c:k:1:n:1',
  ])('is not seen in %j', (description) => {
    expect(markFromDescription(description)).toBeNull();
  });

  it('is not seen in metadata that lacks a part', () => {
    const whole = markToMetadata({ cluster: 'c', key: 'k', generation: 1, nonce: 'n', epoch: 1 });
    for (const key of Object.keys(whole)) {
      const { [key]: _, ...rest } = whole;
      expect(markFromMetadata(rest)).toBeNull();
    }
  });

  it('is refused when it could not be read back', () => {
    const mark = { cluster: 'c', key: 'k', generation: 1, nonce: 'n', epoch: 1 };
    for (const bad of [{ key: 'a:b' }, { cluster: '' }, { generation: -1 }, { nonce: 'n'.repeat(250) }]) {
      expect(() => markToDescription({ ...mark, ...bad })).toThrow(expect.objectContaining({ code: 'internal' }));
    }
  });
});
