/** Facts about folders and files that need no open file, and putting a finished file in its place for good. */
import { open, rename, stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errnoOf, fileError } from './errno.ts';

export interface FolderFacts {
  /** `f_type` of statfs(2), unsigned: https://man7.org/linux/man-pages/man2/statfs.2.html */
  readonly fileSystem: number;
  /** Ours, or we are root and may read everything anyway. */
  readonly isOurs: boolean;
  readonly isWritableByOthers: boolean;
}

/** Throws `io` where the folder cannot be looked at. */
export async function readFolderFacts(folder: string): Promise<FolderFacts> {
  try {
    const [system, facts] = await Promise.all([statfs(folder), stat(folder)]);
    const uid = process.getuid?.() ?? facts.uid;
    return {
      fileSystem: system.type >>> 0,
      isOurs: uid === 0 || facts.uid === uid,
      isWritableByOthers: (facts.mode & 0o022) !== 0,
    };
  } catch (error) {
    throw fileError('look at', folder, error);
  }
}

/** Bytes of a file, null when there is none; the file is not opened, so no lock on it is lost. Throws `io`. */
export async function readFileSize(path: string): Promise<number | null> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return null;
    throw fileError('look at', path, error);
  }
}

/** Puts a file's content, or the names in a folder, on the disk. Throws system errors. */
export async function syncPath(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Puts a file and its folder entry on the disk. POSIX drops a process's locks on a file with any close of it: never call this
 * for a database that is open. Throws `io`; a failed fsync is not retried, for its pages may be lost (reliability.md 2.1).
 */
export async function syncFile(path: string): Promise<void> {
  try {
    // In this order: an entry must not outlive a crash that its content does not.
    for (const target of [path, dirname(path)]) await syncPath(target);
  } catch (error) {
    throw fileError('sync', path, error);
  }
}

/** Gives a finished, closed file its name: fsync, rename, fsync of the folder. Throws `io`. */
export async function installFile(draft: string, path: string): Promise<void> {
  await syncFile(draft);
  try {
    await rename(draft, path);
  } catch (error) {
    throw fileError('rename to', path, error);
  }
  await syncFile(path);
}
