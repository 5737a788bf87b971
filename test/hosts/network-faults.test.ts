/** A bad network between the builder and a real sshd: a remote job runs once and its log comes home whole, whatever happens to connections. */
import { join } from 'node:path';
import { describe, expect, it, type TestContext } from 'vitest';
import { systemClock } from '../../src/host/clock.ts';
import { systemRandom } from '../../src/host/random.ts';
import type { RemoteNode } from '../../src/remote/remote.ts';
import { openRemote } from '../../src/remote/ssh-remote.ts';
import { drawFault, type Fault, startFaultProxy } from '../support/fault-proxy.ts';
import { countedJob } from './counted-job.ts';
import { MemorySink } from './memory-sink.ts';
import { startSshd, whyNoSshd } from './sshd.ts';

const reason = whyNoSshd();
if (reason !== null) console.warn(`skipping the network faults of SSH: ${reason}`);
const never = new AbortController().signal;

/** Connections that are bad before the network mends: enough to hit handshake, upload, start and log. */
const BAD_CONNECTIONS = 4;
const SEEDS = [1, 2];
/** Answers lost at the same time, each on its own way to its own sshd. */
const LANES = 4;
/** To versions with key lists, the key exchange, the service, the login, the channel, and the command itself: each waits for the one before. */
const ANSWERS_AT_LEAST = 6;
const KINDS = ['latency', 'slicer', 'reset', 'black-hole', 'limit-data', 'drop-reply'] as const;

async function openBehind(context: TestContext, faultOf: (nth: number) => Fault) {
  const sshd = await startSshd();
  context.onTestFinished(() => sshd.stop());
  const proxy = await startFaultProxy(
    () => sshd.endpoint,
    (nth) => (nth < BAD_CONNECTIONS ? faultOf(nth) : { kind: 'none' }),
  );
  context.onTestFinished(() => proxy.close());
  const agent = { root: join(sshd.folder, 'agent'), graceMs: 500, stragglerMs: 500 };
  const remote = openRemote({ clock: systemClock, random: systemRandom, agent, readyTimeoutMs: 3_000 });
  context.onTestFinished(() => remote.close());
  const node: RemoteNode = remote.node({ ...sshd.endpoint, port: proxy.port });
  return { node, proxy, folder: sshd.folder };
}

/** Whether there was an nth answer to lose; a short job ran once and said the same either way. */
async function losesAnswer(nth: number, context: TestContext): Promise<boolean> {
  let left = nth;
  const { node, folder, proxy } = await openBehind(context, () => ({
    kind: 'drop-reply',
    isMeant: () => left-- === 0,
  }));
  const { spec, log, release, countRuns } = countedJob(folder);
  release();
  expect(await node.runShortJob(spec, never)).toMatchObject({ verdict: 'exited', code: 5, output: log });
  expect(countRuns()).toBe(1);
  const isLost = left < 0;
  if (isLost) expect(proxy.countFaults()).toBeGreaterThan(1);
  return isLost;
}

describe.skipIf(reason !== null).concurrent('behind a network with', () => {
  it.for(KINDS.flatMap((kind) => SEEDS.map((seed) => [kind, seed] as const)))(
    '%s faults of seed %i, a job runs once and its log is whole',
    async ([kind, seed], context) => {
      const { node, proxy, folder } = await openBehind(context, (nth) => drawFault(kind, seed, nth, 1));
      const { spec, release, expectOnce } = countedJob(folder);
      release();
      const sink = new MemorySink();
      expectOnce(await node.runJob(spec, sink, never, () => undefined), sink);
      expect(proxy.countFaults()).toBeGreaterThan(0);
    },
  );

  // How many answers a job needs is TCP's to say, so that the count goes up until none is left to lose.
  it.for(Array.from({ length: LANES }, (_, lane) => lane))(
    `every answer lost in turn from number %i in steps of ${LANES}, a short job runs once and its answer is the same`,
    async (lane, context) => {
      let nth = lane;
      while (await losesAnswer(nth, context)) nth += LANES;
      expect(nth).toBeGreaterThanOrEqual(ANSWERS_AT_LEAST);
    },
  );
});
