/** The remote port against a real sshd and a real sh, with every way a session can be cut. */
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../src/host/clock.ts';
import { makeKeyPair } from '../../src/host/key-pair.ts';
import { systemRandom } from '../../src/host/random.ts';
import type { Remote } from '../../src/remote/remote.ts';
import { openRemote, type RemoteOptions } from '../../src/remote/ssh-remote.ts';
import { job, remoteSuite } from '../contract/remote.suite.ts';
import { MemorySink } from './memory-sink.ts';
import { type Sshd, startSshd, whyNoSshd } from './sshd.ts';

const reason = whyNoSshd();
if (reason !== null) console.warn(`skipping the tests of SSH: ${reason}`);
const never = new AbortController().signal;
const root = mkdtempSync(join(tmpdir(), 'builder-agent-'));
const opened: Remote[] = [];

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

function openAside(options: Partial<RemoteOptions> = {}): Remote {
  const agent = { root, graceMs: 500, stragglerMs: 1_500 };
  return openRemote({ clock: systemClock, random: systemRandom, agent, patienceMs: 20_000, ...options });
}

/** Closed after the test. */
function open(options: Partial<RemoteOptions> = {}): Remote {
  const remote = openAside(options);
  opened.push(remote);
  return remote;
}

afterAll(() => rmSync(root, { recursive: true, force: true }));

