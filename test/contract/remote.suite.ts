/** What every implementation of the remote port must do, whatever stands behind it. */
import { createHash, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JobSpec, RemoteNode } from '../../src/remote/remote.ts';
import { MemorySink } from '../hosts/memory-sink.ts';

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
    }, 60_000);
    afterAll(() => subject.teardown());

    it('runs a short job and returns its output, code and digest', async () => {
      const result = await subject.node.runShortJob(job('echo out; echo err >&2; exit 7'), never);
      expect(result).toEqual({
        verdict: 'exited',
        code: 7,
        output: 'out\nerr\n',
        logBytes: 8,
        logSha256: sha256('out\nerr\n'),
      });
    });

    it('answers the recorded result for ever, and runs nothing again', async () => {
      const spec = job('date +%s%N');
      const first = await subject.node.runShortJob(spec, never);
      expect(await subject.node.runShortJob(spec, never)).toEqual(first);
      expect(await subject.node.jobStatus(spec.id, never)).toMatchObject({ state: 'done', result: { code: 0 } });
    });

    it('tells a signal from an exit code', async () => {
      expect(await subject.node.runShortJob(job('kill -9 $$'), never)).toMatchObject({ verdict: 'signaled', code: 9 });
      expect(await subject.node.runShortJob(job('exit 137'), never)).toMatchObject({ verdict: 'exited', code: 137 });
    });

    it('refuses other content under the same id', async () => {
      const spec = job('echo one');
      await subject.node.runShortJob(spec, never);
      await expect(subject.node.runShortJob({ ...spec, script: 'echo two' }, never)).rejects.toMatchObject({
        code: 'job-conflict',
      });
      await expect(subject.node.runShortJob({ ...spec, env: { A: 'b' } }, never)).rejects.toMatchObject({
        code: 'job-conflict',
      });
    });

    it('carries any value in the environment', async () => {
      const value = `it's "$HOME" $(id) \`id\` \\ !x * äöü\ttab\nline`;
      const result = await subject.node.runShortJob(
        job('printf %s "$VALUE"; sh -c \'printf %s "$VALUE"\' | sha256sum', { env: { VALUE: value } }),
        never,
      );
      expect(result.output).toBe(`${value}${sha256(value)}  -\n`);
    });

    it('gives a job an empty stdin, a plain umask and a clean environment', async () => {
      const { output } = await subject.node.runShortJob(
        job('cat; umask; pwd; id -u; test -z "$SSH_CONNECTION" && echo clean'),
        never,
      );
      expect(output).toBe('0022\n/\n0\nclean\n');
    });

    it('follows a log byte for byte into the sink', async () => {
      const sink = new MemorySink();
      const result = await subject.node.runJob(
        job('for i in 1 2 3; do echo $i; sleep 0.2; done; printf "\\0\\377end"; exit 3'),
        sink,
        never,
        () => undefined,
      );
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
      const spec = job('echo begun; sleep 60', { wallLimitMs: 300 });
      expect(await subject.node.runShortJob(spec, never)).toMatchObject({
        verdict: 'timeout',
        code: null,
        output: 'begun\n',
      });
    });

    it('cancels a job with all of its group', async () => {
      const spec = job('sleep 61 & echo begun; wait');
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
      await subject.node.runShortJob(job('printf 0123456789 >"/tmp/builder contract"'), never);
      expect(Buffer.from(await subject.node.readFile('/tmp/builder contract', 3, 4, never)).toString()).toBe('3456');
      expect(await subject.node.readFile('/tmp/no such file', 0, 10, never)).toHaveLength(0);
      await subject.node.runShortJob(job('rm "/tmp/builder contract"'), never);
    });

    it('only detaches when the signal aborts', async () => {
      const spec = job('echo begun; while ! test -e /tmp/builder-go; do sleep 0.05; done; echo ended');
      const detach = new AbortController();
      const sink = new MemorySink();
      const following = subject.node.runJob(spec, sink, detach.signal, () => undefined);
      await sink.reaches(6);
      detach.abort();
      await expect(following).rejects.toMatchObject({ code: 'canceled' });
      expect(await subject.node.jobStatus(spec.id, never)).toMatchObject({ state: 'running' });
      await subject.node.runShortJob(job('touch /tmp/builder-go'), never);
      await expect(subject.node.runJob(spec, sink, never, () => undefined)).resolves.toMatchObject({
        verdict: 'exited',
        code: 0,
      });
      expect(sink.bytes.toString()).toBe('begun\nended\n');
      await subject.node.runShortJob(job('rm /tmp/builder-go'), never);
    });

    it('does not wait for a daemon that keeps the log open', async () => {
      const spec = job('echo before; setsid sh -c "sleep 20; echo late" & exit 0');
      const startMs = performance.now();
      const result = await subject.node.runShortJob(spec, never);
      expect(result).toMatchObject({ verdict: 'exited', code: 0, output: 'before\n' });
      expect(performance.now() - startMs).toBeLessThan(15_000);
    });

    it('waits for those who still write the log when the script has ended', async () => {
      const { output } = await subject.node.runShortJob(job('(sleep 0.5; echo late) & echo first'), never);
      expect(output).toBe('first\nlate\n');
    });

    it('brings 5 MB of log home whole', async () => {
      const sink = new MemorySink();
      const result = await subject.node.runJob(job('head -c 5000000 /dev/urandom'), sink, never, () => undefined);
      expect(result.logBytes).toBe(5_000_000);
      expect(sha256(sink.bytes)).toBe(result.logSha256);
    }, 30_000);
  });
}
