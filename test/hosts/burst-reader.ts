/** A process of its own that follows one remote job and says how much memory that took. Input and output are JSON. */
import { createHash } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { systemClock } from '../../src/host/clock.ts';
import { systemRandom } from '../../src/host/random.ts';
import type { Endpoint, JobResult, JobSpec, LogSink } from '../../src/remote/remote.ts';
import { openRemote } from '../../src/remote/ssh-remote.ts';

export interface BurstWish {
  readonly endpoint: Endpoint;
  readonly root: string;
  readonly spec: JobSpec;
}

export interface BurstReport {
  readonly result: JobResult;
  readonly bytes: number;
  readonly sha256: string;
  readonly mostMemoryBytes: number;
}

/** Keeps the digest only. */
class DigestSink implements LogSink {
  private hash = createHash('sha256');
  bytes = 0;

  position(): ReturnType<LogSink['position']> {
    return { offset: this.bytes, prefixSha256: this.hash.copy().digest('hex') };
  }

  append(chunk: Uint8Array): Promise<void> {
    this.hash.update(chunk);
    this.bytes += chunk.length;
    return Promise.resolve();
  }

  restart(): Promise<void> {
    this.hash = createHash('sha256');
    this.bytes = 0;
    return Promise.resolve();
  }

  end(): Promise<void> {
    return Promise.resolve();
  }
}

const { endpoint, root, spec } = JSON.parse(await text(process.stdin)) as BurstWish;
const remote = openRemote({ clock: systemClock, random: systemRandom, agent: { root } });
const sink = new DigestSink();
const result = await remote.node(endpoint).runJob(spec, sink, new AbortController().signal, () => undefined);
await remote.close();
const report: BurstReport = {
  result,
  bytes: sink.bytes,
  sha256: sink.position().prefixSha256,
  mostMemoryBytes: process.resourceUsage().maxRSS * 1024,
};
process.stdout.write(JSON.stringify(report));
