/** Facts of real folders, and files that get their name only when they are whole. */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { installFile, readFileSize, readFolderFacts, syncFile } from '../../../src/host/file-system.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'builder-fs-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('says who else may write to a folder', async () => {
  expect(await readFolderFacts(folder)).toMatchObject({ isOurs: true, isWritableByOthers: false });
  chmodSync(folder, 0o770);
  expect(await readFolderFacts(folder)).toMatchObject({ isOurs: true, isWritableByOthers: true });
});

it('names a file system by its unsigned number', async () => {
  // https://man7.org/linux/man-pages/man2/statfs.2.html: PROC_SUPER_MAGIC
  expect((await readFolderFacts('/proc')).fileSystem).toBe(0x9fa0);
});

it('a folder that is not there is an io error', async () => {
  await expect(readFolderFacts(join(folder, 'none'))).rejects.toMatchObject({ code: 'io', at: join(folder, 'none') });
});

it('tells an empty file from none, and fails for what cannot be looked at', async () => {
  const file = join(folder, 'file');
  writeFileSync(file, '');
  expect([
    await readFileSize(file),
    await readFileSize(join(folder, 'none')),
    await readFileSize(join(file, 'below')),
  ]).toEqual([0, null, null]);
  await expect(readFileSize(join(folder, 'x'.repeat(300)))).rejects.toMatchObject({ code: 'io' });
});

it('a file gets its name when it is whole', async () => {
  const [draft, file] = [join(folder, 'draft'), join(folder, 'file')];
  writeFileSync(draft, 'whole');
  await installFile(draft, file);
  expect([readFileSync(file, 'utf8'), existsSync(draft)]).toEqual(['whole', false]);
});

it('what cannot be synced or named is an io error', async () => {
  await expect(syncFile(join(folder, 'none'))).rejects.toMatchObject({ code: 'io' });
  const draft = join(folder, 'draft');
  writeFileSync(draft, '');
  mkdirSync(join(folder, 'taken'));
  await expect(installFile(draft, join(folder, 'taken'))).rejects.toMatchObject({ code: 'io' });
});
