/** A builder dies at every kind of boundary of the reference scenario: nothing is made twice, leaked, touched or run again. */
import { describe, expect, test } from 'vitest';
import { noFindings } from './oracle.ts';
import { type Act, acting, countBoundaries, tryFutures } from './scenarios.ts';

/** Deaths tried here; `npm run torture` takes every boundary. As many however long a plan becomes, for each costs a whole run. */
const TRIED = { create: 24, destroy: 10, recovery: 6 };
/** Enough to reach back into the sweeps. */
const LAST_ACTS = 12;

/** Moments 1…count, spread evenly and yet without a step that could share a factor with the pattern of the boundaries. */
function spread(count: number, tried: number): readonly number[] {
  const golden = (Math.sqrt(5) - 1) / 2;
  return Array.from({ length: tried }, (_, index) => 1 + Math.floor(((index * golden) % 1) * count));
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
    for (const at of spread(boundaries.length, TRIED.create))
      expect(await expectClean(acting('create', [at]), futures)).toBe(futures.length);
  }, 240_000);

  test('anywhere in destroy, and destroy again', async () => {
    const boundaries = await countBoundaries('destroy');
    expect(boundaries.length).toBeGreaterThan(100);
    const deaths = spread(boundaries.length, TRIED.destroy).map((at) => acting('destroy', [at], 'destroy'));
    expect(await expectClean(created, deaths)).toBe(deaths.length);
  }, 240_000);

  test('in the last acts of destroy, and destroy again, leaves no keys and passwords', async () => {
    const { length } = await countBoundaries('destroy');
    const last = Array.from({ length: LAST_ACTS }, (_, index) => acting('destroy', [length - index], 'destroy'));
    await expectClean(created, last);
  }, 240_000);

  test('in create, and another one in its recovery', async () => {
    const { length } = await countBoundaries('create');
    for (const first of spread(length, TRIED.recovery)) {
      const seconds = [3, 14, 40].map((second) => acting('create', [second], 'create', 'destroy'));
      await expectClean(acting('create', [first]), seconds);
    }
  }, 240_000);
});
