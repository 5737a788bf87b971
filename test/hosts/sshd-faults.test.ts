/** What a real sshd and the way to it can do to a builder that follows a remote job: the job runs once and its log comes home whole. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, type TestContext } from 'vitest';
import { systemClock } from '../../src/host/clock.ts';
import { systemRandom } from '../../src/host/random.ts';
import type { Remote } from '../../src/remote/remote.ts';
import { openRemote, type RemoteOptions } from '../../src/remote/ssh-remote.ts';
import { type Fault, startFaultProxy, type Target } from '../support/fault-proxy.ts';
import { countedJob } from './counted-job.ts';
import { MemorySink } from './memory-sink.ts';
import { type Sshd, startSshd, whyNoSshd } from './sshd.ts';

const reason = whyNoSshd();
if (reason !== null) console.warn(`skipping the faults of sshd: ${reason}`);
const never = new AbortController().signal;
const noQuiet = (): void => undefined;

async function start(context: TestContext, settings: readonly string[] = [], world: string | null = null) {
  const sshd = await startSshd('node-1', settings, world);
  context.onTestFinished(() => sshd.stop());
  return sshd;
}

function open(context: TestContext, { folder }: Sshd, options: Partial<RemoteOptions> = {}): Remote {
  const agent = { root: join(folder, 'agent'), graceMs: 500, stragglerMs: 1_500 };
  const remote = openRemote({ clock: systemClock, random: systemRandom, agent, patienceMs: 20_000, ...options });
  context.onTestFinished(() => remote.close());
  return remote;
}

/** The endpoint of an sshd behind a proxy. */
async function behind(
  context: TestContext,
  sshd: Sshd,
  faultOf: (nth: number) => Fault,
  targetOf?: (nth: number) => Target,
) {
  const proxy = await startFaultProxy(targetOf ?? (() => sshd.endpoint), faultOf);
  context.onTestFinished(() => proxy.close());
  return { ...sshd.endpoint, port: proxy.port };
}

/** Done to sshd while a job is followed, and undone when it resolves. */
const WHILE_FOLLOWED: Readonly<Record<string, (sshd: Sshd) => Promise<void>>> = {
  async 'its session stands still for a while'(sshd) {
    expect(sshd.signalConnections('SIGSTOP')).toBeGreaterThan(0);
    await systemClock.sleep(200, never);
    sshd.signalConnections('SIGCONT');
  },
  async 'its session is killed while nobody accepts connections'(sshd) {
    sshd.signalListener('SIGSTOP');
    sshd.signalConnections('SIGKILL');
    // Longer than a handshake may take: who connects meanwhile gives up and comes again.
    await systemClock.sleep(1_500, never);
    sshd.signalListener('SIGCONT');
  },
  async 'all of sshd is killed and started again'(sshd) {
    await sshd.suspend();
    await sshd.resume();
  },
};

describe.skipIf(reason !== null).concurrent('a followed job', () => {
  it.for(Object.entries(WHILE_FOLLOWED))('runs once when %s', async ([, harm], context) => {
    const sshd = await start(context);
    const node = open(context, sshd, { readyTimeoutMs: 1_000 }).node(sshd.endpoint);
    const { spec, release, expectOnce } = countedJob(sshd.folder);
    const sink = new MemorySink();
    const following = node.runJob(spec, sink, never, noQuiet);
    await sink.reaches(50);
    await harm(sshd);
    release();
    expectOnce(await following, sink);
  });

  it('runs once when eight builders come at once and sshd lets in one at a time', async (context) => {
    const sshd = await start(context, ['MaxStartups 1']);
    const { spec, release, countRuns } = countedJob(sshd.folder);
    release();
    const remotes = Array.from({ length: 8 }, () => open(context, sshd));
    const results = await Promise.all(remotes.map((remote) => remote.node(sshd.endpoint).runShortJob(spec, never)));
    expect(new Set(results.map((result) => JSON.stringify(result))).size).toBe(1);
    expect(countRuns()).toBe(1);
    expect(sshd.log()).toContain('beginning MaxStartups throttling');
  });

  it('runs once when sshd dies before it could tell the exit status of a command', async (context) => {
    const folder = mkdtempSync(join(tmpdir(), 'builder-killer-'));
    context.onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    // The first four commands have their effect and say nothing.
    const killer = `#!/bin/sh
sh -c "$SSH_ORIGINAL_COMMAND" >${folder}/answer.$$
code=$?
[ "$(ls ${folder} | grep -c killed)" -ge 4 ] || { : >${folder}/killed.$$; kill -9 $PPID; }
cat ${folder}/answer.$$
exit $code
`;
    writeFileSync(join(folder, 'command'), killer, { mode: 0o755 });
    const sshd = await start(context, [`ForceCommand ${folder}/command`]);
    const { spec, release, expectOnce } = countedJob(sshd.folder);
    release();
    const sink = new MemorySink();
    expectOnce(await open(context, sshd).node(sshd.endpoint).runJob(spec, sink, never, noQuiet), sink);
    expect(readdirSync(folder).filter((name) => name.startsWith('killed'))).toHaveLength(4);
  });
});

