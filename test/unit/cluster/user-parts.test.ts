/** Files and scripts of a layout are read beside it, whole, before anything is created. */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readUserParts } from '../../../src/cluster/user-parts.ts';
import type { BuilderError } from '../../../src/errors.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'builder-parts-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const file = (source: string) => ({ source, path: '/etc/a', mode: '0600', owner: 'stack', nodes: ['compute'] });
const step = (script: string) => ({ name: 'seed', script, at: 'after-stack', repeat: 'once', nodes: [] }) as const;

test('what lies beside the layout is kept under its digest, byte for byte', async () => {
  writeFileSync(join(folder, 'a.conf'), Buffer.from([0, 255, 10]));
  writeFileSync(join(folder, 'seed.sh'), 'echo');
  const layout = { files: [file('a.conf')], steps: [step('seed.sh')] };
  const { parts, documents } = await readUserParts(layout, join(folder, 'layout.yaml'));
  const [a = '', seed = ''] = [...documents.keys()];
  expect(parts).toEqual({
    files: [{ sha256: a, path: '/etc/a', mode: '0600', owner: 'stack', nodes: ['compute'] }],
    steps: [{ sha256: seed, name: 'seed', at: 'after-stack', repeat: 'once', nodes: [] }],
  });
  expect(JSON.parse(documents.get(a) ?? '')).toMatchObject([{ base64: 'AP8K' }]);
  for (const [sha256, text] of documents) expect(createHash('sha256').update(text).digest('hex')).toBe(sha256);
});

test('all that are not there are told together', async () => {
  const reading = readUserParts({ files: [file('none')], steps: [step('neither')] }, join(folder, 'layout.yaml'));
  const error = await reading.then(
    () => null,
    (thrown: unknown) => thrown as BuilderError,
  );
  expect(error?.problems.map(({ at, message }) => `${at ?? ''}: ${message}`)).toEqual([
    'files.0.source: no file none',
    'steps.0.script: no file neither',
  ]);
});

test('more than may travel is refused', async () => {
  writeFileSync(join(folder, 'big'), Buffer.alloc(8 * 1024 * 1024 + 1));
  await expect(readUserParts({ files: [file('big')], steps: [] }, join(folder, 'layout.yaml'))).rejects.toMatchObject({
    code: 'bad-value',
    message: expect.stringContaining('may travel') as string,
  });
});
