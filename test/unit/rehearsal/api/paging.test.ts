/** Pages of a list: as many items as asked for, and the way on from the last of them. */
import { expect, test } from 'vitest';
import { cutPage } from '../../../../src/rehearsal/api/paging.ts';

const cut = (query: string) => cutPage(['a', 'b', 'c'], new URLSearchParams(query), { keyOf: (item) => item, most: 3 });

test.each([
  ['', { items: ['a', 'b', 'c'], next: 'marker=c' }],
  ['limit=2', { items: ['a', 'b'], next: 'limit=2&marker=b' }],
  ['limit=2&marker=b', { items: ['c'], next: null }],
  ['limit=1&marker=c', { items: [], next: null }],
  ['limit=9', { items: ['a', 'b', 'c'], next: 'limit=9&marker=c' }],
  ['limit=0', { items: [], next: null }],
  ['limit=x', { bad: 'limit', value: 'x' }],
  ['limit=-1', { bad: 'limit', value: '-1' }],
  ['marker=x', { bad: 'marker', value: 'x' }],
])('"%s" of three items', (query, page) => {
  expect(cut(query)).toEqual(page);
});
