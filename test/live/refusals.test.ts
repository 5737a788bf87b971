/** What is wrong is told before anything is created, each with its exit code, on a real OpenStack. */
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type StandinDevstack, serveStandinDevstack } from '../standin-devstack/serve.ts';
import { type Ended, runBuilder } from '../support/run-builder.ts';
import { type Account, readAccount } from './support/account.ts';
import { type LiveCluster, liveCluster } from './support/live-cluster.ts';

let standin: StandinDevstack;
let cluster: LiveCluster;
let before: Account;
let folder: string;

beforeAll(async () => {
  standin = await serveStandinDevstack({ seconds: 1 });
  cluster = await liveCluster('refuse', standin.url);
  folder = await mkdtemp(join(tmpdir(), 'builder-refusals-'));
  before = await readAccount();
}, 120_000);

afterAll(async () => {
  expect(await readAccount()).toEqual(before);
  await cluster?.cleanUp();
  await standin?.close();
  await rm(folder, { recursive: true, force: true });
}, 120_000);

function create(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>> = {},
): Promise<Ended> {
  return runBuilder([...cluster.createArgs, '--dry-run', ...args], { state: cluster.state, environment });
}

function expectRefusal(ended: Ended, id: string, code: string, exit: number): void {
  expect(ended.stderr).toMatch(new RegExp(`^error ${id} ${code}: `, 'm'));
  expect(ended.stderr).toMatch(/^ {2}fix {4}/m);
  expect(ended.code).toBe(exit);
}

describe('every problem is named before anything is created', () => {
  test.each<[string, readonly string[], string, string, number]>([
    ['a missing image', ['--image', 'no-such-image'], 'E2100', 'image-not-found', 2],
    ['a flavor too small', ['--flavor', 'm1.tiny'], 'E2103', 'flavor-small', 2],
    ['a missing flavor', ['--flavor', 'm1.hge'], 'E2104', 'flavor-not-found', 2],
    ['an unknown network', ['--network', 'no-such-net'], 'E2105', 'network-not-found', 2],
    ['an unknown zone', ['--availability-zone', 'az9'], 'E2107', 'zone-not-found', 2],
    ['a missing keypair', ['--key-name', 'no-such-key'], 'E2108', 'keypair-not-found', 2],
    ['a missing branch', ['--branch', 'stable/1999.9'], 'E2109', 'git-ref-not-found', 2],
    ['an exhausted quota', ['--flavor', 'ds.xlarge', '--hypervisors', '9'], 'E4001', 'quota', 4],
    ['an unknown option', ['--flaver', 'x'], 'E1001', 'unknown-option', 2],
    ['an unknown cloud', ['--cloud', 'labb'], 'E3002', 'unknown-cloud', 3],
    ['a missing layout', ['--layout', 'no-such-layout'], 'E1002', 'layout-missing', 2],
  ])('%s', async (_name, args, id, code, exit) => {
    expectRefusal(await create(args), id, code, exit);
  });

  test('a wrong password: one try, and the password is not repeated', async () => {
    const clouds = JSON.stringify({ clouds: { wrong: await wrongCloud() } });
    const file = join(folder, 'clouds.yaml');
    await writeFile(file, clouds, { mode: 0o600 });
    const ended = await create([], { OS_CLIENT_CONFIG_FILE: file, OS_CLOUD: 'wrong' });
    expectRefusal(ended, 'E3004', 'auth-failed', 3);
    expect(ended.stdout + ended.stderr).not.toContain('not-the-password');
  });

  test('no credentials at all: what was searched is listed', async () => {
    const none = Object.fromEntries(
      Object.keys(process.env)
        .filter((name) => name.startsWith('OS_'))
        .map((name) => [name, undefined]),
    );
    expectRefusal(await create([], { ...none, HOME: folder, XDG_CONFIG_HOME: folder }), 'E3001', 'no-credentials', 3);
  });

  test('an ambiguous image', async () => {
    const { cloud, images } = await twinImages();
    try {
      expectRefusal(await create(['--image', 'builder-twin']), 'E2101', 'image-ambiguous', 2);
    } finally {
      await Promise.all(images.map((id) => cloud(`/v2/images/${id}`, 'DELETE')));
    }
  });

  test('a layout with several mistakes: all of them, each with line and column', async () => {
    const file = join(folder, 'layout.yaml');
    await writeFile(
      file,
      'version: 1\nname: x\ngruops: {}\nlocalrc: {HOST_IP: 1}\ngroups:\n  a: {role: contrlr, count: 1}\n',
    );
    const ended = await create(['--layout', file]);
    expect(ended.code).toBe(2);
    expect(ended.stderr).toMatch(new RegExp(`${file}:3:1`));
    expect(ended.stderr).toMatch(new RegExp(`${file}:6:`));
  });

  test('a state folder that cannot be written', async () => {
    const state = join(folder, 'a-file');
    await writeFile(state, 'in the way');
    await chmod(state, 0o400);
    const args = cluster.createArgs.filter((word) => word !== '--dry-run');
    expectRefusal(await runBuilder(args, { state: join(state, 'below') }), 'E9002', 'io', 9);
  });
});

/** The tests' own cloud with another password; only password clouds can be wrong in this way. */
async function wrongCloud(): Promise<unknown> {
  const { parse } = await import('yaml');
  const file = process.env['OS_CLIENT_CONFIG_FILE'];
  if (file === undefined) throw new Error('the live tier reads its cloud from OS_CLIENT_CONFIG_FILE');
  const { clouds } = parse(await readFile(file, 'utf8')) as {
    clouds: Record<string, { auth: Record<string, string> }>;
  };
  const cloud = Object.values(clouds).find(({ auth }) => auth['password'] !== undefined);
  if (cloud === undefined) throw new Error(`no cloud with a password in ${file}`);
  return { ...cloud, auth: { ...cloud.auth, password: 'not-the-password' } };
}

/** Two images of one name, as no client of ours makes them: Glance asked directly. */
async function twinImages(): Promise<{
  readonly cloud: (path: string, method: string, body?: unknown) => Promise<unknown>;
  readonly images: readonly string[];
}> {
  const { openService } = await import('./support/service-api.ts');
  const cloud = await openService('image');
  const made = [0, 1].map(async () => {
    const image = (await cloud('/v2/images', 'POST', {
      name: 'builder-twin',
      disk_format: 'raw',
      container_format: 'bare',
    })) as { id: string };
    return image.id;
  });
  return { cloud, images: await Promise.all(made) };
}
