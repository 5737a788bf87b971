/** A state that was lost is made anew: everything is found again, nothing is made or run twice, and destroy leaves nothing. */
import { copyFileSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { stateOf } from '../../src/rehearsal/server-life.ts';
import { killHard, waitForOutput } from '../support/run-builder.ts';
import { type RehearsalOfTest, rehearse } from '../wire/rehearse.ts';

const SPEED = ['--rehearsal-speed', '2000'] as const;
const CREATE = [
  'create',
  '--cloud',
  'rehearsal',
  '-l',
  'all-in-one',
  '--settle',
  '2',
  ...SPEED,
  '--progress',
  'json',
] as const;
const AGAIN = ['create', ...SPEED] as const;
const RECOVER = ['recover', '--yes', '--cloud', 'rehearsal', ...SPEED] as const;
/** What only looks is done again by whoever goes on: steps, and the verification that a lost state knows nothing of. */
const READS = /^(check-server|check-migration-ssh|read-commits|verify-ask|verify-guests)-/;

function lose(state: string, ...names: readonly string[]): void {
  for (const name of names) rmSync(join(state, name), { recursive: true, force: true });
}

/** As `rm state.db*` leaves it. */
function loseState({ state }: RehearsalOfTest): void {
  lose(state, ...readdirSync(state).filter((name) => name.startsWith('state.db')));
}

function clusterId({ state }: RehearsalOfTest): string {
  const plan = JSON.parse(readFileSync(join(state, 'clusters/devstack/plan.json'), 'utf8')) as { readonly id: string };
  return plan.id;
}

/** Every object and every job that changes a node, with how often it was made. */
function deedsOf({ countMade, world }: RehearsalOfTest): object {
  const jobs = [...world().job.values()].map(({ id }) => id).filter((id) => !READS.test(id));
  return {
    made: [countMade('server'), countMade('port'), countMade('floating-ip'), countMade('security-group')],
    repeated: jobs.filter((id) => /-a[2-9]/.test(id)),
    jobs: jobs.length,
  };
}

async function endWell(rehearsal: RehearsalOfTest): Promise<void> {
  const gone = await rehearsal.run('destroy', ...SPEED);
  expect(gone.code, gone.stderr).toBe(0);
  const { server, port } = rehearsal.world();
  const living = [...server.values()].filter((each) => stateOf(each, Number.MAX_SAFE_INTEGER).status !== 'GONE');
  expect([living, port.size]).toEqual([[], 0]);
}

/** Killed as soon as its output says so. */
async function createUntil(rehearsal: RehearsalOfTest, word: string, ...args: readonly string[]): Promise<void> {
  const first = rehearsal.start(...CREATE, ...args);
  await waitForOutput(first, (output) => output.includes(word));
  await killHard(first);
}

describe('recover', () => {
  test('after a finished create: the state is what it was, and nothing is left to do', async (context) => {
    const rehearsal = rehearse(context);
    context.expect(await rehearsal.run(...CREATE)).toMatchObject({ code: 0 });
    const before = deedsOf(rehearsal);
    loseState(rehearsal);
    const clash = await rehearsal.run(...CREATE);
    context.expect(clash).toMatchObject({ code: 10, stderr: expect.stringContaining('recover') });

    const recovered = await rehearsal.run('recover', '--yes', ...SPEED);
    context.expect(recovered, recovered.stderr).toMatchObject({ code: 0 });
    const status = JSON.parse((await rehearsal.run('status', '-f', 'json')).stdout) as object;
    context.expect(status).toMatchObject({ phase: 'ready', cloud: 'rehearsal', inDoubt: [] });
    const log = await rehearsal.run('logs', 'devstack', 'controller', 'run-stack');
    context.expect(log.stdout).toContain('Keystone is serving at');
    const again = await rehearsal.run(...AGAIN);
    context.expect(again.code, again.stderr).toBe(0);
    context.expect(deedsOf(rehearsal)).toEqual(before);
    await endWell(rehearsal);
    context.expect(existsSync(join(rehearsal.state, 'clusters/devstack'))).toBe(false);
  });

  test('after a kill while stack.sh ran: only its log was left, it is refused, and stack.sh is followed to its end', async (context) => {
    const rehearsal = rehearse(context);
    await createUntil(rehearsal, '"run-stack/controller"');
    lose(rehearsal.state, 'state.db');
    context.expect(await rehearsal.run(...AGAIN)).toMatchObject({
      code: 8,
      stderr: expect.stringMatching(/E8002 state-damaged: .*state.db is gone, and its log is left/),
    });
    const recovered = await rehearsal.run(...RECOVER);
    context.expect(recovered.code, recovered.stderr).toBe(0);
    context.expect(recovered.stderr).toMatch(/what was there is kept as lost-.*\.db/);
    const again = await rehearsal.run(...AGAIN);
    context.expect(again.code, again.stderr).toBe(0);
    context.expect(deedsOf(rehearsal)).toMatchObject({ made: [1, 1, 1, 1], repeated: [] });
    await endWell(rehearsal);
  });

  test('after a kill while servers were asked for: what may still show up is waited for', async (context) => {
    const rehearsal = rehearse(context);
    const faults = join(rehearsal.state, 'lag.yaml');
    writeFileSync(faults, 'version: 1\nfaults:\n- {on: create-server, of: "*", lag: 2000, delay: 20000}\n');
    await createUntil(rehearsal, '"create-server/controller"', '--rehearsal-faults', faults);
    loseState(rehearsal);
    const recovered = await rehearsal.run(...RECOVER);
    context.expect(recovered.code, recovered.stderr).toBe(0);
    const again = await rehearsal.run(...AGAIN);
    context.expect(again.code, again.stderr).toBe(0);
    context.expect(deedsOf(rehearsal)).toMatchObject({ made: [1, 1, 1, 1], repeated: [] });
    await endWell(rehearsal);
  });

  test('after a stack.sh that was run again: neither it nor the one before is begun once more', async (context) => {
    const rehearsal = rehearse(context);
    const faults = join(rehearsal.state, 'once.yaml');
    const rule = "fails_at: Starting Nova, prints: 'E: Failed to fetch http://mirror/x.deb  503  Service Unavailable'";
    writeFileSync(faults, `version: 1\nfaults:\n- {on: run-stack, of: compute-1, ${rule}}\n`);
    const create = ['create', '--cloud', 'rehearsal', '--hypervisors', '1', '--settle', '2', '--no-verify', ...SPEED];
    const first = await rehearsal.run(...create, '--rehearsal-faults', faults);
    context.expect(first.code, first.stderr).toBe(0);
    const stacks = (): readonly string[] =>
      [...rehearsal.world().job.values()]
        .map(({ id }) => id)
        .filter((id) => /^(run-stack|unstack)-/.test(id) && !id.includes('completion'))
        .toSorted();
    context.expect(stacks()).toEqual(['run-stack-g1', 'run-stack-g1', 'run-stack-g1-r1', 'unstack-g1-r1']);
    loseState(rehearsal);
    const recovered = await rehearsal.run(...RECOVER);
    context.expect(recovered.code, recovered.stderr).toBe(0);
    const again = await rehearsal.run('create', '--no-verify', ...SPEED);
    context.expect(again.code, again.stderr).toBe(0);
    context.expect(stacks()).toEqual(['run-stack-g1', 'run-stack-g1', 'run-stack-g1-r1', 'unstack-g1-r1']);
    context.expect(rehearsal.countMade('server')).toBe(2);
    await endWell(rehearsal);
  });

  test('from garbage and without the keys: it is told, moved aside whole, and destroy ends well', async (context) => {
    const rehearsal = rehearse(context);
    context.expect(await rehearsal.run(...CREATE)).toMatchObject({ code: 0 });
    const garbage = 'dear diary\n'.repeat(500);
    writeFileSync(join(rehearsal.state, 'state.db'), garbage);
    lose(rehearsal.state, 'vault');
    for (const verb of ['status', 'create', 'destroy'])
      context.expect(await rehearsal.run(verb)).toMatchObject({
        code: 8,
        stderr: expect.stringMatching(/E8002 state-damaged[^]*\.\/builder recover/),
      });
    const recovered = await rehearsal.run(...RECOVER);
    context.expect(recovered.code, recovered.stderr).toBe(0);
    const aside = readdirSync(rehearsal.state).find((name) => /^lost-.*\.db$/.test(name)) ?? '';
    context.expect(readFileSync(join(rehearsal.state, aside), 'utf8')).toBe(garbage);
    context
      .expect(await rehearsal.run('status'))
      .toMatchObject({ code: 0, stdout: expect.stringContaining('controller') });
    context.expect(await rehearsal.run(...AGAIN)).toMatchObject({
      code: 8,
      stderr: expect.stringContaining('E8007 vault-missing'),
    });
    await endWell(rehearsal);
  });

  test('without the plan: the cluster is shown and destroyed, and never built on', async (context) => {
    const rehearsal = rehearse(context);
    context.expect(await rehearsal.run(...CREATE)).toMatchObject({ code: 0 });
    const id = clusterId(rehearsal);
    loseState(rehearsal);
    lose(rehearsal.state, 'clusters');
    context.expect(await rehearsal.run(...RECOVER)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--cluster-id'),
    });
    const recovered = await rehearsal.run(...RECOVER, '--cluster-id', id);
    context.expect(recovered.code, recovered.stderr).toBe(0);
    const status = JSON.parse((await rehearsal.run('status', '-f', 'json')).stdout) as object;
    context.expect(status).toMatchObject({ cluster: 'devstack', id, phase: 'destroying' });
    context.expect(await rehearsal.run(...AGAIN)).toMatchObject({
      code: 7,
      stderr: expect.stringContaining('./builder destroy devstack'),
    });
    await endWell(rehearsal);
  });

  test('an older copy is refused however often it is tried, and gives way to what the cloud shows', async (context) => {
    const rehearsal = rehearse(context);
    const { state } = rehearsal;
    await createUntil(rehearsal, '"create-port/controller"');
    const kept = readdirSync(state).filter((name) => /^state\.db(-wal)?$/.test(name));
    for (const name of kept) copyFileSync(join(state, name), join(state, `old-${name}`));
    context.expect(await rehearsal.run(...AGAIN)).toMatchObject({ code: 0 });
    const before = deedsOf(rehearsal);
    loseState(rehearsal);
    for (const name of kept) copyFileSync(join(state, `old-${name}`), join(state, name));
    for (let tries = 0; tries < 3; tries += 1)
      context.expect(await rehearsal.run(...AGAIN)).toMatchObject({
        code: 8,
        stderr: expect.stringMatching(/E8005 rolled-back[^]*recover --cluster-id/),
      });
    const recovered = await rehearsal.run(...RECOVER);
    context.expect(recovered.code, recovered.stderr).toBe(0);
    context.expect(await rehearsal.run(...AGAIN)).toMatchObject({ code: 0 });
    context.expect(deedsOf(rehearsal)).toEqual(before);
    await endWell(rehearsal);
  });

  test('asks first, and leaves alone what is whole or not there', async (context) => {
    const rehearsal = rehearse(context);
    const { run } = rehearsal;
    context.expect(await run(...RECOVER)).toMatchObject({ code: 2, stderr: expect.stringContaining('E6001') });
    context.expect(await run(...CREATE)).toMatchObject({ code: 0 });
    context.expect(await run(...RECOVER)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('is in the state, which is whole: nothing is lost'),
    });
    loseState(rehearsal);
    context.expect(await run('recover', 'devstack', ...SPEED)).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/controller +ACTIVE, generation 1 +answers[^]*E1006 needs-confirmation/),
    });
    context.expect(existsSync(join(rehearsal.state, 'state.db'))).toBe(false);
    context.expect(await run(...RECOVER, '--cluster-id', 'a'.repeat(26))).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('carries the mark'),
    });
  });
});
