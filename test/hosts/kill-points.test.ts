/** A supervisor killed at any moment: the script runs at most once, and the job gets an end. */
import { describe, expect, it, onTestFinished } from 'vitest';
import { faultOf, KillBench, whyNoKillPoints } from './kill-points.ts';

const why = whyNoKillPoints();
if (why !== null) console.warn(`skipping the kill points: ${why}`);

/** `npm run torture` takes them all. */
const TRIED = 60;

describe.skipIf(why !== null)('a supervisor killed at any moment', () => {
  it('never runs a script twice and always leads to a record', () => {
    const bench = new KillBench();
    onTestFinished(() => bench.dispose());
    const points = bench.listPoints();
    expect(points.length).toBeGreaterThan(300);
    // Odd, so that it takes kills of both kinds.
    const stride = Math.ceil(points.length / TRIED) | 1;
    const outcomes = points.filter((_, index) => index % stride === 0).map((point) => bench.killAt(point));
    expect(outcomes.flatMap((outcome) => faultOf(outcome) ?? [])).toEqual([]);
    expect(outcomes.filter((each) => each.isKilled).length).toBeGreaterThan(outcomes.length / 2);
  }, 900_000);
});
