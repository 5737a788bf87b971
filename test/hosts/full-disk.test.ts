/** A disk that fills up under the builder pauses a run: nothing is lost, nothing is made twice, and the same command goes on. */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, type TestContext, test } from 'vitest';
import { readState } from '../../src/journal/open.ts';
import { rehearse } from '../wire/rehearse.ts';
import { mountSmallDisk, type SmallDisk, whyNoSmallDisk } from './small-disk.ts';

const why = whyNoSmallDisk();
if (why !== null) process.stdout.write(`   skipped: ${why}\n`);

const BUILDER = fileURLToPath(new URL('../../builder', import.meta.url));
const CREATE = ['create', 'lab', '--cloud', 'rehearsal', '--rehearsal-speed', '2000', '--progress', 'plain'];

function create(disk: SmallDisk, onOutput?: (text: string) => void): ReturnType<SmallDisk['run']> {
  return disk.run(BUILDER, [...CREATE, '--state', join(disk.folder, 'state')], onOutput);
}

/** Of the newest run. SQLite would look for a namespace's file outside of it, so a copy is read. */
async function lastExitCode(
  disk: SmallDisk,
  { onTestFinished }: Pick<TestContext, 'onTestFinished'>,
): Promise<unknown> {
  const copy = mkdtempSync(join(tmpdir(), 'builder-full-disk-'));
  onTestFinished(() => rmSync(copy, { recursive: true, force: true }));
  const state = join(disk.seen, 'state');
  const files = readdirSync(state).filter((name) => name.startsWith('state.db'));
  for (const name of files) cpSync(join(state, name), join(copy, name));
  const reader = await readState(copy);
  const [cluster] = reader.listClusters();
  const run = reader.listRuns(cluster?.id ?? '').at(-1);
  reader.close();
  return run?.exitCode;
}

describe.skipIf(why !== null)('a disk', () => {
  test('that is too small is refused before anything is created', async (context) => {
    const disk = await mountSmallDisk(32, context);
    const { code, stderr } = await create(disk);
    expect(stderr).toMatch(/E9001 disk-full: \d+ MiB free in .*, 70 MiB needed\n/);
    expect(stderr).toContain('nothing was created');
    expect(code).toBe(9);
  });

  test.for([
    { name: 'up but for 0 bytes', left: 0 },
    { name: 'up but for 65536 bytes', left: 65_536 },
    { name: 'up with the room that was set aside', left: 0, takesBallast: true },
  ])('that fills $name pauses the run', { timeout: 120_000 }, async ({ left, takesBallast = false }, context) => {
    const disk = await mountSmallDisk(80, context);
    const rehearsal = rehearse(context);
    // The simulated cloud is no part of the machine whose disk is full.
    const cloud = join(rehearsal.state, 'rehearsal');
    const ballast = join(disk.seen, 'state', 'ballast');
    mkdirSync(cloud);
    mkdirSync(join(disk.seen, 'state'), { mode: 0o700 });
    symlinkSync(cloud, join(disk.seen, 'state', 'rehearsal'));
    let isFull = false;
    const paused = await create(disk, (text) => {
      if (isFull || !text.includes('DevStack')) return;
      isFull = true;
      if (takesBallast) rmSync(ballast);
      disk.fill(left);
    });
    expect(paused.stderr).toMatch(/E9001 disk-full: .* free in .*; paused safely\n/);
    expect(paused.stderr.includes('the end of this run has no room in the records')).toBe(takesBallast);
    expect(paused.code).toBe(9);
    expect(await lastExitCode(disk, context)).toBe(takesBallast ? null : 9);
    disk.free();
    expect(await create(disk)).toMatchObject({ code: 0 });
    expect(existsSync(ballast)).toBe(true);
    expect(rehearsal.countMade('server')).toBe(3);
  });
});
