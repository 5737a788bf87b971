/** A builder dies while a cluster grows or shrinks: the next one goes on, nothing is made twice or left, and who stands is not touched. */
import { expect, test } from 'vitest';
import { Judged } from './judged.ts';
import { Life } from './life.ts';
import { noFindings } from './oracle.ts';

/** Every n-th boundary; one that shares no factor with the pattern of the boundaries. */
const STEP = 37;

/** How many boundaries a change has that nothing disturbs. */
async function countChange(stood: Judged, hypervisors: number): Promise<number> {
  const branch = stood.branch();
  try {
    branch.scale(hypervisors);
    const life = new Life();
    expect(await branch.run('create', life)).toBe(true);
    expect(branch.findings).toEqual(noFindings());
    return life.passed.length;
  } finally {
    branch.simulation.dispose();
  }
}

test.each([
  { from: 1, to: 2 },
  { from: 2, to: 1 },
])(
  'from $from hypervisors to $to, wherever it dies',
  async ({ from, to }) => {
    const stood = Judged.begin({ hypervisors: from });
    try {
      await stood.finish('create');
      const count = await countChange(stood, to);
      expect(count).toBeGreaterThan(100);
      for (let at = 1; at <= count; at += STEP) {
        const judged = stood.branch();
        try {
          judged.scale(to);
          expect(await judged.attempt('create', new Life(at)), `dies at ${at}`).not.toBe(0);
          await judged.finish('create');
          await judged.finish('destroy');
          expect(judged.findings, `dies at ${at} of ${count}`).toEqual(noFindings());
        } finally {
          judged.simulation.dispose();
        }
      }
    } finally {
      stood.simulation.dispose();
    }
  },
  240_000,
);