describe.skipIf(reason !== null)('over a real sshd', () => {
  remoteSuite('ssh2 to OpenSSH', async () => {
    const sshd = await startSshd();
    const remote = openAside();
    return {
      node: remote.node(sshd.endpoint),
      teardown: async () => {
        await remote.close();
        await sshd.stop();
      },
    };
  });

  let sshd: Sshd;
  beforeAll(async () => {
    sshd = await startSshd();
  });
  afterEach(async () => {
    for (const remote of opened.splice(0)) await remote.close();
  });
  afterAll(() => sshd.stop());

  const jobFile = (id: string, name: string): string => join(root, 'jobs', id, name);
  const pidOf = (id: string): number => Number(/^pid (\d+)$/m.exec(readFileSync(jobFile(id, 'child'), 'utf8'))?.[1]);

  it('does a short job in one round trip', async () => {
    const node = open().node(sshd.endpoint);
    await node.waitReachable(10_000, never);
    const before = sshd.sessions();
    await node.runShortJob(job('sleep 0.3; echo done'), never);
    expect(sshd.sessions() - before).toBe(1);
  });

  it('runs a job once that is started twelve times at once', async () => {
    const count = join(root, 'count');
    const spec = job(`echo ran >>${count}; sleep 0.3`);
    const nodes = [open(), open(), open()].map((remote) => remote.node(sshd.endpoint));
    const results = await Promise.all(
      [...nodes, ...nodes, ...nodes, ...nodes].map((node) => node.runShortJob(spec, never)),
    );
    expect(new Set(results.map((result) => JSON.stringify(result))).size).toBe(1);
    expect(readFileSync(count, 'utf8')).toBe('ran\n');
  });

  it('brings the same log home when the session is killed again and again', async () => {
    const node = open().node(sshd.endpoint);
    const sink = new MemorySink();
    const following = node.runJob(
      job('for i in $(seq 1 60); do echo "line $i"; sleep 0.05; done; exit 5'),
      sink,
      never,
      () => undefined,
    );
    for (const bytes of [1, 100, 250]) {
      await sink.reaches(bytes);
      sshd.signalConnections('SIGKILL');
    }
    expect(await following).toMatchObject({ verdict: 'exited', code: 5 });
    expect(sink.bytes.toString()).toBe(Array.from({ length: 60 }, (_, index) => `line ${index + 1}\n`).join(''));
    expect(sink.restarts).toBe(0);
  });

  it('goes on where another builder stopped', async () => {
    const spec = job('for i in $(seq 1 40); do echo "line $i"; sleep 0.05; done');
    const first = open();
    const sink = new MemorySink();
    const lost = first.node(sshd.endpoint).runJob(spec, sink, never, () => undefined);
    const outcome = expect(lost).rejects.toMatchObject({ code: 'canceled' });
    await sink.reaches(50);
    await first.close();
    await outcome;
    await open()
      .node(sshd.endpoint)
      .runJob(spec, sink, never, () => undefined);
    expect(sink.bytes.toString()).toBe(Array.from({ length: 40 }, (_, index) => `line ${index + 1}\n`).join(''));
  });

  it('waits for an sshd that is away for a while', async () => {
    const node = open().node(sshd.endpoint);
    const sink = new MemorySink();
    const following = node.runJob(job('echo begun; sleep 1; echo ended'), sink, never, () => undefined);
    await sink.reaches(6);
    await sshd.suspend();
    const status = node.jobStatus('nothing-g1-a1', never);
    await sshd.resume();
    await Promise.all([following, status]);
    expect(sink.bytes.toString()).toBe('begun\nended\n');
  });

  it('notices a frozen sshd by keepalives and goes on when it thaws', async () => {
    const node = open({ keepaliveMs: 100, keepaliveCount: 3, readyTimeoutMs: 1_000 }).node(sshd.endpoint);
    const sink = new MemorySink();
    const following = node.runJob(job('echo begun; sleep 1.5; echo ended'), sink, never, () => undefined);
    await sink.reaches(6);
    const before = sshd.log().split('Accepted publickey').length;
    expect(sshd.signalConnections('SIGSTOP')).toBeGreaterThan(0);
    expect(await following).toMatchObject({ verdict: 'exited' });
    expect(sshd.log().split('Accepted publickey').length).toBeGreaterThan(before);
    sshd.signalConnections('SIGKILL');
    expect(sink.bytes.toString()).toBe('begun\nended\n');
  });

  it('never runs a job again whose supervisor was killed, and still learns its code', async () => {
    const count = join(root, 'count-supervisor');
    const spec = job(`echo ran >>${count}; echo begun; sleep 1; echo ended; exit 4`);
    const node = open().node(sshd.endpoint);
    const sink = new MemorySink();
    const following = node.runJob(spec, sink, never, () => undefined);
    await sink.reaches(6);
    process.kill(supervisorOf(pidOf(spec.id)), 'SIGKILL');
    expect(await following).toMatchObject({ verdict: 'exited', code: 4 });
    expect(readFileSync(count, 'utf8')).toBe('ran\n');
  });

  it('calls a job lost when everything around it was killed', async () => {
    const count = join(root, 'count-lost');
    const spec = job(`echo ran >>${count}; echo begun; sleep 60`);
    const node = open().node(sshd.endpoint);
    const sink = new MemorySink();
    const following = node.runJob(spec, sink, never, () => undefined);
    await sink.reaches(6);
    const child = pidOf(spec.id);
    for (const pid of [supervisorOf(child), wrapperOf(child)]) process.kill(pid, 'SIGKILL');
    process.kill(-child, 'SIGKILL');
    expect(await following).toMatchObject({ verdict: 'lost', code: null });
    expect(await node.runShortJob(spec, never)).toMatchObject({ verdict: 'lost', output: 'begun\n' });
    expect(readFileSync(count, 'utf8')).toBe('ran\n');
  });

  it('calls a job rebooted whose start was in another boot', async () => {
    const spec = job('echo begun; sleep 60');
    const node = open().node(sshd.endpoint);
    const sink = new MemorySink();
    const following = node.runJob(spec, sink, never, () => undefined);
    await sink.reaches(6);
    const child = pidOf(spec.id);
    const started = readFileSync(jobFile(spec.id, 'started'), 'utf8');
    writeFileSync(
      jobFile(spec.id, 'started'),
      started.replace(/boot_id .*/, 'boot_id 00000000-0000-0000-0000-000000000000'),
    );
    for (const pid of [supervisorOf(child), wrapperOf(child)]) process.kill(pid, 'SIGKILL');
    process.kill(-child, 'SIGKILL');
    expect(await following).toMatchObject({ verdict: 'rebooted' });
  });

  it('refuses another host key before it authenticates', async () => {
    const other = await startSshd('node-2');
    try {
      await other.changeHostKey();
      const failure = open().node(other.endpoint).jobStatus('any-g1-a1', never);
      await expect(failure).rejects.toMatchObject({ code: 'host-key', disposition: 'terminal' });
      await expect(failure).rejects.toThrow(/shows host key SHA256:\S+, expected SHA256:/);
      expect(other.log()).not.toMatch(/Accepted|Failed publickey|Postponed/);
    } finally {
      await other.stop();
    }
  });

  it('names a refused login, and keeps trying while it waits for a node', async () => {
    const stranger = { ...sshd.endpoint, node: 'node-3', privateKey: makeKeyPair('stranger').privateKey };
    await expect(open().node(stranger).jobStatus('any-g1-a1', never)).rejects.toMatchObject({ code: 'ssh-auth' });
    const before = sshd.log().split('Connection closed by authenticating user').length;
    await expect(open().node(stranger).waitReachable(1_200, never)).rejects.toMatchObject({ code: 'ssh-auth' });
    expect(sshd.log().split('Connection closed by authenticating user').length - before).toBeGreaterThan(1);
  });

  it('says that a node was never reached', async () => {
    const nobody = { ...sshd.endpoint, node: 'node-4', port: 1 };
    await expect(open().node(nobody).waitReachable(300, never)).rejects.toMatchObject({ code: 'no-ssh' });
    await expect(open().node(nobody).waitReachable(60_000, AbortSignal.abort())).rejects.toMatchObject({
      code: 'canceled',
    });
  });

  it('refuses a builder that is older than one the node has seen', async () => {
    const node = open({ agent: { root: join(root, 'fenced'), graceMs: 500, stragglerMs: 500 } }).node(sshd.endpoint);
    const spec = job('echo new', { epoch: 8 });
    await node.runShortJob(spec, never);
    await expect(node.runShortJob(job('echo old', { epoch: 7 }), never)).rejects.toMatchObject({ code: 'fenced' });
    await expect(node.cancelJob(spec.id, 7, never)).rejects.toMatchObject({ code: 'fenced' });
    expect(await node.runShortJob({ ...spec, epoch: 9 }, never)).toMatchObject({ code: 0, output: 'new\n' });
  });

  it('reads a log again from its start when the part already kept differs', async () => {
    const spec = job('echo right; sleep 0.2');
    const node = open().node(sshd.endpoint);
    const sink = new MemorySink();
    await sink.append(Buffer.from('wrong'));
    await node.runJob(spec, sink, never, () => undefined);
    expect(sink.restarts).toBe(1);
    expect(sink.bytes.toString()).toBe('right\n');
  });

  it('does not accept a log that was cut or changed after the record was made', async () => {
    const node = open().node(sshd.endpoint);
    const cut = job('echo whole');
    await node.runShortJob(cut, never);
    truncateSync(jobFile(cut.id, 'log'), 3);
    await expect(node.runJob(cut, new MemorySink(), never, () => undefined)).rejects.toMatchObject({
      code: 'log-changed',
    });
    const changed = job('echo whole; : again');
    await node.runShortJob(changed, never);
    writeFileSync(jobFile(changed.id, 'log'), 'fresh\n');
    await expect(node.runJob(changed, new MemorySink(), never, () => undefined)).rejects.toMatchObject({
      code: 'log-changed',
    });
  });

  it('leaves out what a daemon writes after the record', async () => {
    const spec = job('echo mine');
    const node = open().node(sshd.endpoint);
    await node.runShortJob(spec, never);
    appendFileSync(jobFile(spec.id, 'log'), 'of a daemon\n');
    const sink = new MemorySink();
    await node.runJob(spec, sink, never, () => undefined);
    expect(sink.bytes.toString()).toBe('mine\n');
  });

  it('tells when a log has been quiet for long', async () => {
    const told: number[] = [];
    const node = open().node(sshd.endpoint);
    await node.runJob(job('echo begun; sleep 1.2', { quietLimitMs: 300 }), new MemorySink(), never, (ms) =>
      told.push(ms),
    );
    expect(told.length).toBeGreaterThanOrEqual(2);
    expect(told[0]).toBeGreaterThanOrEqual(250);
    // A slow start is a quiet time of its own; within one the times rise.
    expect(told.some((ms, index) => index > 0 && ms > (told[index - 1] ?? Infinity))).toBe(true);
  });

  it('leaves no secret behind once the job has ended', async () => {
    const spec = job('test "$PASSWORD" = hush-hush', { env: { PASSWORD: 'hush-hush' } });
    expect(await open().node(sshd.endpoint).runShortJob(spec, never)).toMatchObject({ code: 0 });
    await expect.poll(() => existsSync(jobFile(spec.id, 'env'))).toBe(false);
  });
});

function parentOf(pid: number): number {
  return Number(
    readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')[1],
  );
}

/** setsid waits for the script, the wrapper for setsid, the supervisor for the wrapper. */
function wrapperOf(child: number): number {
  return parentOf(parentOf(child));
}

function supervisorOf(child: number): number {
  return parentOf(wrapperOf(child));
}
