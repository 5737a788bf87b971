/** destroy comes to its end from whatever state a cluster is in, or says exactly what it could not remove, and does so once that is mended. */
import { describe, expect, test } from 'vitest';
import { CONDITIONS, tryDestroyUnder } from './destroys.ts';

/** Of create: nothing but ports yet, servers being built, and past the end of it. */
const MOMENTS = [60, 200, 5000];

describe('destroy leaves nothing behind', () => {
  test.each(CONDITIONS)('where $name', async (condition) => {
    for (const at of MOMENTS) {
      const { history, findings } = await tryDestroyUnder(condition, at);
      expect(findings, history).toEqual({ duplicates: [], leaks: [], foreign: [], rerun: [] });
    }
  });
});
