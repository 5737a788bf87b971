/** A bad network between the builder and its cloud: whatever it does to connections, nothing is made twice and nothing is left. */
import { describe, expect, type TestContext, test } from 'vitest';
import { ERRORS } from '../../src/errors.ts';
import { spread } from '../../src/rehearsal/chance.ts';
import { stateOf } from '../../src/rehearsal/server-life.ts';
import { credentialsOf } from '../../src/rehearsal/start.ts';
import { drawFault, type Fault, startFaultProxy } from '../support/fault-proxy.ts';
import { type Ended, startBuilder, waitForOutput } from '../support/run-builder.ts';
import { NO_CLOUD, type RehearsalOfTest, rehearse } from '../wire/rehearse.ts';

const MOST_RUNS = 8;
const CREATE = [
  'create',
  '--layout',
  'all-in-one',
  '--settle',
  '2',
  '--ssh-timeout',
  '30',
  '--progress',
  'none',
] as const;

const SEED = 1;
/** Of the connections that could not be used at all otherwise. */
const SHARE = 0.8;

/** Answers of every third write to the cloud are lost, on whichever connection. */
function loseWrites(): () => Fault {
  let writes = 0;
  const isMeant = (request: Buffer): boolean =>
    /^(POST|DELETE) /.test(request.toString('latin1')) && spread(SEED, 'write', writes++) < 1 / 3;
  return () => ({ kind: 'drop-reply', isMeant });
}

const NETWORKS: Readonly<Record<string, (nth: number) => Fault>> = {
  latency: (nth) => drawFault('latency', SEED, nth, 1),
  'pieces of a few bytes': (nth) => drawFault('slicer', SEED, nth, 1),
  'resets within requests': (nth) => drawFault('reset', SEED, nth, SHARE),
  'black holes': (nth) => drawFault('black-hole', SEED, nth, SHARE),
  'ends within answers': (nth) => drawFault('limit-data', SEED, nth, SHARE),
  'answers that are lost': (nth) => drawFault('drop-reply', SEED, nth, SHARE),
  'writes whose answers are lost': loseWrites(),
};

/** The rehearsal cloud behind a proxy that has this fault; the way to the servers leads through it too. */
async function openBehind(rehearsal: RehearsalOfTest, faultOf: (nth: number) => Fault, context: TestContext) {
  const served = rehearsal.start('rehearsal', 'serve', '-f', 'json', '--rehearsal-speed', '2000');
  context.onTestFinished(async () => {
    served.child.kill('SIGINT');
    await served.ended;
  });
  await waitForOutput(served, (output) => output.includes('until Ctrl-C'));
  const { url } = JSON.parse(served.output().split('\n', 1)[0] ?? '') as { readonly url: string };
  const proxy = await startFaultProxy(() => ({ host: '127.0.0.1', port: Number(new URL(url).port) }), faultOf);
  context.onTestFinished(() => proxy.close());
  const front = `http://127.0.0.1:${proxy.port}`;
  const environment = {
    ...NO_CLOUD,
    ...credentialsOf(front),
    // The catalog names the cloud's own address, which would lead past the proxy.
    OS_COMPUTE_ENDPOINT_OVERRIDE: `${front}/compute/v2.1`,
    OS_NETWORK_ENDPOINT_OVERRIDE: `${front}/network`,
    OS_IMAGE_ENDPOINT_OVERRIDE: `${front}/image`,
    BUILDER_SSH_PROXY: front,
    // git's refs are the cloud's; what git does about a bad network is git's.
    GIT_CONFIG_COUNT: '2',
    GIT_CONFIG_KEY_0: `url.${url}/git/.insteadOf`,
    GIT_CONFIG_VALUE_0: 'https://',
    GIT_CONFIG_KEY_1: 'http.proxy',
    GIT_CONFIG_VALUE_1: '',
  };
  const build = (...args: readonly string[]): Promise<Ended> => {
    const running = startBuilder(args, { state: rehearsal.state, environment });
    context.onTestFinished(() => void running.child.kill('SIGKILL'));
    return running.ended;
  };
  return { proxy, build };
}

/** A failure that the catalogue knows, and no bug. */
function expectCatalogued({ code, stderr }: Ended): void {
  const known = Object.values(ERRORS).filter(({ id }) => id !== ERRORS.internal.id);
  expect(
    known.map(({ exit }) => exit),
    stderr,
  ).toContain(code);
  const [, id] = /^error (E\d+) /m.exec(stderr) ?? [];
  if (id !== undefined) expect(known, stderr).toContainEqual(expect.objectContaining({ id, exit: code }));
}

/** The same command until it ends well. */
async function insist(build: () => Promise<Ended>): Promise<void> {
  for (let runs = 1; ; runs += 1) {
    const ended = await build();
    if (ended.code === 0) return;
    expectCatalogued(ended);
    expect(runs, ended.stderr).toBeLessThan(MOST_RUNS);
  }
}

/** Commands that were begun on servers, each as often as it was. */
function jobsOf(rehearsal: RehearsalOfTest): readonly string[] {
  return rehearsal.ledger().flatMap(({ deed }) => (deed?.operation === 'run-job' ? [deed.subject] : []));
}

describe.concurrent('behind a network with', { timeout: 240_000 }, () => {
  test.for(Object.entries(NETWORKS))('%s, a cluster is created and destroyed', async ([, faultOf], context) => {
    const rehearsal = rehearse(context);
    const { proxy, build } = await openBehind(rehearsal, faultOf, context);
    await insist(() => build(...CREATE));
    expect(proxy.countFaults()).toBeGreaterThan(0);
    expect([rehearsal.countMade('server'), rehearsal.countMade('floating-ip')]).toEqual([1, 1]);
    expect(
      [...rehearsal.world()['security-group'].values()].filter(({ name }) => name.startsWith('dsb-')),
    ).toHaveLength(1);
    const jobs = jobsOf(rehearsal);
    expect(jobs.filter((subject) => subject.endsWith('run-stack-g1'))).toHaveLength(1);
    expect(new Set(jobs).size).toBe(jobs.length);
    await insist(() => build('destroy', '--yes', '--progress', 'none'));
    const { server, port } = rehearsal.world();
    expect([...server.values()].filter((row) => stateOf(row, Number.MAX_SAFE_INTEGER).status !== 'GONE')).toEqual([]);
    expect(port.size + rehearsal.world()['floating-ip'].size).toBe(0);
  });
});
