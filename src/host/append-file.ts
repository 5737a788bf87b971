/** A file that several processes append to and read: whole records at the end, in one order for all. */
import { closeSync, constants, fstatSync, mkdirSync, openSync, readSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { errnoOf, fileError } from './errno.ts';

/**
 * Synchronous: who appends must know the record's place before it answers anybody. The kernel gives each `append` its place
 * (O_APPEND), so records never overwrite each other. Nothing is flushed to the disk: it outlives processes, not power cuts.
 */
export class AppendFile {
  private readonly path: string;
  private handle: number | null = null;

  constructor(path: string) {
    this.path = path;
  }

  /** Makes the file, private, when it is the first record. Throws `io`, `disk-full`. */
  append(text: string): void {
    try {
      if (this.handle === null) mkdirSync(dirname(this.path), { recursive: true, mode: 0o700 });
      this.handle ??= openSync(this.path, 'a+', 0o600);
      writeSync(this.handle, text);
    } catch (error) {
      throw fileError('write', this.path, error);
    }
  }

  /** What stands behind `offset` (bytes); empty while there is no file. Throws `io`. */
  readFrom(offset: number): Buffer {
    try {
      this.handle ??= openSync(this.path, constants.O_RDWR | constants.O_APPEND);
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return Buffer.alloc(0);
      throw fileError('read', this.path, error);
    }
    try {
      const buffer = Buffer.alloc(Math.max(0, fstatSync(this.handle).size - offset));
      return buffer.subarray(0, buffer.length === 0 ? 0 : readSync(this.handle, buffer, 0, buffer.length, offset));
    } catch (error) {
      throw fileError('read', this.path, error);
    }
  }

  close(): void {
    if (this.handle !== null) closeSync(this.handle);
    this.handle = null;
  }
}
