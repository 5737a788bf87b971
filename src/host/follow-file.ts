/** A file that grows: its bytes as they come, until its writer is done. */
import { type FileHandle, open } from 'node:fs/promises';
import { BuilderError, messageOf } from '../errors.ts';
import type { Clock } from './clock.ts';
import { errnoOf } from './errno.ts';

export interface FollowOptions {
  /** Asked before each look: once true, what is there by then is read and the iteration ends. */
  isComplete(): boolean;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly pollMs?: number;
}

const CHUNK = 1024 * 1024;

async function openIfThere(path: string): Promise<FileHandle | null> {
  try {
    return await open(path, 'r');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null;
    throw new BuilderError('io', `cannot read ${path}: ${messageOf(error)}`, { at: path, cause: error });
  }
}

/** What stands behind `offset`; a file that became shorter was begun anew and is read from its start. */
async function* readFrom(file: FileHandle, offset: number): AsyncGenerator<Uint8Array, number> {
  const { size } = await file.stat();
  let position = size < offset ? 0 : offset;
  for (;;) {
    const buffer = Buffer.alloc(Math.min(CHUNK, Math.max(1, size - position)));
    const { bytesRead } = await file.read(buffer, 0, buffer.length, position);
    if (bytesRead === 0) return position;
    position += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

/**
 * Yields a file's bytes from its start, then what is appended, looking again every `pollMs` (default 300). Ends when
 * `isComplete`, a missing file counting as empty; throws the signal's reason when it aborts, `io` when reading fails.
 */
export async function* followFile(path: string, options: FollowOptions): AsyncGenerator<Uint8Array, void> {
  const { clock, signal, pollMs = 300 } = options;
  let offset = 0;
  for (;;) {
    signal.throwIfAborted();
    const isLast = options.isComplete();
    // Opened anew each time: the writer may have replaced the file.
    const file = await openIfThere(path);
    try {
      if (file !== null) offset = yield* readFrom(file, offset);
    } finally {
      await file?.close();
    }
    if (isLast) return;
    await clock.sleep(pollMs, signal);
  }
}
