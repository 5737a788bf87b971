/** Seeds draw faults, deaths and order: whatever comes, nothing is made twice, leaked, touched or run again, and all ends in time. */
import { expect, test } from 'vitest';
import { runSeeds } from '../torture/seeds.ts';

test('any mix of faults and deaths', async () => {
  const slice = { index: 0, count: 1 };
  const { figures, findings } = await runSeeds({ seed: 1, deadlineMs: Date.now() + 10_000, slice });
  expect(figures['seeds']).toBeGreaterThan(1);
  expect(findings).toEqual({ duplicates: [], leaks: [], foreign: [], rerun: [], trials: [] });
}, 60_000);
