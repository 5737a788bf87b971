/** A layout is found by name or file, and who names none that exists is told which do. */
import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { findLayout, readShippedLayouts } from '../../../src/cluster/read-layout.ts';

const NAMES = readdirSync('layouts')
  .filter((file) => file.endsWith('.yaml'))
  .map((file) => file.replace('.yaml', ''))
  .sort();

test('a name that is none of ours is answered with ours, without the fault scripts beside them', async () => {
  await expect(findLayout('quota', '--layout')).rejects.toMatchObject({
    code: 'layout-missing',
    at: '--layout',
    fix: `give a file, or one of: ${NAMES.join(', ')}`,
  });
});

test('a slip of the keyboard is answered with the name that was meant', async () => {
  await expect(findLayout('multi-node', 'LAYOUT')).rejects.toMatchObject({
    code: 'layout-missing',
    at: 'LAYOUT',
    fix: 'did you mean "multinode"?',
  });
});

test('what is shipped is listed by name with its text', async () => {
  const shipped = await readShippedLayouts();
  expect(shipped.map(({ name }) => name)).toEqual(NAMES);
  for (const { name, text, file } of shipped) expect(await findLayout(name, '')).toEqual({ text, file });
});
