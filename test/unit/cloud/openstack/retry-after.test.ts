/** Every form a Retry-After comes in. */
import { expect, it } from 'vitest';
import { readRetryAfter } from '../../../../src/cloud/openstack/retry-after.ts';

const NOW = 'Sat, 21 Nov 2026 14:00:00 GMT';

it.each([
  [null, NOW, null],
  ['0', NOW, 0],
  ['7', NOW, 7000],
  ['-1', NOW, 0],
  ['301', NOW, 300_000],
  ['99999999999999999999', NOW, 300_000],
  ['abc', NOW, null],
  ['', NOW, null],
  ['1.5', NOW, null],
  ['Sat, 21 Nov 2026 14:00:20 GMT', NOW, 20_000],
  ['Sat, 21 Nov 2026 13:59:00 GMT', NOW, 0],
  ['Thu, 01 Jan 2100 00:00:00 GMT', NOW, 300_000],
  // Our own clock plays no part, so without theirs a date means nothing.
  ['Sat, 21 Nov 2026 14:00:20 GMT', null, null],
  ['Sat, nonsense', NOW, null],
])('Retry-After %j at %j asks for %j ms', (value, date, expected) => {
  expect(readRetryAfter(value, date)).toBe(expected);
});
