/** When the files for ssh are written: together, and with their failures told at the end. */
import { expect, test } from 'vitest';
import { openSshFiles } from '../../../src/cluster/ssh-files.ts';

test('nodes that answer at the same time share one write, and the end writes once more', async () => {
  let writes = 0;
  const files = openSshFiles(async () => void (writes += 1));
  for (let node = 0; node < 100; node += 1) files.queue();
  await files.finish();
  expect(writes).toBe(2);
});

test('a write that failed in the middle is told at the end', async () => {
  const files = openSshFiles(() => Promise.reject(new Error('disk full')));
  files.queue();
  await expect(files.finish()).rejects.toThrow('disk full');
});
