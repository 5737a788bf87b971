/** The newcomer's first minute: a whole cluster without an account, and nothing of it left. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { killHard, waitForOutput } from '../support/run-builder.ts';
import { rehearse } from './rehearse.ts';

const CREATE = ['create', '--cloud', 'rehearsal'] as const;
/** A controller's stack.sh takes about three seconds. */
const BRISK = [...CREATE, '--rehearsal-speed', '500', '--progress', 'json'] as const;

describe.concurrent('a rehearsal', () => {
  test('builds the default cluster, says that it was one, and is taken down again without a word about the cloud', async (context) => {
    const { run, world, state } = rehearse(context);
    const created = await run(...CREATE);
    expect(created).toMatchObject({ code: 0 });
    expect(created.stderr).toContain('this is a rehearsal');
    expect(created.stderr).toContain(
      'devstack is ready (a rehearsal: cloud and servers are simulated, nothing was built)',
    );
    expect(created.stderr).toContain('in earnest');
    expect([...world().server.values()].map(({ name }) => name).toSorted()).toEqual([
      'dsb-devstack-compute-1-g1',
      'dsb-devstack-compute-2-g1',
      'dsb-devstack-controller-g1',
    ]);

    const status = JSON.parse((await run('status', '-f', 'json')).stdout) as { phase: string; cloud: string };
    expect(status).toMatchObject({ phase: 'ready', cloud: 'rehearsal' });
    const log = await run('logs', 'devstack', 'controller', 'run-stack');
    expect(log.stdout).toContain('Keystone is serving at');
    const shell = await run('ssh', 'controller');
    expect(shell.code).toBe(2);
    expect(shell.stderr).toContain('a simulated server has no shell');

    const lock = join(state, 'clusters', 'devstack', 'commits.lock');
    expect(readFileSync(lock, 'utf8')).toMatch(/^ {2}nova:\n {4}commit: [0-9a-f]{40}$/m);
    const pinned = await run('create', 'other', '--cloud', 'rehearsal', '--lock', lock, '--dry-run', '-f', 'json');
    expect(pinned).toMatchObject({ code: 0 });
    expect(pinned.stdout).toContain(/commit: ([0-9a-f]{40})/.exec(readFileSync(lock, 'utf8'))?.[1]);
    const clouds = join(state, 'clusters', 'devstack');
    expect(readFileSync(join(clouds, 'clouds.yaml'), 'utf8')).toContain('devstack-admin:');
    expect(readFileSync(join(clouds, 'secure.yaml'), 'utf8')).toContain('password: ');

    const again = await run('create');
    expect(again).toMatchObject({ code: 0 });
    expect(await run('destroy')).toMatchObject({ code: 0, stderr: expect.stringContaining('nothing is left') });
    expect(existsSync(clouds)).toBe(false);
    for (const kind of ['port', 'security-group', 'floating-ip', 'keypair'] as const)
      expect(world()[kind].size).toBe(0);
    expect([...world().server.values()].filter(({ goneAtMs }) => goneAtMs === null)).toEqual([]);
  });

  test('goes on where a killed builder stopped, and its servers worked on meanwhile', async (context) => {
    const { run, start, world, countMade } = rehearse(context);
    const first = start(...BRISK);
    await waitForOutput(first, (output) => output.includes('"run-stack/controller"'));
    expect((await killHard(first)).signal).toBe('SIGKILL');
    const second = await run(...BRISK);
    expect(second).toMatchObject({ code: 0 });
    expect(world().server.size).toBe(3);
    expect(countMade('server')).toBe(3);
    const stacks = [...world().job.values()].filter(({ id }) => id === 'run-stack-g1');
    expect(stacks).toHaveLength(3);
    expect(await run('destroy')).toMatchObject({ code: 0 });
  });

  test('follows a log until its step ends', async (context) => {
    const { start, run } = rehearse(context);
    const create = start(...BRISK);
    await waitForOutput(create, (output) => output.includes('"run-stack/controller"'));
    const followed = await run('logs', 'devstack', 'controller', 'run-stack', '--follow');
    expect(followed.code).toBe(0);
    expect(followed.stdout).toContain('Keystone is serving at');
    expect(await create.ended).toMatchObject({ code: 0 });
  });

  test('shows its plan and touches nothing', async (context) => {
    const { run, ledger } = rehearse(context);
    expect(await run(...CREATE, '--dry-run')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('floating IPs'),
    });
    expect(ledger).toThrow('ENOENT');
  });

  test('is never mixed up with a cloud that was asked for', async (context) => {
    const { run } = rehearse(context);
    expect(await run('create', '--rehearsal-seed', '3')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('add --cloud rehearsal'),
    });
  });
});
