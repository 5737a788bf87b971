/** What a node itself can do to a remote job: full disks, reboots, wrong clocks, lacking programs, strange shells. */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it, type TestContext } from 'vitest';
import { systemClock } from '../../src/host/clock.ts';
import { systemRandom } from '../../src/host/random.ts';
import type { Endpoint, RemoteNode } from '../../src/remote/remote.ts';
import { openRemote } from '../../src/remote/ssh-remote.ts';
import { job } from '../contract/remote.suite.ts';
import type { BurstReport, BurstWish } from './burst-reader.ts';
import { countedJob } from './counted-job.ts';
import { MemorySink } from './memory-sink.ts';
import { killJobs, type Sshd, startSshd, whyNoSshd } from './sshd.ts';

const reason = whyNoSshd();
if (reason !== null) console.warn(`skipping the faults of nodes: ${reason}`);
const never = new AbortController().signal;
const noQuiet = (): void => undefined;

async function start(context: TestContext, world: string): Promise<Sshd> {
  const sshd = await startSshd('node-1', [], world);
  context.onTestFinished(() => sshd.stop());
  return sshd;
}

function rootOf({ folder }: Sshd): string {
  return join(folder, 'agent');
}

function open(context: TestContext, sshd: Sshd, endpoint: Endpoint = sshd.endpoint, clock = systemClock): RemoteNode {
  const agent = { root: rootOf(sshd), graceMs: 500, stragglerMs: 500 };
  const remote = openRemote({ clock, random: systemRandom, agent, patienceMs: 1_000 });
  context.onTestFinished(() => remote.close());
  return remote.node(endpoint);
}

function smallDisk(options: string): string {
  return `mkdir -p "$folder/agent"; mount -t tmpfs -o ${options} tmpfs "$folder/agent"`;
}

/** A program that says that it is some days from now. */
function wrongDate(days: number): string {
  return `mount -t tmpfs tmpfs /usr/local/sbin
printf '#!/bin/sh\\nexec /bin/date -d "${days} days" "$@"\\n' >/usr/local/sbin/date
chmod 755 /usr/local/sbin/date`;
}

/** A user of this node only, with this login shell and this word in sudoers. */
function loginUser(shell: string, sudo: string): string {
  return `mount -t tmpfs tmpfs /mnt
cp /etc/passwd /etc/shadow /etc/sudoers /mnt
echo 'guest:x:64200:64200::/:${shell}' >>/mnt/passwd
echo 'guest:*:19000:0:99999:7:::' >>/mnt/shadow
echo 'guest ALL=(ALL) ${sudo}ALL' >>/mnt/sudoers
for file in passwd shadow sudoers; do mount --bind /mnt/$file /etc/$file; done`;
}

describe.skipIf(reason !== null).concurrent('a disk', () => {
  it.for<readonly [what: string, options: string]>([
    ['without room for the agent', 'size=8k'],
    ['without room for a job', 'size=64k,nr_inodes=5'],
  ])('%s is told as full', async ([, options], context) => {
    const node = open(context, await start(context, smallDisk(options)));
    await expect(node.runShortJob(job('exit 0'), never)).rejects.toMatchObject({ code: 'server-disk-full' });
  });

  it.for<readonly [what: string, options: string, fill: string]>([
    ['that a job fills', 'size=256k', 'head -c 1m /dev/zero >fill'],
    ['whose last inode a job takes', 'size=4m,nr_inodes=40', 'i=0; while : >fill.$i; do i=$((i + 1)); done'],
  ])('%s costs no record once there is room', async ([, options, fill], context) => {
    const sshd = await start(context, smallDisk(options));
    const full = join(rootOf(sshd), 'full');
    const [count, filled] = [join(sshd.folder, 'count'), join(sshd.folder, 'filled')];
    const sink = new MemorySink();
    const script = `echo ran >>${count}; echo begun; mkdir ${full}; cd ${full}; ( ${fill} ) 2>/dev/null; : >${filled}; exit 3`;
    const following = open(context, sshd).runJob(job(script), sink, never, noQuiet);
    await context.expect.poll(() => existsSync(filled), { timeout: 10_000 }).toBe(true);
    // The record waits for room, and so does whoever follows.
    expect(await Promise.race([following, systemClock.sleep(1_000, never)])).toBeUndefined();
    rmSync(sshd.inside(full), { recursive: true });
    expect(await following).toMatchObject({ verdict: 'exited', code: 3, logBytes: sink.bytes.length });
    expect(sink.bytes.toString()).toBe('begun\n');
    expect(readFileSync(count, 'utf8')).toBe('ran\n');
  });
});

