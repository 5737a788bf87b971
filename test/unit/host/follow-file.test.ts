/** Following a file, running programs, writing to streams that go away. */
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { followFile } from '../../../src/host/follow-file.ts';
import { openOutput } from '../../../src/host/output.ts';
import { runInteractive } from '../../../src/host/processes.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'follow-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Runs one scripted act per sleep, so that a test needs no real time. */
function scripted(acts: readonly (() => void)[], signal = new AbortController().signal) {
  let looks = 0;
  return {
    isComplete: () => looks >= acts.length,
    signal,
    clock: {
      now: () => new Date(0),
      monotonicMs: () => 0,
      sleep: async () => {
        acts[looks]?.();
        looks += 1;
      },
    },
  };
}

async function collect(path: string, options: Parameters<typeof followFile>[1]): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of followFile(path, options)) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

describe('follow', () => {
  test('gives what is there, then what is appended, until complete', async () => {
    const path = join(folder, 'log');
    writeFileSync(path, 'one ');
    expect(
      await collect(path, scripted([() => appendFileSync(path, 'two '), () => appendFileSync(path, 'three')])),
    ).toBe('one two three');
  });

  test('waits for a file that does not exist yet', async () => {
    const path = join(folder, 'late');
    expect(await collect(path, scripted([() => undefined, () => writeFileSync(path, 'here')]))).toBe('here');
  });

  test('begins again when the file was begun anew', async () => {
    const path = join(folder, 'log');
    writeFileSync(path, 'long text');
    expect(await collect(path, scripted([() => writeFileSync(path, 'new')]))).toBe('long textnew');
  });

  test('a file larger than one read comes whole', async () => {
    const path = join(folder, 'big');
    const text = 'x'.repeat(3 * 1024 * 1024 + 17);
    writeFileSync(path, text);
    expect((await collect(path, scripted([]))) === text).toBe(true);
  });

  test('stops with the reason of its signal', async () => {
    const stop = AbortSignal.abort(new Error('stopped'));
    await expect(collect(join(folder, 'log'), scripted([], stop))).rejects.toThrow('stopped');
  });
});

describe('programs', () => {
  test('pass on their exit code, and 128 + number for a signal', async () => {
    expect(await runInteractive('sh', ['-c', 'exit 7'])).toBe(7);
    expect(await runInteractive('sh', ['-c', 'kill -TERM $$'])).toBe(143);
  });

  test('that are missing are named, and Ctrl-C is ours again afterwards', async () => {
    const before = process.listenerCount('SIGINT');
    await expect(runInteractive(join(folder, 'no-such-program'), [])).rejects.toMatchObject({
      code: 'missing-program',
    });
    expect(process.listenerCount('SIGINT')).toBe(before);
  });
});

describe('output', () => {
  test('a reader that went away is not written to again', () => {
    const stream = new PassThrough();
    const write = openOutput(stream);
    write('a');
    stream.emit('error', Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
    write('b');
    expect(String(stream.read())).toBe('a');
  });

  test('any other stream error is not hidden', () => {
    const stream = new PassThrough();
    openOutput(stream);
    expect(() => stream.emit('error', new Error('odd'))).toThrow('odd');
  });
});
