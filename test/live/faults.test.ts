/** What goes wrong on a real OpenStack is named, costs no other node anything, and is mended by the same command. */
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type StandinDevstack, serveStandinDevstack } from '../standin-devstack/serve.ts';
import { runBuilder, startBuilder, waitForOutput } from '../support/run-builder.ts';
import { type Account, readAccount, serversOf, withSurvey } from './support/account.ts';
import { connectLive, zoneOptions } from './support/connect.ts';
import { type LiveCluster, liveCluster } from './support/live-cluster.ts';

/** The faults of the test cloud's servers, each with a cluster of its own, whose compute it befalls. */
const SERVER_FAULTS = { error: 1, retry: 9, nossh: 1 } as const;
type ServerFault = keyof typeof SERVER_FAULTS;

const ONE_COMPUTE = ['--hypervisors', '1'];

let before: Account;
let standin: StandinDevstack;
let faulty: StandinDevstack;
const clusters: LiveCluster[] = [];
const faultClusters = new Map<ServerFault, LiveCluster>();

beforeAll(async () => {
  standin = await serveStandinDevstack({ seconds: 5 });
  faulty = await serveStandinDevstack({ seconds: 5, fail: 'compute-1:Starting Nova' });
  before = await readAccount();
  if (!hasFaults) return;
  // Short, yet long enough for the fresh server, which boots while all the others are at work.
  const patience = ['--ssh-timeout', '75'];
  for (const fault of ['error', 'retry', 'nossh'] as const)
    faultClusters.set(fault, await newCluster(standin.url, [...ONE_COMPUTE, ...(fault === 'nossh' ? patience : [])]));
  // All at once: the cloud counts down in this file while it is read.
  await setFaults(
    [...faultClusters].map(([fault, { name }]) => ({
      name: `dsb-${name}-compute-1-*`,
      fault,
      times: SERVER_FAULTS[fault],
    })),
  );
}, 120_000);

afterAll(async () => {
  if (hasFaults) await setFaults([]);
  await Promise.all(clusters.map((cluster) => cluster.cleanUp()));
  expect(await readAccount()).toEqual(before);
  await Promise.all([standin?.close(), faulty?.close()]);
}, 300_000);

async function newCluster(url: string, extra: readonly string[]): Promise<LiveCluster> {
  const cluster = await liveCluster('fault', url, [...(await zoneOptions(clusters.length)), ...extra]);
  clusters.push(cluster);
  return cluster;
}

/** The test cloud reads its faults from a file beside its credentials; another cloud has no such thing. */
const faultsFile = join(dirname(process.env['OS_CLIENT_CONFIG_FILE'] ?? ''), 'faults.json');
async function setFaults(rules: readonly unknown[]): Promise<void> {
  await writeFile(faultsFile, JSON.stringify(rules));
}
const hasFaults = await readFile(join(dirname(faultsFile), 'clouds.yaml')).then(
  () => true,
  () => false,
);
if (!hasFaults)
  process.stdout.write(
    'skipped: servers that go to ERROR need the test cloud, whose faults.json lies beside its clouds.yaml\n',
  );

/** One server for each node, and the compute's is its second. */
async function expectFreshCompute({ name }: LiveCluster): Promise<void> {
  const names = (await serversOf(name)).map((server) => server.name).toSorted();
  expect(names).toEqual([`dsb-${name}-compute-1-g2`, `dsb-${name}-controller-g1`]);
}

function clusterWith(fault: ServerFault): LiveCluster {
  const cluster = faultClusters.get(fault);
  if (cluster === undefined) throw new Error(`there is no cluster with the fault ${fault}`);
  return cluster;
}

// Side by side, for all of them mostly wait, and the account has room for these at once.
describe.skipIf(!hasFaults)('a server that goes to ERROR', { concurrent: true }, () => {
  test('is replaced within the budget, and the cluster is finished', async () => {
    const cluster = clusterWith('error');
    const ended = await runBuilder(cluster.createArgs, cluster);
    expect(ended.stderr).toContain('"node-replaced"');
    expect(ended.stderr).toContain('injected fault');
    expect(ended.code).toBe(0);
    await expectFreshCompute(cluster);
    expect((await runBuilder(['destroy', cluster.name, '--yes'], cluster)).code).toBe(0);
  }, 400_000);

  test('again and again is given up with exit 5, and the controller is ready all the same', async () => {
    const cluster = clusterWith('retry');
    const ended = await runBuilder(cluster.createArgs, cluster);
    expect(ended.stderr).toContain('"no-capacity"');
    expect(ended.code).toBe(5);
    const status = JSON.parse((await runBuilder(['status', cluster.name, '-f', 'json'], cluster)).stdout) as {
      nodes: { name: string; state: string }[];
    };
    expect(status.nodes.find(({ name }) => name === 'controller')?.state).not.toBe('failed');
    expect((await runBuilder(['destroy', cluster.name, '--yes'], cluster)).code).toBe(0);
  }, 400_000);
});