describe.skipIf(reason !== null).concurrent('a log', () => {
  it.for<readonly [how: string, harm: (log: string) => void]>([
    ['truncated', (log) => truncateSync(log, 10)],
    [
      'replaced',
      (log) => {
        writeFileSync(`${log}.new`, 'of somebody else\n');
        renameSync(`${log}.new`, log);
      },
    ],
  ])(
    'that is %s while it is followed is read again, and what its record names comes home',
    async ([, harm], context) => {
      const sshd = await start(context, ':');
      const { spec, release, countRuns } = countedJob(sshd.folder);
      const sink = new MemorySink();
      const following = open(context, sshd).runJob(spec, sink, never, noQuiet);
      await sink.reaches(50);
      harm(join(rootOf(sshd), 'jobs', spec.id, 'log'));
      release();
      const result = await following;
      expect(result).toMatchObject({ verdict: 'exited', code: 5, logBytes: sink.bytes.length });
      expect(sink.position().prefixSha256).toBe(result.logSha256);
      expect(sink.restarts).toBeGreaterThan(0);
      expect(countRuns()).toBe(1);
    },
  );
});

/** Follows a job in a process of its own, whose memory is nobody else's. */
async function followAside(wish: BurstWish): Promise<BurstReport> {
  const child = execFile(process.execPath, [join(import.meta.dirname, 'burst-reader.ts')]);
  child.stdin?.end(JSON.stringify(wish));
  const output = child.stdout === null ? '' : await text(child.stdout);
  return JSON.parse(output) as BurstReport;
}

describe.skipIf(reason !== null)('a burst', () => {
  it('of 200 MB comes home whole, in less memory than it has', { timeout: 240_000 }, async (context) => {
    const sshd = await start(context, ':');
    const size = 200_000_000;
    const spec = job(`yes "a line of stack.sh that says something" | head -c ${size}`);
    const report = await followAside({ endpoint: sshd.endpoint, root: rootOf(sshd), spec });
    expect(report.result).toMatchObject({ verdict: 'exited', code: 0, logBytes: size, logSha256: report.sha256 });
    expect(report.bytes).toBe(size);
    expect(report.mostMemoryBytes).toBeLessThan(size);
  });
});

describe.skipIf(reason !== null).concurrent('a node', () => {
  it('with another boot id has rebooted, and the job is not run again', async (context) => {
    const sshd = await start(context, ':');
    const { spec, countRuns } = countedJob(sshd.folder);
    const sink = new MemorySink();
    const following = open(context, sshd).runJob(spec, sink, never, noQuiet);
    await sink.reaches(50);
    await sshd.suspend();
    expect(killJobs(spec.id)).toBeGreaterThan(0);
    writeFileSync(join(sshd.folder, 'boot_id'), '00000000-0000-0000-0000-000000000000\n');
    await sshd.resume('mount --bind "$folder/boot_id" /proc/sys/kernel/random/boot_id');
    expect(await following).toMatchObject({ verdict: 'rebooted', code: null, logBytes: sink.bytes.length });
    expect(countRuns()).toBe(1);
  });

  it.for([1, -1])('and a builder whose clocks are %i days apart do not mind', async (days, context) => {
    const sshd = await start(context, wrongDate(days));
    const { spec, release, expectOnce } = countedJob(sshd.folder);
    const sink = new MemorySink();
    let offsetMs = 0;
    const clock = { ...systemClock, now: () => new Date(systemClock.now().getTime() + offsetMs) };
    const following = open(context, sshd, sshd.endpoint, clock).runJob(spec, sink, never, noQuiet);
    await sink.reaches(50);
    // It is set right while the job runs.
    offsetMs = days * 86_400_000;
    release();
    expectOnce(await following, sink);
  });

  it('without flock and setsid is told so', async (context) => {
    const sshd = await start(context, 'for p in flock setsid; do mount --bind /dev/null /usr/bin/$p; done');
    await expect(open(context, sshd).runShortJob(job('exit 0'), never)).rejects.toMatchObject({
      code: 'distro',
      message: 'node-1 lacks flock, setsid',
    });
  });

  it('whose sudo asks for a password is told so', async (context) => {
    const sshd = await start(context, loginUser('/bin/sh', ''));
    await expect(
      open(context, sshd, { ...sshd.endpoint, user: 'guest' }).runShortJob(job('exit 0'), never),
    ).rejects.toMatchObject({ code: 'ssh-auth', message: 'node-1: user guest may not use sudo without a password' });
  });

  it('that runs nothing from /tmp runs jobs', async (context) => {
    const sshd = await start(context, 'mount --bind /tmp /tmp; mount -o remount,bind,noexec /tmp');
    const { spec, release, expectOnce } = countedJob(sshd.folder);
    release();
    const sink = new MemorySink();
    expectOnce(await open(context, sshd).runJob(spec, sink, never, noQuiet), sink);
  });

  it.for(['/usr/bin/fish', '/usr/bin/csh'])('with the login shell %s runs jobs', async (shell, context) => {
    context.skip(!existsSync(shell), `${shell} is missing`);
    const sshd = await start(context, loginUser(shell, 'NOPASSWD: '));
    const { spec, release, expectOnce } = countedJob(sshd.folder);
    release();
    const sink = new MemorySink();
    const endpoint = { ...sshd.endpoint, user: 'guest' };
    expectOnce(await open(context, sshd, endpoint).runJob(spec, sink, never, noQuiet), sink);
  });
});
