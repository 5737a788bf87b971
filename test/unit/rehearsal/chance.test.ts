/** Chance under a seed: the same for everybody, and spread over all that may happen. */
import { expect, test } from 'vitest';
import { spread } from '../../../src/rehearsal/chance.ts';

test('the same seed and words give the same number, other ones another', () => {
  expect(spread(1, 'build', 'controller', 0)).toBe(spread(1, 'build', 'controller', 0));
  const others = [
    spread(2, 'build', 'controller', 0),
    spread(1, 'build', 'controller', 1),
    spread(1, 'buildcontroller', 0),
  ];
  expect(new Set([spread(1, 'build', 'controller', 0), ...others]).size).toBe(4);
});

test('numbers are spread over all from 0 up to 1', () => {
  const numbers = Array.from({ length: 1000 }, (_, index) => spread(7, index));
  expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...numbers)).toBeLessThan(1);
  const tenths = new Set(numbers.map((number) => Math.floor(number * 10)));
  expect(tenths.size).toBe(10);
});
