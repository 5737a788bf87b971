/** Local files and folders: absence is an answer, everything else that goes wrong is told with the path. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AppendFile } from '../../../src/host/append-file.ts';
import { readAsset } from '../../../src/host/asset.ts';
import { readFileTail } from '../../../src/host/file-tail.ts';
import { readTextFile, removeFile, writeFileDurably } from '../../../src/host/files.ts';
import { ensureFolder, listFolders, readFolder, removeFolder } from '../../../src/host/folders.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'builder-files-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));
const at = (...names: readonly string[]): string => join(folder, ...names);
/** `io`, naming this path. */
const io = (path: string): unknown => expect.objectContaining({ code: 'io', at: path });

describe('what is not there', () => {
  test('reads as nothing', async () => {
    writeFileSync(at('file'), '');
    expect(await readTextFile(at('none'))).toBeNull();
    expect(await readTextFile(at('file', 'below'))).toBeNull();
    expect(await readFileTail(at('none'), 10)).toBe('');
    expect(await listFolders(at('none'))).toEqual([]);
    expect(new AppendFile(at('none')).readFrom(0)).toHaveLength(0);
  });
  test('is removed already', async () => {
    await removeFile(at('none'));
    await removeFolder(at('none'));
  });
});

describe('what cannot be done names the path', () => {
  test.each<[string, () => unknown]>([
    ['reading a folder as a file', () => readTextFile(at())],
    ['removing a folder as a file', () => removeFile(at())],
    ['reading a file as a folder', () => readFolder(at('file'))],
    ['listing a file as a folder', () => listFolders(at('file'))],
  ])('%s', async (_what, act) => {
    writeFileSync(at('file'), '');
    await expect(act()).rejects.toMatchObject({ code: 'io', at: expect.stringContaining(folder) as string });
  });
  test('making a folder below a file', async () => {
    writeFileSync(at('file'), '');
    await expect(ensureFolder(at('file', 'below'))).rejects.toThrow(io(at('file', 'below')));
  });
  test('removing a folder below a file', async () => {
    writeFileSync(at('file'), '');
    await expect(removeFolder(at('file', 'below'))).rejects.toThrow(io(at('file', 'below')));
  });
  test('appending to a folder, or reading behind a place in one', () => {
    const file = new AppendFile(at());
    expect(() => file.append('x')).toThrow(io(at()));
    expect(() => file.readFrom(0)).toThrow(io(at()));
  });
  test('a file of the builder that is gone', () => {
    expect(() => readAsset(new URL(`file://${at('none')}`))).toThrow(expect.objectContaining({ code: 'io' }));
  });
});

describe('a file', () => {
  test('is replaced whole, private, and without a stray draft when that fails', async () => {
    await writeFileDurably(at('new', 'file'), 'text');
    expect(readFileSync(at('new', 'file'), 'utf8')).toBe('text');
    expect([statSync(at('new')).mode & 0o777, statSync(at('new', 'file')).mode & 0o777]).toEqual([0o700, 0o600]);
    mkdirSync(at('taken', 'full'), { recursive: true });
    await expect(writeFileDurably(at('taken'), 'text')).rejects.toThrow(io(at('taken')));
    expect(readdirSync(folder).toSorted()).toEqual(['new', 'taken']);
    await removeFile(at('new', 'file'));
    expect(readdirSync(at('new'))).toEqual([]);
  });

  test('ends with whole lines: the torn first one of its tail is left out', async () => {
    writeFileSync(at('log'), 'one\ntwo\nthree\n');
    expect(await readFileTail(at('log'), 100)).toBe('one\ntwo\nthree\n');
    expect(await readFileTail(at('log'), 8)).toBe('three\n');
  });

  test('that several append to holds whole records in one order', () => {
    const [one, other] = [new AppendFile(at('deep', 'log')), new AppendFile(at('deep', 'log'))];
    one.append('a\n');
    other.append('b\n');
    one.append('c\n');
    expect(other.readFrom(2).toString()).toBe('b\nc\n');
    expect(one.readFrom(6)).toHaveLength(0);
    one.close();
    one.close();
    other.close();
  });
});

test('a folder’s folders are listed by name, its files are not', async () => {
  for (const name of ['b', 'a']) mkdirSync(at(name));
  writeFileSync(at('file'), '');
  expect(await listFolders(folder)).toEqual(['a', 'b']);
});
