/** Room on real disks, and the file that keeps some of it. */
import { existsSync, mkdtempSync, rmSync, statSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { fileError } from '../../../src/host/errno.ts';
import { keepBallast, readFreeBytes } from '../../../src/host/free-space.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'builder-space-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('a folder that is still to be made has the room of the one above it', async () => {
  expect(await readFreeBytes(join(folder, 'not', 'yet'))).toBeGreaterThan(0);
  expect(await readFreeBytes('/proc')).toBe(0);
});

test('what is no folder is an io error', async () => {
  await expect(readFreeBytes(join(folder, 'x'.repeat(300)))).rejects.toMatchObject({ code: 'io', exitCode: 9 });
});

test('ballast is given up once, and made whole again by the next one', async () => {
  const path = join(folder, 'ballast');
  const ballast = await keepBallast(path);
  expect(statSync(path)).toMatchObject({ size: 1024 * 1024 });
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect([ballast.giveUp(), ballast.giveUp(), existsSync(path)]).toEqual([true, false, false]);
  await keepBallast(path);
  truncateSync(path, 10);
  await keepBallast(path);
  expect(statSync(path).size).toBe(1024 * 1024);
});

test('ballast that cannot be kept at all is an io error', async () => {
  const path = join(folder, 'none', 'ballast');
  await expect(keepBallast(path)).rejects.toMatchObject({ code: 'io' });
});

test.each([
  ['ENOSPC', 'disk-full'],
  ['EDQUOT', 'disk-full'],
  ['EACCES', 'io'],
])('%s is %s', (errno, code) => {
  expect(fileError('write', '/f', Object.assign(new Error(errno), { code: errno }))).toMatchObject({ code });
});
