/** Random kill points on a real OpenStack: wherever create and destroy die, nothing is made or done twice, and nothing is left. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type StandinDevstack, serveStandinDevstack } from '../standin-devstack/serve.ts';
import { killAtMoments } from '../support/random-kills.ts';
import { drawKills, type KillCounts, openChance, type Scale } from '../support/random-moments.ts';
import { runBuilder, startBuilder } from '../support/run-builder.ts';
import { type Account, readAccount, withSurvey } from './support/account.ts';
import { expectNoPasswords, expectOneStack, expectWholeLog, filesBelow } from './support/built-cluster.ts';
import { type LiveCluster, liveCluster } from './support/live-cluster.ts';

const NODES = ['controller', 'compute-1', 'compute-2'];
const STACK_SECONDS = 10;
/** A life may come to its end before its kill: a few more than are promised. */
const COUNTS: KillCounts = { opening: 2, preparing: 7, controller: 3, computes: 3, destroying: 9 };
const PROMISED = { create: 12, destroy: 8 };
const SCALE: Scale = {
  controllerStackMs: STACK_SECONDS * 900,
  computeStackMs: STACK_SECONDS * 900,
  // A server and a port for each node, and the security group.
  objects: 2 * NODES.length + 1,
};
const { seed, chance } = openChance();
// Create's moments and destroy's are drawn at once, so that the seed says both whatever happens between.
const moments = drawKills(COUNTS, SCALE, chance);

let standin: StandinDevstack;
let cluster: LiveCluster;
let before: Account;
let terminal = '';

function say(text: string): void {
  process.stdout.write(`random kills, seed ${seed}: ${text}\n`);
}

/** What is new in the account since the test began. */
async function countNew(): Promise<Record<keyof Account, number>> {
  const account = await readAccount();
  const count = (kind: keyof Account): number => account[kind].filter((id) => !before[kind].includes(id)).length;
  return {
    servers: count('servers'),
    ports: count('ports'),
    floatingIps: count('floatingIps'),
    securityGroups: count('securityGroups'),
  };
}

beforeAll(async () => {
  say('the moments of these kills are drawn by a seed that differs from run to run; BUILDER_TEST_SEED sets it');
  standin = await serveStandinDevstack({ seconds: STACK_SECONDS });
  cluster = await liveCluster('kills', standin.url);
  before = await readAccount();
}, 120_000);

afterAll(async () => {
  await cluster?.cleanUp();
  await standin?.close();
}, 300_000);

describe(`a cluster is built and removed in spite of kill -9 at random moments, seed ${seed}`, () => {
  test(`create is killed ${PROMISED.create} times and more`, async () => {
    const killed = await killAtMoments(moments.create, () => startBuilder(cluster.createArgs, cluster), say);
    terminal += killed.terminal;
    expect(killed.kills).toBeGreaterThanOrEqual(PROMISED.create);
  }, 400_000);

  test('the next create finishes', async () => {
    const ended = await runBuilder(cluster.createArgs, cluster);
    terminal += ended.stdout + ended.stderr;
    expect(ended.stderr).toContain('is ready');
    expect(ended.code).toBe(0);
  }, 300_000);

  test('each server, port and security group was made once', async () => {
    expect(await countNew()).toEqual({ servers: 3, ports: 3, floatingIps: 0, securityGroups: 1 });
    const { servers, ports, securityGroups, floatingIps } = await withSurvey();
    const id = servers.find(({ name }) => name === `dsb-${cluster.name}-controller-g1`)?.mark?.cluster;
    const marks = [...servers, ...ports, ...securityGroups, ...floatingIps].map(({ mark }) => mark);
    const keys = marks.flatMap((mark) => (mark?.cluster === id ? [`${mark?.key} ${mark?.generation}`] : []));
    expect(keys.toSorted()).toEqual([
      'create-port/compute-1 1',
      'create-port/compute-2 1',
      'create-port/controller 1',
      'create-security-group/cluster 1',
      'create-server/compute-1 1',
      'create-server/compute-2 1',
      'create-server/controller 1',
    ]);
    // Nor were twins made and removed, or servers made again.
    expect(terminal).not.toContain('W4004 surplus');
    expect(terminal).not.toContain('"node-replaced"');
  });

  test.each(NODES)('stack.sh ran exactly once on %s, and its log is the server’s, byte for byte', async (node) => {
    await expectOneStack(cluster, node);
    await expectWholeLog(cluster, node);
  });

  test('a further create finds nothing to do', async () => {
    const account = await readAccount();
    const ended = await runBuilder(cluster.createArgs, cluster);
    expect(ended.code).toBe(0);
    expect(ended.stderr).not.toContain('"step-started"');
    expect(await readAccount()).toEqual(account);
  });

  test('no password was let out', async () => {
    await expectNoPasswords(cluster, terminal);
  });

  test(`destroy is killed ${PROMISED.destroy} times and more, and the next one leaves the account as it was`, async () => {
    const args = ['destroy', cluster.name, '--progress', 'json'];
    const { kills } = await killAtMoments(moments.destroy, () => startBuilder(args, cluster), say);
    expect(kills).toBeGreaterThanOrEqual(PROMISED.destroy);
    const ended = await runBuilder(args, cluster);
    expect(ended.stderr).toContain('nothing is left');
    expect(ended.code).toBe(0);
    expect(await readAccount()).toEqual(before);
    expect(await filesBelow(`${cluster.state}/vault`)).toEqual([]);
  }, 400_000);
});
