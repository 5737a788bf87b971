/** Local folders: made private and durable, read whole, removed whole. */
import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { errnoOf, fileError } from './errno.ts';
import { syncPath } from './file-system.ts';

/** Makes a folder and its parents, 0700 for what is new, and puts their names on the disk. Throws `io`, `disk-full`. */
export async function ensureFolder(path: string): Promise<void> {
  try {
    const first = await mkdir(path, { recursive: true, mode: 0o700 });
    if (first === undefined) return;
    // POSIX does not promise that syncing a file keeps the names of the folders above it.
    const top = dirname(resolve(first));
    for (let made = resolve(path); made !== top; made = dirname(made)) await syncPath(dirname(made));
  } catch (error) {
    throw fileError('make the folder', path, error);
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
    throw fileError('read', folder, error);
  }
}

/** Names of the folders in a folder, sorted; none where there is no such folder. Throws `io`. */
export async function listFolders(folder: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.flatMap((entry) => (entry.isDirectory() ? [entry.name] : [])).sort();
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw fileError('read', folder, error);
  }
}

/** Removes a folder with everything in it; absence counts as done. */
export async function removeFolder(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true });
  } catch (error) {
    throw fileError('remove', path, error);
  }
}
