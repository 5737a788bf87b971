/** Room on the disk: how much there is, and some set aside to be given up when there is none. */
import { randomBytes } from 'node:crypto';
import { unlinkSync } from 'node:fs';
import { rm, statfs, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { errnoOf, fileError } from './errno.ts';
import { readFileSize } from './file-system.ts';

/** Bytes that may be written where a path is or would be made. Throws `io`. */
export async function readFreeBytes(path: string): Promise<number> {
  try {
    const { bavail, bsize } = await statfs(path);
    return bavail * bsize;
  } catch (error) {
    const parent = dirname(resolve(path));
    if (errnoOf(error) === 'ENOENT' && parent !== path) return await readFreeBytes(parent);
    throw fileError('look at', path, error);
  }
}

export interface Ballast {
  /** Makes its room free at once; false when there was none left to give. */
  giveUp(): boolean;
}

const BALLAST_BYTES = 1024 * 1024;

/** A file that only takes up room. Where there is none for it, there is no ballast either. Throws `io`. */
export async function keepBallast(path: string): Promise<Ballast> {
  if ((await readFileSize(path)) !== BALLAST_BYTES) {
    try {
      // Random, because some file systems keep what is all alike in no room at all.
      await writeFile(path, randomBytes(BALLAST_BYTES), { mode: 0o600 });
    } catch (error) {
      await rm(path, { force: true });
      const failure = fileError('write', path, error);
      if (failure.code !== 'disk-full') throw failure;
    }
  }
  return {
    giveUp() {
      try {
        unlinkSync(path);
        return true;
      } catch {
        // Whoever asks has trouble of their own to tell, and nothing was gained.
        return false;
      }
    },
  };
}
