/** Folders given on the command line: judged before anything is created, kept as they were, and never sent changed. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { keepUploads, readKeptUpload } from '../../../src/cluster/upload-documents.ts';
import { readUploads, type UploadWishes } from '../../../src/cluster/uploads.ts';

const NOTHING: UploadWishes = { patches: null, repositories: null, extras: null, templates: null };
let parent = '';
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'builder-uploads-'));
});
afterEach(() => rmSync(parent, { recursive: true, force: true }));

function folder(name: string, files: Readonly<Record<string, string>>): string {
  const path = join(parent, name);
  mkdirSync(path);
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(path, file)), { recursive: true });
    writeFileSync(join(path, file), text, { mode: 0o600 });
  }
  return path;
}

/** The paths in a kept document. */
function pathsIn(document: string | undefined): readonly string[] {
  return (JSON.parse(document ?? '[]') as readonly { readonly path: string }[]).map(({ path }) => path);
}

describe('of a folder', () => {
  test.each([
    [
      'patches',
      'patches',
      { '2.diff': 'b', '1.patch': 'a', 'notes.txt': '', 'deep/3.patch': '', '.git/4.patch': '' },
      ['1.patch', '2.diff'],
    ],
    [
      'repos',
      'repositories',
      { 'a.list': 'deb', 'b.repo': '[b]', 'c.sources': 'x', 'key.asc': '' },
      ['a.list', 'b.repo', 'c.sources'],
    ],
  ] as const)('of %s what is of use is kept, in order', async (_what, wish, files, paths) => {
    const { uploads, documents } = await readUploads({ ...NOTHING, [wish]: folder('given', files) });
    expect([...documents.keys()]).toEqual([uploads[wish]]);
    expect(pathsIn(documents.get(uploads[wish] ?? ''))).toEqual(paths);
  });

  test('of a plugin everything is kept but its history, readable on the node, under the folder’s name', async () => {
    const files = { 'devstack/plugin.sh': 'echo', 'devstack/lib/more': 'x', '.git/config': 'secret' };
    const { uploads, documents } = await readUploads({ ...NOTHING, extras: folder('my-plugin', files) });
    expect(uploads.plugin?.name).toBe('my-plugin');
    expect(JSON.parse(documents.get(uploads.plugin?.sha256 ?? '') ?? '')).toEqual([
      { path: 'devstack/lib/more', base64: 'eA==', mode: 0o644 },
      { path: 'devstack/plugin.sh', base64: 'ZWNobw==', mode: 0o644 },
    ]);
  });

  test('of templates the file of each role goes behind what is generated', async () => {
    const templates = folder('given', { 'compute.conf': '[[post-config|$NOVA_CONF]]\n\n', 'other.conf': 'x' });
    expect((await readUploads({ ...NOTHING, templates })).uploads.fragments).toEqual({
      compute: '\n[[post-config|$NOVA_CONF]]\n',
    });
  });

  test('nothing is kept where none was given', async () => {
    const { uploads, documents } = await readUploads(NOTHING);
    expect(uploads).toEqual({ patches: null, repositories: null, plugin: null, fragments: {} });
    expect(documents.size).toBe(0);
  });
});

describe('refused before anything is created', () => {
  test.each<[string, keyof UploadWishes, string, Readonly<Record<string, string>>, RegExp]>([
    [
      'a folder without patches',
      'patches',
      'given',
      { 'notes.txt': '' },
      /^--patches .* holds no file that could be used$/,
    ],
    [
      'a name that a shell could misread',
      'patches',
      'given',
      { 'a b.patch': '' },
      /the name of "a b\.patch" has characters/,
    ],
    [
      'more than may travel',
      'repositories',
      'given',
      { 'a.list': 'x'.repeat(8 * 1024 * 1024 + 1) },
      /holds 8388609 bytes; 8388608 may/,
    ],
    [
      'a plugin whose name is none',
      'extras',
      'My Plugin',
      { 'devstack/plugin.sh': '' },
      /"My Plugin" becomes the plugin's name/,
    ],
    [
      'a plugin that is called as our own',
      'extras',
      'builder',
      { 'devstack/plugin.sh': '' },
      /builder is the name of the builder's own plugin/,
    ],
    ['a plugin that is none', 'extras', 'plugin', { 'extras.d/x.sh': '' }, /is no DevStack plugin/],
    [
      'templates of no role',
      'templates',
      'given',
      { 'other.conf': '' },
      /holds none of allinone\.conf, controller\.conf, api\.conf/,
    ],
  ])('%s', async (_what, wish, name, files, message) => {
    await expect(readUploads({ ...NOTHING, [wish]: folder(name, files) })).rejects.toMatchObject({
      code: 'bad-option',
      message: expect.stringMatching(message) as string,
    });
  });

  test('a folder that is not there', async () => {
    await expect(readUploads({ ...NOTHING, patches: join(parent, 'none') })).rejects.toMatchObject({ code: 'io' });
  });
});

describe('what was kept', () => {
  const kept = async (): Promise<{ readonly store: string; readonly sha256: string }> => {
    const { uploads, documents } = await readUploads({ ...NOTHING, patches: folder('given', { '1.patch': 'a' }) });
    const store = join(parent, 'kept');
    await keepUploads(store, documents);
    return { store, sha256: uploads.patches ?? '' };
  };

  test('is read as it was, whatever became of the folder', async () => {
    const { store, sha256 } = await kept();
    rmSync(join(parent, 'given'), { recursive: true });
    expect(await readKeptUpload(store, sha256)).toEqual([{ path: '1.patch', base64: 'YQ==', mode: 0o644 }]);
  });

  test.each([
    ['changed', (path: string) => writeFileSync(path, '[]')],
    ['gone', (path: string) => rmSync(path)],
  ])('is not sent when it is %s', async (what, damage) => {
    const { store, sha256 } = await kept();
    damage(join(store, `${sha256}.json`));
    await expect(readKeptUpload(store, sha256)).rejects.toMatchObject({
      code: 'io',
      message: expect.stringMatching(`${what}$`) as string,
    });
  });
});
