/** destroy comes to its end from whatever state a cluster is in, or says exactly what it could not remove, and does so once that is mended. */
import { describe, expect, test } from 'vitest';
import { CONDITIONS, tryDestroyUnder } from './destroys.ts';
import { countBoundaries } from './scenarios.ts';

/** Of create: nothing but a group yet, a server whose answer nobody recorded, servers being built, and past the end of it. */
const names = await countBoundaries('create');
const MOMENTS = [60, 1 + names.lastIndexOf('effect.answered'), 200, 5000];

describe('destroy leaves nothing behind', () => {
  test.each(CONDITIONS)('where $name', async (condition) => {
    for (const at of MOMENTS) {
      const { history, findings } = await tryDestroyUnder(condition, at);
      expect(findings, history).toEqual({ duplicates: [], leaks: [], foreign: [], rerun: [] });
    }
  });
});
