/** A log sink in memory that tells when it has grown. */
import { createHash } from 'node:crypto';
import type { LogSink } from '../../src/remote/remote.ts';

export class MemorySink implements LogSink {
  bytes = Buffer.alloc(0);
  restarts = 0;
  hasEnded = false;
  private readonly waiting: { readonly bytes: number; readonly tell: () => void }[] = [];

  position(): { readonly offset: number; readonly prefixSha256: string } {
    return { offset: this.bytes.length, prefixSha256: createHash('sha256').update(this.bytes).digest('hex') };
  }

  append(chunk: Uint8Array): Promise<void> {
    this.bytes = Buffer.concat([this.bytes, chunk]);
    for (const each of this.waiting) if (this.bytes.length >= each.bytes) each.tell();
    return Promise.resolve();
  }

  restart(): Promise<void> {
    this.bytes = Buffer.alloc(0);
    this.restarts += 1;
    return Promise.resolve();
  }

  end(): Promise<void> {
    this.hasEnded = true;
    return Promise.resolve();
  }

  /** Resolves when that many bytes are there. */
  reaches(bytes: number): Promise<void> {
    if (this.bytes.length >= bytes) return Promise.resolve();
    return new Promise((tell) => this.waiting.push({ bytes, tell }));
  }
}