describe.skipIf(!hasFaults)('an sshd that never answers', { concurrent: true }, () => {
  test('is named, and mended by --on-failure replace', async () => {
    const cluster = clusterWith('nossh');
    const ended = await runBuilder(cluster.createArgs, cluster);
    expect(ended.stderr).toContain('"no-ssh"');
    expect(ended.stderr).toMatch(/"step-done".*"run-stack\/controller"/);
    expect(ended.code).toBe(5);
    const again = await runBuilder([...cluster.createArgs, '--on-failure', 'replace'], cluster);
    expect(again.code).toBe(0);
    expect(again.stderr).toMatch(/"node-replaced".*"compute-1 could not be reached by SSH/);
    await expectFreshCompute(cluster);
    expect((await runBuilder(['destroy', cluster.name, '--yes'], cluster)).code).toBe(0);
  }, 500_000);
});

describe('a stack.sh that exits 1, and Ctrl-C', { concurrent: true }, () => {
  test('is named with its cause; the same command replaces the server and finishes; Ctrl-C once and twice lose nothing', async () => {
    const cluster = await newCluster(faulty.url, ONE_COMPUTE);
    const first = startBuilder(cluster.createArgs, cluster);
    await waitForOutput(first, (output) => /"step-started".*"install-packages\/controller"/.test(output));
    const stoppedAt = performance.now();
    first.child.kill('SIGINT');
    const stopped = await first.ended;
    expect(stopped.code).toBe(130);
    expect(stopped.stderr).toContain('stopping');
    expect(performance.now() - stoppedAt).toBeLessThan(31_000);

    const second = startBuilder(cluster.createArgs, cluster);
    await waitForOutput(second, (output) => output.includes('"step-started"'));
    second.child.kill('SIGINT');
    second.child.kill('SIGINT');
    expect((await second.ended).code).toBe(130);

    const failed = await runBuilder(cluster.createArgs, cluster);
    expect(failed.stderr).toContain('"stack-failed"');
    expect(failed.stderr).toContain('the same command again replaces this server');
    expect(failed.code).toBe(5);
    const other = await runBuilder([...cluster.createArgs, '--branch', 'master'], cluster);
    expect(other.stderr).toContain('E2010 layout-changed');

    await faulty.heal();
    const mended = await runBuilder(cluster.createArgs, cluster);
    expect(mended.stderr).toContain('"node-replaced"');
    expect(mended.code).toBe(0);
    await expectFreshCompute(cluster);
    expect((await runBuilder(['destroy', cluster.name, '--yes'], cluster)).code).toBe(0);
  }, 600_000);
});

describe('what is not ours', { concurrent: true }, () => {
  test('a server of a name of ours stops create, and is never touched', async () => {
    const cluster = await newCluster(standin.url, ['--layout', 'all-in-one']);
    const { cloud } = await connectLive();
    const signal = new AbortController().signal;
    const [images, flavors, networks] = await Promise.all([
      cloud.listImages(signal),
      cloud.listFlavors(signal),
      cloud.listNetworks(signal),
    ]);
    const mark = {
      cluster: 'a'.repeat(26),
      key: 'create-port/stranger',
      generation: 1,
      nonce: randomBytes(8).toString('hex'),
      epoch: 1,
    };
    const pick = <T extends { name: string; id: string }>(things: readonly T[], name: string): string =>
      things.find((thing) => thing.name === name)?.id ?? '';
    const port = await cloud.createPort(
      {
        name: 'stranger',
        networkId: pick(networks, 'provider'),
        subnetId: null,
        macAddress: null,
        securityGroupIds: [],
        mark,
      },
      signal,
    );
    const server = await cloud.createServer(
      {
        name: `dsb-${cluster.name}-controller-g1`,
        imageId: pick(images, 'debian-12'),
        flavorId: pick(flavors, 'ds.small'),
        portId: port.id,
        zone: null,
        keyName: null,
        userData: '#cloud-config\n{}\n',
        mark,
      },
      signal,
    );
    try {
      const ended = await runBuilder(cluster.createArgs, cluster);
      expect(ended.stderr).toMatch(/E10001 name-clash/);
      expect(ended.code).toBe(10);
      const destroyed = await runBuilder(
        ['destroy', '--cluster-id', 'b'.repeat(26), '--yes', '--progress', 'none'],
        cluster,
      );
      expect(destroyed.code).toBe(0);
      expect((await withSurvey()).servers.map(({ id }) => id)).toContain(server.id);
    } finally {
      await cloud.deleteServer(server.id, signal);
      while ((await cloud.getServer(server.id, signal)) !== null)
        await new Promise((resolve) => setTimeout(resolve, 500));
      await cloud.deletePort(port.id, signal);
      await cloud.close();
    }
  }, 300_000);
});
