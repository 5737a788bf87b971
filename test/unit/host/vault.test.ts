/** The vault: durable first, made once, private. */
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openVault } from '../../../src/host/vault.ts';

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'builder-vault-'));
  path = join(folder, 'vault', 'lab.json');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('a secret is on disk, readable by us only, before it is returned', async () => {
  const vault = await openVault(path, 'c1', false);
  expect(await vault.ensure('admin_password', () => 'made')).toBe('made');
  expect(JSON.parse(await readFile(path, 'utf8'))).toEqual({ cluster: 'c1', secrets: { admin_password: 'made' } });
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

test('a secret is made once, also when many ask at once and after a restart', async () => {
  const vault = await openVault(path, 'c1', false);
  let made = 0;
  const values = await Promise.all(Array.from({ length: 20 }, () => vault.ensure('key', () => `value ${(made += 1)}`)));
  expect(new Set(values)).toEqual(new Set(['value 1']));
  const again = await openVault(path, 'c1', true);
  expect(await again.ensure('key', () => 'another')).toBe('value 1');
  expect(again.get('key')).toBe('value 1');
});

test('a retired secret is off the disk when that is said, the others stay', async () => {
  const vault = await openVault(path, 'c1', false);
  await Promise.all(['dead', 'alive'].map((name) => vault.ensure(name, () => `value of ${name}`)));
  await vault.retire('dead', 'public');
  const secrets = { dead: 'public', alive: 'value of alive' };
  expect(JSON.parse(await readFile(path, 'utf8'))).toEqual({ cluster: 'c1', secrets });
  expect(vault.get('dead')).toBe('public');
});

test('the vault of a cluster that was never saved is begun anew', async () => {
  await (await openVault(path, 'c1', false)).ensure('key', () => 'old');
  expect((await openVault(path, 'c2', false)).has('key')).toBe(false);
});

test('a missing vault of a saved cluster is a named error', async () => {
  await expect(openVault(path, 'c1', true)).rejects.toMatchObject({ code: 'vault-missing', exitCode: 8 });
});

test('a vault that others can read is refused', async () => {
  await (await openVault(path, 'c1', false)).ensure('key', () => 'x');
  await chmod(path, 0o644);
  await expect(openVault(path, 'c1', true)).rejects.toMatchObject({ code: 'loose-vault', exitCode: 10 });
});

test('a damaged vault is named, not overwritten', async () => {
  await (await openVault(path, 'c1', false)).ensure('key', () => 'x');
  await writeFile(path, '{"cluster": "c1", "sec');
  await expect(openVault(path, 'c1', false)).rejects.toMatchObject({ code: 'vault-missing' });
  expect(await readFile(path, 'utf8')).toBe('{"cluster": "c1", "sec');
});

test('after remove nothing is left', async () => {
  const vault = await openVault(path, 'c1', false);
  await vault.ensure('key', () => 'x');
  await vault.remove();
  await vault.remove();
  await expect(readFile(path)).rejects.toThrow('ENOENT');
});
