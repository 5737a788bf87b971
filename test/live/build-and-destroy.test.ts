/** The main job on a real OpenStack: built in spite of kills, nothing twice, nothing left. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PATCH } from '../standin-devstack/patch.ts';
import { type StandinDevstack, serveStandinDevstack } from '../standin-devstack/serve.ts';
import { type Ended, killHard, type Running, runBuilder, startBuilder, waitForOutput } from '../support/run-builder.ts';
import { type Account, readAccount, serversOf, waitForServers } from './support/account.ts';
import { expectNoPasswords, expectOneStack, expectWholeLog, filesBelow, onNode } from './support/built-cluster.ts';
import { type LiveCluster, liveCluster } from './support/live-cluster.ts';

const NODES = ['controller', 'compute-1', 'compute-2'];

let standin: StandinDevstack;
let cluster: LiveCluster;
let before: Account;
let given: string;
const terminal: string[] = [];

/** Events of the json renderer that match; the renderer prints one object per line. */
function hasEvent(output: string, type: string, key: string): boolean {
  return output.split('\n').some((line) => line.includes(`"${type}"`) && line.includes(`"${key}"`));
}

async function interrupt(args: readonly string[], isDue: (output: string) => boolean): Promise<void> {
  const running: Running = startBuilder(args, cluster);
  await waitForOutput(running, isDue);
  const ended = await killHard(running);
  terminal.push(ended.stdout + ended.stderr);
  expect(ended.signal).toBe('SIGKILL');
}

async function run(args: readonly string[]): Promise<Ended> {
  const ended = await runBuilder(args, cluster);
  terminal.push(ended.stdout + ended.stderr);
  return ended;
}

/** A patch, a plugin and a role's own local.conf text, as a user keeps them. */
async function giveFiles(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'builder-given-'));
  await mkdir(join(folder, 'patches'));
  await mkdir(join(folder, 'mine', 'devstack'), { recursive: true });
  await writeFile(join(folder, 'patches', '0001-add.patch'), PATCH);
  await writeFile(join(folder, 'mine', 'devstack', 'plugin.sh'), 'true\n');
  await writeFile(join(folder, 'compute.conf'), '[[post-config|$NOVA_CPU_CONF]]\n[DEFAULT]\ndebug = True\n');
  return folder;
}

beforeAll(async () => {
  standin = await serveStandinDevstack({ seconds: 12 });
  given = await giveFiles();
  const files = ['--patches', join(given, 'patches'), '--extras', join(given, 'mine'), '--templates', given];
  cluster = await liveCluster('live', standin.url, files);
  before = await readAccount();
}, 120_000);

afterAll(async () => {
  await cluster?.cleanUp();
  await standin?.close();
  if (given !== undefined) await rm(given, { recursive: true, force: true });
}, 300_000);

describe('a cluster is built in spite of kill -9 and removed without a trace', () => {
  test.each([1, 2, 3])(
    'killed as soon as %i of the servers exist, before their answers are in',
    async (count) => {
      const running = startBuilder(cluster.createArgs, cluster);
      await waitForServers(cluster.name, count, running);
      terminal.push((await killHard(running)).stderr);
    },
    240_000,
  );

  test('killed during stack.sh of the controller', async () => {
    // Whichever milestone is seen: the builder looks every few seconds, and this stack.sh is a short one.
    await interrupt(cluster.createArgs, (output) => hasEvent(output, 'step-progress', 'run-stack/controller'));
  }, 300_000);

  test('killed between the nodes', async () => {
    await interrupt(cluster.createArgs, (output) => hasEvent(output, 'step-done', 'run-stack/controller'));
  }, 300_000);

  test('the next create finishes', async () => {
    const ended = await run(cluster.createArgs);
    expect(ended.stderr).toContain('is ready');
    expect(ended.code).toBe(0);
    expect((await serversOf(cluster.name)).map(({ name }) => name).sort()).toEqual(
      NODES.map((node) => `dsb-${cluster.name}-${node}-g1`).sort(),
    );
  }, 300_000);

  test.each(NODES)('stack.sh ran exactly once on %s', async (node) => {
    await expectOneStack(cluster, node);
  });

  test('patches, plugin and templates are on the nodes', async () => {
    const conf = await onNode(
      cluster,
      'compute-1',
      'sudo',
      'cat',
      '/opt/stack/devstack/local.conf',
      '/opt/stack/devstack/added.txt',
    );
    expect(conf).toContain('enable_plugin mine file:///opt/stack/mine');
    expect(conf).toContain('[[post-config|$NOVA_CPU_CONF]]');
    expect(conf).toMatch(/^hello$/m);
    const kept = await readFile(join(cluster.state, 'clusters', cluster.name, 'local.conf', 'compute-1'), 'utf8');
    expect(kept).toContain('{{secret:admin_password}}');
  });

  test('every planned hypervisor is mapped', async () => {
    const hosts = await onNode(cluster, 'controller', 'sudo', 'nova-manage', 'cell_v2', 'list_hosts');
    for (const node of NODES) expect(hosts).toMatch(new RegExp(`\\| ${node} `));
  });

  test('the log of the re-attached stack.sh is the server’s, byte for byte but for the secrets', async () => {
    await expectWholeLog(cluster, 'controller');
  });

  test('a second create sends no write and ends in seconds', async () => {
    const account = await readAccount();
    const startedAt = performance.now();
    const ended = await run(cluster.createArgs);
    expect(ended.code).toBe(0);
    expect(hasEvent(ended.stderr, 'step-started', '')).toBe(false);
    expect(await readAccount()).toEqual(account);
    expect(performance.now() - startedAt).toBeLessThan(30_000);
  });

  test('status, list and logs tell it', async () => {
    const status = JSON.parse((await run(['status', cluster.name, '-f', 'json'])).stdout) as {
      nodes: { name: string; state: string }[];
    };
    expect(status.nodes.map(({ name, state }) => `${name} ${state}`).sort()).toEqual(
      NODES.map((node) => `${node} ready`).sort(),
    );
    expect((await run(['list', '-f', 'value'])).stdout).toContain(cluster.name);
    expect((await run(['logs', cluster.name, 'controller', 'run-stack'])).stdout).toContain(
      'The password: ‹admin_password›',
    );
  });

  test('no password appears in the state, the logs, the terminal or a command line', async () => {
    await expectNoPasswords(cluster, terminal.join(''));
  });

  test('destroy killed half-way and begun again leaves the account as it was', async () => {
    await interrupt(['destroy', cluster.name, '--progress', 'json'], (output) => output.includes('removing server'));
    const ended = await run(['destroy', cluster.name, '--progress', 'json']);
    expect(ended.stderr).toContain('nothing is left');
    expect(ended.code).toBe(0);
    expect(await readAccount()).toEqual(before);
    expect(await filesBelow(join(cluster.state, 'vault'))).toEqual([]);
  }, 300_000);
});
