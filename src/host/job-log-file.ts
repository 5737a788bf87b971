/** The local file of one remote job's log: redacted on the way in, resumable at a committed position. */
import { createHash, type Hash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { BuilderError } from '../errors.ts';
import { errnoOf, fileError } from './errno.ts';
import { syncPath } from './file-system.ts';
import { ensureFolder } from './folders.ts';

/** What is kept for good: `offset` raw bytes with their digest, of which `fileBytes` redacted bytes are in the file. */
export interface KeptLog {
  readonly offset: number;
  readonly prefixSha256: string;
  readonly fileBytes: number;
}

/** Takes raw bytes, gives redacted ones, holds some back so that a secret split over two chunks is caught. */
export interface RedactingStream {
  push(chunk: Uint8Array): Uint8Array;
  end(): Uint8Array;
  readonly heldBytes: number;
}

export interface JobLogOptions {
  readonly path: string;
  /** Where an earlier run stopped; null for a new log. */
  readonly kept: KeptLog | null;
  openRedactor(): RedactingStream;
  /** Commits a position; the file's bytes are on disk before it is called. */
  commit(kept: KeptLog): Promise<void>;
}

/**
 * A sink for `RemoteNode.runJob`. After a crash the raw log is read again from its start, because a digest cannot be
 * continued from a stored value: bytes already kept are hashed and compared with the kept digest, then the file goes on where
 * it was. A different prefix means that another log stands on the server, and the local file may have gone: `append` throws
 * `log-changed` then, `restart` begins anew. Throws `disk-full` and `io` where the file cannot be written.
 */
export class JobLogFile {
  private readonly options: JobLogOptions;
  private hash: Hash = createHash('sha256');
  private seen = 0;
  private released = 0;
  private waiting = Buffer.alloc(0);
  private fileBytes: number;
  private replayUntil: number;
  private redactor: RedactingStream;
  private file: FileHandle | undefined;

  constructor(options: JobLogOptions) {
    this.options = options;
    this.replayUntil = options.kept?.offset ?? 0;
    this.fileBytes = options.kept?.fileBytes ?? 0;
    this.redactor = options.openRedactor();
  }

  position(): { readonly offset: number; readonly prefixSha256: string } {
    return { offset: this.seen, prefixSha256: this.digestOfSeen() };
  }

  async append(chunk: Uint8Array): Promise<void> {
    // Opened while bytes are still replayed: a file that is gone must be noticed when it can be written again.
    await this.openFile();
    const replayed = chunk.subarray(0, Math.max(0, this.replayUntil - this.seen));
    if (replayed.length > 0) {
      this.hash.update(replayed);
      this.seen += replayed.length;
      this.released += replayed.length;
      if (this.seen === this.replayUntil && this.hash.copy().digest('hex') !== this.options.kept?.prefixSha256) {
        throw this.tellChanged('the log on the server differs from the part already kept');
      }
    }
    const fresh = chunk.subarray(replayed.length);
    if (fresh.length === 0) return;
    this.seen += fresh.length;
    await this.write(this.redactor.push(fresh), fresh);
  }

  async restart(): Promise<void> {
    this.hash = createHash('sha256');
    this.seen = 0;
    this.released = 0;
    this.waiting = Buffer.alloc(0);
    this.fileBytes = 0;
    this.replayUntil = 0;
    this.redactor = this.options.openRedactor();
    const file = await this.openFile();
    await file.truncate(0);
    await this.commit();
  }

  async end(): Promise<void> {
    await this.write(this.redactor.end(), new Uint8Array());
    await this.close();
  }

  /** Closes the file; the committed position stays. */
  async close(): Promise<void> {
    await this.file?.close();
    this.file = undefined;
  }

  private digestOfSeen(): string {
    return this.hash.copy().update(this.waiting).digest('hex');
  }

  private async openFile(): Promise<FileHandle> {
    if (this.file !== undefined) return this.file;
    const { path } = this.options;
    await ensureFolder(dirname(path));
    try {
      this.file = await open(path, this.fileBytes > 0 ? 'r+' : 'w+', 0o600);
      if ((await this.file.stat()).size < this.fileBytes)
        throw this.tellChanged('the local file is shorter than the part kept');
      // What a crash left after the committed position is written again from the raw log.
      await this.file.truncate(this.fileBytes);
      // A name that a power cut takes away would take with it what the journal says is kept.
      if (this.fileBytes === 0) await syncPath(dirname(path));
      return this.file;
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') throw this.tellChanged('the local file with the part kept is gone');
      throw this.toFailure(error);
    }
  }

  private async write(redacted: Uint8Array, raw: Uint8Array): Promise<void> {
    const file = await this.openFile();
    if (redacted.length > 0) {
      try {
        await file.write(redacted, 0, redacted.length, this.fileBytes);
        await file.datasync();
      } catch (error) {
        throw this.toFailure(error);
      }
      this.fileBytes += redacted.length;
    }
    const unhashed = Buffer.concat([this.waiting, raw]);
    const held = this.redactor.heldBytes;
    const releasable = unhashed.subarray(0, unhashed.length - held);
    this.hash.update(releasable);
    this.released += releasable.length;
    this.waiting = Buffer.from(unhashed.subarray(releasable.length));
    await this.commit();
  }

  /** Nothing kept counts any more: the log must be followed from its start. */
  private tellChanged(message: string): BuilderError {
    this.replayUntil = 0;
    return new BuilderError('log-changed', message, { at: this.options.path });
  }

  private toFailure(error: unknown): unknown {
    return error instanceof BuilderError ? error : fileError('write', this.options.path, error);
  }

  private commit(): Promise<void> {
    const prefixSha256 = this.hash.copy().digest('hex');
    return this.options.commit({ offset: this.released, prefixSha256, fileBytes: this.fileBytes });
  }
}
