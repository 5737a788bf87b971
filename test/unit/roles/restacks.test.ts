/** How often stack.sh may be run again on the server where it failed. */
import { expect, test } from 'vitest';
import { ROLE_NAMES } from '../../../src/roles/index.ts';
import { restackOf, restacksLeft } from '../../../src/roles/restacks.ts';

test('twice on computes and network nodes, never on those that others hang on, or that nobody knows', () => {
  const allowed = ROLE_NAMES.filter((role) => restacksLeft(role, 0) > 0);
  expect(allowed.toSorted()).toEqual(['compute', 'network']);
  expect([0, 1, 2, 3].map((done) => restacksLeft('compute', done))).toEqual([2, 1, 0, 0]);
  expect(restacksLeft('unknown', 0)).toBe(0);
});

test('steps that an earlier builder planned are of the first', () => {
  expect([{ restack: 2 }, { restack: 0 }, {}, { restack: '1' }].map(restackOf)).toEqual([2, 0, 0, 0]);
});
