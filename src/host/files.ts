/** Local files: read whole, written whole and durably, private from their first byte. */
import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, stat, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { BuilderError, messageOf } from '../errors.ts';

/** The errno name of a Node system error, or undefined for anything else. */
export function errnoOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

function ioError(action: string, path: string, error: unknown): BuilderError {
  const isFull = errnoOf(error) === 'ENOSPC';
  return new BuilderError(isFull ? 'disk-full' : 'io', `cannot ${action} ${path}: ${messageOf(error)}`, {
    at: path,
    fix: isFull ? 'free some space, then run the same command again' : 'check the owner and mode of that path, or choose another with --state',
    cause: error,
  });
}

/** The text and the permission bits of a file; null when there is none. Throws `io` for anything but absence. */
export async function readTextFile(path: string): Promise<{ readonly text: string; readonly mode: number } | null> {
  try {
    const [text, facts] = await Promise.all([readFile(path, 'utf8'), stat(path)]);
    return { text, mode: facts.mode & 0o777 };
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return null;
    throw ioError('read', path, error);
  }
}

/** Every file below a folder, as paths relative to it in sorted order, with content and mode. Throws `io`. */
export async function readFolder(
  folder: string,
): Promise<readonly { readonly path: string; readonly content: Buffer; readonly mode: number }[]> {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    return await Promise.all(
      paths.sort().map(async (path) => {
        const [content, facts] = await Promise.all([readFile(path), stat(path)]);
        return { path: path.slice(folder.length).replace(/^\/+/, ''), content, mode: facts.mode & 0o777 };
      }),
    );
  } catch (error) {
    throw ioError('read', folder, error);
  }
}

/** Makes a folder and its parents, 0700 for what is new. */
export async function ensureFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw ioError('make the folder', path, error);
  }
}

async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Replaces a file by write, fsync, rename, fsync of its folder: a reader sees the old or the new text, never half. */
export async function writeFileDurably(path: string, content: string | Uint8Array, mode = 0o600): Promise<void> {
  const draft = `${path}.${randomUUID()}.new`;
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const handle = await open(draft, 'wx', mode);
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(draft, path);
    await syncFolder(dirname(path));
  } catch (error) {
    await rm(draft, { force: true });
    throw ioError('write', path, error);
  }
}

/** Removes a file and syncs its folder; absence counts as done. */
export async function removeFile(path: string): Promise<void> {
  try {
    await unlink(path);
    await syncFolder(dirname(path));
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw ioError('remove', path, error);
  }
}

/** Removes a folder with everything in it; absence counts as done. */
export async function removeFolder(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true });
  } catch (error) {
    throw ioError('remove', path, error);
  }
}
