/** Builders in processes of their own, killed at their system calls: a sample of what `npm run torture` does. */
import { describe, expect, test } from 'vitest';
import { withDriver } from '../torture/bundle-driver.ts';
import { listKills, tryKill } from '../torture/outside.ts';
import { casesOf } from '../torture/part.ts';
import { whyNoStrace } from '../torture/strace.ts';
import { noFindings } from './oracle.ts';

const why = whyNoStrace();
if (why !== null) console.warn(`skipping the kills from outside: ${why}`);

const TRIED = 5;

describe.skipIf(why !== null)('a kill from outside', () => {
  test('at a system call of any thread costs nothing that the next builder does not make good', async () => {
    const killed = await withDriver(async (driver) => {
      const kills = await listKills(driver);
      expect(kills.length).toBeGreaterThan(3_000);
      const sample = casesOf(kills, { seed: 1, deadlineMs: 0, slice: { index: 0, count: 1 } }).slice(0, TRIED);
      let count = 0;
      for (const kill of sample) {
        const { history, findings, isKilled } = await tryKill(kill);
        expect(findings, history).toEqual(noFindings());
        count += Number(isKilled);
      }
      return count;
    });
    // The last calls of a run are not in every run.
    expect(killed).toBeGreaterThan(TRIED / 2);
  }, 120_000);
});
