/** A builder dies at every kind of boundary of the reference scenario: nothing is made twice, leaked, touched or run again. */
import { describe, expect, test } from 'vitest';
import { noFindings } from './oracle.ts';
import { type Act, acting, countBoundaries, tryFutures } from './scenarios.ts';

/** Every n-th; `npm run torture` takes them all. The step shares no factor with the pattern of the boundaries. */
const STEP = 17;
/** Enough to reach back into the sweeps. */
const LAST_ACTS = 12;

function everyNth(count: number, step: number): readonly number[] {
  return Array.from({ length: Math.ceil(count / step) }, (_, index) => 1 + index * step);
}

async function expectClean(past: Act, futures: readonly Act[]): Promise<number> {
  let tried = 0;
  for await (const { history, findings } of tryFutures(past, futures)) {
    expect(findings, history).toEqual(noFindings());
    tried += 1;
  }
  return tried;
}

const created = acting('create', [], 'create');

describe('a death', () => {
  test('anywhere in create, and create again or destroy', async () => {
    const boundaries = await countBoundaries('create');
    expect(boundaries.length).toBeGreaterThan(500);
    const futures = [acting('create', [], 'create', 'destroy'), acting('destroy', [], 'destroy')];
    for (const at of everyNth(boundaries.length, STEP))
      expect(await expectClean(acting('create', [at]), futures)).toBe(futures.length);
  }, 120_000);

  test('anywhere in destroy, and destroy again', async () => {
    const boundaries = await countBoundaries('destroy');
    expect(boundaries.length).toBeGreaterThan(100);
    const deaths = everyNth(boundaries.length, STEP).map((at) => acting('destroy', [at], 'destroy'));
    expect(await expectClean(created, deaths)).toBe(deaths.length);
  }, 120_000);

  test('in the last acts of destroy, and destroy again, leaves no keys and passwords', async () => {
    const { length } = await countBoundaries('destroy');
    const last = Array.from({ length: LAST_ACTS }, (_, index) => acting('destroy', [length - index], 'destroy'));
    await expectClean(created, last);
  }, 120_000);

  test('in create, and another one in its recovery', async () => {
    const { length } = await countBoundaries('create');
    for (const first of everyNth(length, 5 * STEP)) {
      const seconds = [3, 14, 40].map((second) => acting('create', [second], 'create', 'destroy'));
      await expectClean(acting('create', [first]), seconds);
    }
  }, 120_000);
});