describe.skipIf(reason !== null).concurrent('a handshake', () => {
  it('that dribbles is given up, and the next one does the work', async (context) => {
    const sshd = await start(context);
    const dribble: Fault = { kind: 'slicer', bytes: 1, pauseMs: 1_000 };
    const endpoint = await behind(context, sshd, (nth) => (nth === 0 ? dribble : { kind: 'none' }));
    const { spec, release, expectOnce } = countedJob(sshd.folder);
    release();
    const sink = new MemorySink();
    const remote = open(context, sshd, { readyTimeoutMs: 1_500 });
    expectOnce(await remote.node(endpoint).runJob(spec, sink, never, noQuiet), sink);
  });

  it('that dribbles for ever is told as a node that cannot be reached', async (context) => {
    const sshd = await start(context);
    const endpoint = await behind(context, sshd, () => ({ kind: 'slicer', bytes: 1, pauseMs: 1_000 }));
    const node = open(context, sshd, { readyTimeoutMs: 1_500 }).node(endpoint);
    await expect(node.waitReachable(2_000, never)).rejects.toMatchObject({ code: 'no-ssh' });
  });

  it('that ends before the keys are exchanged is tried again', async (context) => {
    const sshd = await start(context);
    const endpoint = await behind(context, sshd, (nth) =>
      nth < 3 ? { kind: 'limit-data', bytes: nth * 40 } : { kind: 'none' },
    );
    const { spec, release, expectOnce } = countedJob(sshd.folder);
    release();
    const sink = new MemorySink();
    expectOnce(await open(context, sshd).node(endpoint).runJob(spec, sink, never, noQuiet), sink);
  });

  it('with a strange host key ends the following at any connection, and nothing is sent there', async (context) => {
    const sshd = await start(context);
    const stranger = await start(context);
    let isStrange = false;
    const endpoint = await behind(
      context,
      sshd,
      () => ({ kind: 'none' }),
      () => (isStrange ? stranger : sshd).endpoint,
    );
    const { spec, release, expectOnce } = countedJob(sshd.folder);
    const sink = new MemorySink();
    const node = open(context, sshd).node(endpoint);
    const following = node.runJob(spec, sink, never, noQuiet);
    const refused = expect(following).rejects.toMatchObject({ code: 'host-key', disposition: 'terminal' });
    await sink.reaches(50);
    isStrange = true;
    sshd.signalConnections('SIGKILL');
    await refused;
    expect(stranger.log()).not.toMatch(/Accepted|Failed publickey|Postponed/);
    isStrange = false;
    release();
    expectOnce(await node.runJob(spec, sink, never, noQuiet), sink);
  });

  it('with the right key but on another disk does not run there what ran elsewhere', async (context) => {
    const disk = 'mount -t tmpfs tmpfs "$folder/agent"';
    const sshd = await start(context, [], `mkdir -p "$folder/agent"; ${disk}`);
    const { spec, countRuns } = countedJob(sshd.folder);
    const sink = new MemorySink();
    const following = open(context, sshd).node(sshd.endpoint).runJob(spec, sink, never, noQuiet);
    const lost = expect(following).rejects.toMatchObject({ code: 'job-lost' });
    await sink.reaches(50);
    await sshd.suspend();
    await sshd.resume(disk);
    await lost;
    expect(countRuns()).toBe(1);
  });
});
