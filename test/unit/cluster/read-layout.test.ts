/** A layout is found by name or file, and who names none that exists is told which do. */
import { expect, test } from 'vitest';
import { findLayout } from '../../../src/cluster/read-layout.ts';

test('a name that is none of ours is answered with ours, without the fault scripts beside them', async () => {
  await expect(findLayout('multi')).rejects.toMatchObject({
    code: 'layout-missing',
    fix: 'give a file, or one of: all-in-one, multinode',
  });
});
