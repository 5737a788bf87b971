/** Local files: read whole, written whole and durably, private from their first byte. */
import { randomUUID } from 'node:crypto';
import { open, readFile, rename, rm, stat, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errnoOf, fileError } from './errno.ts';
import { syncPath } from './file-system.ts';
import { ensureFolder } from './folders.ts';

/** The text and the permission bits of a file; null when there is none. Throws `io` for anything but absence. */
export async function readTextFile(path: string): Promise<{ readonly text: string; readonly mode: number } | null> {
  try {
    const [text, facts] = await Promise.all([readFile(path, 'utf8'), stat(path)]);
    return { text, mode: facts.mode & 0o777 };
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return null;
    throw fileError('read', path, error);
  }
}

/** Every byte of a file; null when there is none. Throws `io` for anything but absence. */
export async function readBytes(path: string): Promise<Buffer | null> {
  try {
    return await readFile(path);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return null;
    throw fileError('read', path, error);
  }
}

/** Replaces a file by write, fsync, rename, fsync of its folder: a reader sees the old or the new text, never half. */
export async function writeFileDurably(path: string, content: string | Uint8Array, mode = 0o600): Promise<void> {
  const draft = `${path}.${randomUUID()}.new`;
  await ensureFolder(dirname(path));
  try {
    const handle = await open(draft, 'wx', mode);
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(draft, path);
    await syncPath(dirname(path));
  } catch (error) {
    await rm(draft, { force: true });
    throw fileError('write', path, error);
  }
}

/** Removes a file and syncs its folder; absence counts as done. */
export async function removeFile(path: string): Promise<void> {
  try {
    await unlink(path);
    await syncPath(dirname(path));
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw fileError('remove', path, error);
  }
}
