/** Room for a run is asked for before it begins, and a full disk is told as the pause that it is. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { checkDiskSpace, tellPause } from '../../../src/cluster/disk-space.ts';
import { BuilderError } from '../../../src/errors.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'builder-space-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('a disk with room is passed, for state and logs', async () => {
  await expect(checkDiskSpace(folder, 3, null)).resolves.toBeUndefined();
  await expect(checkDiskSpace(folder, 3, join(folder, 'logs'))).resolves.toBeUndefined();
});

// Nothing can be written to /proc: it has 0 B free.
test('a full disk is refused before anything is created', async () => {
  await expect(checkDiskSpace('/proc', 3, null)).rejects.toMatchObject({
    code: 'disk-full',
    exitCode: 9,
    message: '0 B free in /proc, 70 MiB needed',
    state: 'nothing was created',
  });
});

test('logs of their own place need their room there', async () => {
  await expect(checkDiskSpace(folder, 3, '/proc')).rejects.toMatchObject({
    message: '0 B free in /proc, 6 MiB needed',
  });
});

test('more nodes than there is room for are refused', async () => {
  await expect(checkDiskSpace(folder, 2 ** 40, null)).rejects.toThrow(/\d+ MiB free in /);
});

test('a disk that fills up pauses a run, and keeps what happened as the cause', async () => {
  const cause = new BuilderError('disk-full', 'no space is left for the state', { at: '/proc/state.db' });
  expect(await tellPause(cause, '/proc')).toMatchObject({
    code: 'disk-full',
    message: '0 B free in /proc; paused safely',
    at: '/proc/state.db',
    state: expect.stringContaining('jobs on the servers run on'),
    fix: 'free some space, then run the same command again',
    cause,
  });
});

test('other errors stay as they are', async () => {
  for (const error of [new BuilderError('io', 'x'), new RangeError('x')])
    expect(await tellPause(error, '/')).toBe(error);
});
