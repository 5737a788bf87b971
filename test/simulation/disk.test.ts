/** The disk of the power cuts: what is synced stays, what is not may go, in the ways that real disks lose it. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { type Cut, Disk } from '../torture/power-cut/disk.ts';
import { type DiskEvent, parseTrace } from '../torture/power-cut/trace.ts';

function event(kind: DiskEvent['kind'], path: string, text = '', offset = 0): DiskEvent {
  return { kind, path, file: 1, offset, data: Buffer.from(text) };
}

/** What a power cut leaves of a file after these events; null where it has no such name. */
function readAfter(
  events: readonly DiskEvent[],
  name: string,
  cut: Cut = 'synced',
  chances: readonly number[] = [],
): string | null {
  const folder = mkdtempSync(join(tmpdir(), 'builder-disk-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const disk = new Disk();
  for (const each of events) disk.apply(each);
  const left = [...chances];
  disk.cutPower(cut, () => left.shift() ?? 0);
  disk.save('/d', folder);
  const path = join(folder, name);
  return existsSync(path) ? readFileSync(path, 'utf8') : null;
}

const written = [event('create', '/d/a'), event('write', '/d/a', 'old')];
const kept = [...written, event('sync-file', '/d/a'), event('sync-folder', '/d')];

test('a synced file in a synced folder stays', () => {
  expect(readAfter(kept, 'a')).toBe('old');
});

test('a synced file whose folder was not synced has no name', () => {
  expect(readAfter(kept.slice(0, 3), 'a')).toBeNull();
});

test('a name in a synced folder says nothing of what the file holds', () => {
  expect(readAfter([...written, event('sync-folder', '/d')], 'a')).toBe('');
});

test('a folder that was lost takes its files along', () => {
  const below = [event('make-folder', '/d/b'), event('create', '/d/b/a'), event('sync-folder', '/d/b')];
  expect(readAfter(below, 'b/a')).toBeNull();
  expect(readAfter([...below, event('sync-folder', '/d')], 'b/a')).toBe('');
});

test('a rename and a removal count with the sync of their folder', () => {
  const renamed = [...kept, event('rename', '/d/a', '/d/b')];
  expect([readAfter(renamed, 'a'), readAfter(renamed, 'b')]).toEqual(['old', null]);
  const synced = [...renamed, event('sync-folder', '/d')];
  expect([readAfter(synced, 'a'), readAfter(synced, 'b')]).toEqual([null, 'old']);
  expect(readAfter([...kept, event('unlink', '/d/a')], 'a')).toBe('old');
  expect(readAfter([...kept, event('unlink', '/d/a'), event('sync-folder', '/d')], 'a')).toBeNull();
});

test('unsynced writes are kept in their order, and the last one may be torn at a sector', () => {
  const long = [...kept, event('write', '/d/a', 'x'.repeat(1_024), 0), event('write', '/d/a', 'end', 1_024)];
  expect(readAfter(long, 'a', 'prefix', [0.99])).toBe(`${'x'.repeat(1_024)}end`);
  expect(readAfter(long, 'a', 'prefix', [0.5])).toBe('x'.repeat(1_024));
  const torn = [...kept, event('write', '/d/a', 'x'.repeat(1_024), 256)];
  expect(readAfter(torn, 'a', 'torn', [0.4, 0.4])).toBe(`old${'\0'.repeat(253)}${'x'.repeat(256)}`);
});

test('without order, a later write may be there and an earlier one not', () => {
  const twice = [...kept, event('write', '/d/a', 'new'), event('write', '/d/a', '+', 3)];
  expect(readAfter(twice, 'a', 'reordered', [0.9, 0.1])).toBe('old+');
});

test('a number that a new file got again is the new file', () => {
  const again = [...kept, event('unlink', '/d/a'), event('create', '/d/b'), event('sync-folder', '/d')];
  expect(readAfter(again, 'b')).toBe('');
});

test('a record that the kill cut off is left out', () => {
  const head = Buffer.alloc(32);
  head.writeUInt32LE(8, 0);
  head.writeUInt32LE(5, 8);
  expect(parseTrace(Buffer.concat([head, Buffer.from('hello'), head, Buffer.from('hel')]))).toMatchObject([
    { kind: 'say', data: Buffer.from('hello') },
  ]);
});
