/** A builder dies at every kind of boundary of the reference scenario: nothing is made twice, leaked, touched or run again. */
import { describe, expect, test } from 'vitest';
import { countBoundaries, type Trial, tryCreate, tryDestroy, tryDestroyAfterCrash } from './scenarios.ts';

/** Every n-th; `npm run torture` takes them all. The step shares no factor with the pattern of the boundaries. */
const STEP = 17;
/** Enough to reach back into the sweeps. */
const LAST_ACTS = 12;

function everyNth(count: number, step: number): readonly number[] {
  return Array.from({ length: Math.ceil(count / step) }, (_, index) => 1 + index * step);
}

async function expectClean(trials: Iterable<() => Promise<Trial>>): Promise<number> {
  let tried = 0;
  for (const trial of trials) {
    const { history, findings } = await trial();
    expect(findings, history).toEqual({ duplicates: [], leaks: [], foreign: [], rerun: [] });
    tried += 1;
  }
  return tried;
}

describe('a death', () => {
  test('anywhere in create, and create again, and destroy', async () => {
    const boundaries = await countBoundaries('create');
    expect(boundaries.length).toBeGreaterThan(500);
    const points = everyNth(boundaries.length, STEP);
    expect(await expectClean(points.map((at) => () => tryCreate([at])))).toBe(points.length);
  }, 120_000);

  test('anywhere in destroy, and destroy again', async () => {
    const boundaries = await countBoundaries('destroy');
    expect(boundaries.length).toBeGreaterThan(100);
    await expectClean(everyNth(boundaries.length, STEP).map((at) => () => tryDestroy([at])));
  }, 120_000);

  test('in the last acts of destroy, and destroy again, leaves no keys and passwords', async () => {
    const { length } = await countBoundaries('destroy');
    const last = Array.from({ length: LAST_ACTS }, (_, index) => length - index);
    await expectClean(last.map((at) => () => tryDestroy([at])));
  }, 120_000);

  test('anywhere in create, and destroy', async () => {
    const boundaries = await countBoundaries('create');
    await expectClean(everyNth(boundaries.length, STEP).map((at) => () => tryDestroyAfterCrash(at)));
  }, 120_000);

  test('in create, and another one in its recovery', async () => {
    const boundaries = await countBoundaries('create');
    const pairs = everyNth(boundaries.length, 5 * STEP).flatMap((first) =>
      [3, 14, 40].map((second) => [first, second]),
    );
    await expectClean(pairs.map((pair) => () => tryCreate(pair)));
  }, 120_000);
});
