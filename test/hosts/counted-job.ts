/** A remote job that counts its executions, and what must be true of it however often the way to its node was lost. */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { JobResult, JobSpec } from '../../src/remote/remote.ts';
import { job } from '../contract/remote.suite.ts';
import type { MemorySink } from './memory-sink.ts';

const LINES = 40;
const CODE = 5;

export interface CountedJob {
  readonly spec: JobSpec;
  /** What its log says in the end. */
  readonly log: string;
  /** It ran once, its record says how it ended, and the sink holds the log that the record names. */
  expectOnce(result: JobResult, sink: MemorySink): void;
  countRuns(): number;
  /** Lets the second half begin. */
  release(): void;
}

/** Prints half of its log, waits to be released, and prints the rest; `folder` is one that the node sees as we do. */
export function countedJob(folder: string): CountedJob {
  const count = join(folder, 'count');
  const go = join(folder, 'go');
  const half = LINES / 2;
  const spec = job(`echo ran >>${count}
print() { for i in $(seq $1 $2); do echo "line $i"; sleep 0.02; done; }
print 1 ${half}
until [ -f ${go} ]; do sleep 0.05; done
print ${half + 1} ${LINES}
exit ${CODE}`);
  const log = Array.from({ length: LINES }, (_, index) => `line ${index + 1}\n`).join('');
  const countRuns = (): number => readFileSync(count, 'utf8').split('\n').length - 1;
  return {
    spec,
    log,
    countRuns,
    release: () => writeFileSync(go, ''),
    expectOnce(result, sink) {
      expect(countRuns()).toBe(1);
      expect(result).toMatchObject({ verdict: 'exited', code: CODE, logBytes: log.length });
      expect(sink.bytes.toString()).toBe(log);
      expect(result.logSha256).toBe(createHash('sha256').update(sink.bytes).digest('hex'));
      expect(sink.hasEnded).toBe(true);
    },
  };
}
