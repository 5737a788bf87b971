/** A job’s local log: redacted, resumable at every byte. */
import { createHash } from 'node:crypto';
import { appendFile, mkdtemp, readFile, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { JobLogFile, type KeptLog } from '../../../src/host/job-log-file.ts';
import { createRedactor } from '../../../src/host/redact.ts';

const SECRETS = new Map([['admin_password', 'hunter2hunter2']]);
const RAW = Buffer.from(`first line\nThe password: hunter2hunter2\n${'x'.repeat(500)}\nlast\n`);
const SAFE = `first line\nThe password: ‹admin_password›\n${'x'.repeat(500)}\nlast\n`;

let folder: string;
let path: string;
let kept: KeptLog | null;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'builder-log-'));
  path = join(folder, 'logs', 'run-stack.1.log');
  kept = null;
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function open(): JobLogFile {
  return new JobLogFile({
    path,
    kept,
    openRedactor: () => createRedactor(SECRETS).stream(),
    commit: async (position) => {
      kept = position;
    },
  });
}

const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

test('the file holds the redacted text, the position the raw log’s length and digest', async () => {
  const log = open();
  for (let at = 0; at < RAW.length; at += 7) await log.append(RAW.subarray(at, at + 7));
  expect(log.position()).toEqual({ offset: RAW.length, prefixSha256: digest(RAW) });
  await log.end();
  expect(await readFile(path, 'utf8')).toBe(SAFE);
  expect(kept).toMatchObject({ offset: RAW.length, prefixSha256: digest(RAW) });
});

describe('a crash anywhere in the log costs nothing', () => {
  test.each([1, 12, 25, 30, 44, 60, 300, 560])(
    'cut after %i raw bytes, with torn bytes behind the committed ones',
    async (cut) => {
      const first = open();
      await first.append(RAW.subarray(0, cut));
      await first.close();
      await appendFile(path, 'torn');
      const second = open();
      expect(second.position().offset).toBe(0);
      await second.append(RAW.subarray(0, 100));
      await second.append(RAW.subarray(100));
      expect(second.position()).toEqual({ offset: RAW.length, prefixSha256: digest(RAW) });
      await second.end();
      expect(await readFile(path, 'utf8')).toBe(SAFE);
    },
  );
});

test('another log on the server is noticed, and kept whole after a restart', async () => {
  const first = open();
  await first.append(RAW.subarray(0, 200));
  await first.close();
  const second = open();
  const other = Buffer.from(RAW.toString().replace('first', 'FIRST'));
  await expect(second.append(other)).rejects.toMatchObject({ code: 'log-changed' });
  await second.restart();
  await second.append(other);
  await second.end();
  expect(await readFile(path, 'utf8')).toBe(SAFE.replace('first', 'FIRST'));
});

describe('a local file that is not what was kept', () => {
  test.each([
    ['gone', () => rm(path)],
    ['shorter', () => truncate(path, 3)],
  ])('%s: the log is followed from its start', async (_what, spoil) => {
    const first = open();
    await first.append(RAW);
    await first.close();
    await spoil();
    const second = open();
    await expect(second.append(RAW)).rejects.toMatchObject({ code: 'log-changed', at: path });
    await second.restart();
    await second.append(RAW);
    await second.end();
    expect(await readFile(path, 'utf8')).toBe(SAFE);
  });
});
