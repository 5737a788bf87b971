/** Work that many ask for: shared by those who wait, begun after each asked, its failures told to them alone. */
import { expect, test } from 'vitest';
import { shareRuns } from '../../../src/host/share-runs.ts';

/** Work whose runs the test ends. */
function openWork() {
  const runs: PromiseWithResolvers<void>[] = [];
  const ask = shareRuns(() => {
    const run = Promise.withResolvers<void>();
    runs.push(run);
    return run.promise;
  });
  return { runs, ask };
}

test('who asks at the same time shares a run, who asks during it gets the next', async () => {
  const { runs, ask } = openWork();
  const first = [ask(), ask(), ask()];
  await expect.poll(() => runs.length).toBe(1);
  const second = [ask(), ask()];
  runs[0]?.resolve();
  await Promise.all(first);
  await expect.poll(() => runs.length).toBe(2);
  runs[1]?.resolve();
  await Promise.all(second);
  expect(runs).toHaveLength(2);
});

test('a failure is told to those who asked for that run, and the next one is made all the same', async () => {
  const { runs, ask } = openWork();
  const failing = ask();
  await expect.poll(() => runs.length).toBe(1);
  const next = ask();
  runs[0]?.reject(new Error('disk full'));
  await expect(failing).rejects.toThrow('disk full');
  await expect.poll(() => runs.length).toBe(2);
  runs[1]?.resolve();
  await next;
});
