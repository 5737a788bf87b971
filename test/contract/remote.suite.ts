/** What every implementation of the remote port must do, whatever stands behind it. */
import { createHash, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JobSpec, RemoteNode } from '../../src/remote/remote.ts';
import { MemorySink } from '../hosts/memory-sink.ts';
import { PROBE_FILE, SCRIPTS } from './remote-scripts.ts';

export interface RemoteSubject {
  readonly node: RemoteNode;
  readonly teardown: () => Promise<void>;
}

const never = new AbortController().signal;

export function job(script: string, changes: Partial<JobSpec> = {}): JobSpec {
  return {
    id: `step-${randomUUID()}-g1-a1`,
    script,
    env: {},
    epoch: 1,
    wallLimitMs: 60_000,
    quietLimitMs: null,
    ...changes,
  };
}

function sha256(text: string | Uint8Array): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Registers the suite; `setup` gives a node on which jobs run as root. */
export function remoteSuite(name: string, setup: () => Promise<RemoteSubject>): void {
  describe(`the remote port: ${name}`, () => {
    let subject: RemoteSubject;
    beforeAll(async () => {
      subject = await setup();
    });
    afterAll(() => subject.teardown());

    it('runs a short job and returns its output, code and digest', async () => {
      const result = await subject.node.runShortJob(job(SCRIPTS.speakAndFail), never);
      expect(result).toEqual({
        verdict: 'exited',
        code: 7,
        output: 'out\nerr\n',
        logBytes: 8,
        logSha256: sha256('out\nerr\n'),
      });
    });

    it('answers the recorded result for ever, and runs nothing again', async () => {
      const spec = job(SCRIPTS.tellTime);
      const first = await subject.node.runShortJob(spec, never);
      expect(await subject.node.runShortJob(spec, never)).toEqual(first);
      expect(await subject.node.jobStatus(spec.id, never)).toMatchObject({ state: 'done', result: { code: 0 } });
    });

    it('tells a signal from an exit code', async () => {
      expect(await subject.node.runShortJob(job(SCRIPTS.killSelf), never)).toMatchObject({
        verdict: 'signaled',
        code: 9,
      });
      expect(await subject.node.runShortJob(job(SCRIPTS.exitLikeKilled), never)).toMatchObject({
        verdict: 'exited',
        code: 137,
      });
    });

    it('refuses other content under the same id', async () => {
      const spec = job(SCRIPTS.sayOne);
      await subject.node.runShortJob(spec, never);
      await expect(subject.node.runShortJob({ ...spec, script: SCRIPTS.sayTwo }, never)).rejects.toMatchObject({
        code: 'job-conflict',
      });
      await expect(subject.node.runShortJob({ ...spec, env: { A: 'b' } }, never)).rejects.toMatchObject({
        code: 'job-conflict',
      });
    });

    it('carries any value in the environment', async () => {
      const value = `it's "$HOME" $(id) \`id\` \\ !x * äöü\ttab\nline`;
      const result = await subject.node.runShortJob(job(SCRIPTS.echoValue, { env: { VALUE: value } }), never);
      expect(result.output).toBe(`${value}${sha256(value)}  -\n`);
    });

    it('gives a job an empty stdin, a plain umask and a clean environment', async () => {
      const { output } = await subject.node.runShortJob(job(SCRIPTS.showSurroundings), never);
      expect(output).toBe('0022\n/\n0\nclean\n');
    });

    it('follows a log byte for byte into the sink', async () => {
      const sink = new MemorySink();
      const result = await subject.node.runJob(job(SCRIPTS.count), sink, never, () => undefined);
      expect(result).toMatchObject({
        verdict: 'exited',
        code: 3,
        logBytes: sink.bytes.length,
        logSha256: sha256(sink.bytes),
      });
      expect(sink.bytes).toEqual(Buffer.concat([Buffer.from('1\n2\n3\n\0'), Buffer.from([0xff]), Buffer.from('end')]));
      expect(sink.hasEnded).toBe(true);
    });

    it('ends a job at its wall limit', async () => {
      const spec = job(SCRIPTS.hang, { wallLimitMs: 300 });
      expect(await subject.node.runShortJob(spec, never)).toMatchObject({
        verdict: 'timeout',
        code: null,
        output: 'begun\n',
      });
    });

    it('cancels a job with all of its group', async () => {
      const spec = job(SCRIPTS.hangInGroup);
      const sink = new MemorySink();
      const following = subject.node.runJob(spec, sink, never, () => undefined);
      await sink.reaches(6);
      expect(await subject.node.cancelJob(spec.id, 1, never)).toMatchObject({ verdict: 'canceled', code: null });
      expect(await following).toMatchObject({ verdict: 'canceled' });
    });

    it('knows nothing of a job that was never put', async () => {
      expect(await subject.node.jobStatus('nothing-g1-a1', never)).toEqual({ state: 'absent', logBytes: 0 });
      await expect(subject.node.cancelJob('nothing-g1-a1', 1, never)).rejects.toMatchObject({ code: 'job-lost' });
    });

    it('reads a piece of a file, and nothing of one that is missing', async () => {
      await subject.node.runShortJob(job(SCRIPTS.writeFile), never);
      expect(Buffer.from(await subject.node.readFile(PROBE_FILE, 3, 4, never)).toString()).toBe('3456');
      expect(await subject.node.readFile('/tmp/no such file', 0, 10, never)).toHaveLength(0);
      await subject.node.runShortJob(job(SCRIPTS.removeFile), never);
    });

    it('only detaches when the signal aborts', async () => {
      const spec = job(SCRIPTS.speakTwice);
      const detach = new AbortController();
      const sink = new MemorySink();
      const following = subject.node.runJob(spec, sink, detach.signal, () => undefined);
      await sink.reaches(6);
      detach.abort();
      await expect(following).rejects.toMatchObject({ code: 'canceled' });
      expect(await subject.node.jobStatus(spec.id, never)).toMatchObject({ state: 'running' });
      await expect(subject.node.runJob(spec, sink, never, () => undefined)).resolves.toMatchObject({
        verdict: 'exited',
        code: 0,
      });
      expect(sink.bytes.toString()).toBe('begun\nended\n');
    });

    it('does not wait for a daemon that keeps the log open', async () => {
      const spec = job(SCRIPTS.leaveDaemon);
      const startMs = performance.now();
      const result = await subject.node.runShortJob(spec, never);
      expect(result).toMatchObject({ verdict: 'exited', code: 0, output: 'before\n' });
      expect(performance.now() - startMs).toBeLessThan(15_000);
    });

    it('waits for those who still write the log when the script has ended', async () => {
      const { output } = await subject.node.runShortJob(job(SCRIPTS.leaveWriter), never);
      expect(output).toBe('first\nlate\n');
    });

    it('brings 5 MB of log home whole', async () => {
      const sink = new MemorySink();
      const result = await subject.node.runJob(job(SCRIPTS.flood), sink, never, () => undefined);
      expect(result.logBytes).toBe(5_000_000);
      expect(sha256(sink.bytes)).toBe(result.logSha256);
    }, 30_000);
  });
}
