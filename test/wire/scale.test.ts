/** More computes and fewer on a cluster that stands: who joins works, who leaves is forgotten, and the others never notice. */
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { ServerRow, World } from '../../src/rehearsal/world.ts';
import type { Ended } from '../support/run-builder.ts';
import { type RehearsalOfTest, rehearse } from './rehearse.ts';

const SPEED = ['--rehearsal-speed', '2000', '--progress', 'plain'] as const;

interface Status {
  readonly phase: string;
  readonly nodes: readonly { readonly name: string; readonly state: string; readonly generation: number }[];
}

function create({ run }: RehearsalOfTest, ...args: readonly string[]): Promise<Ended> {
  return run('create', 'lab', ...SPEED, ...args);
}

async function build(
  context: Parameters<typeof rehearse>[0],
  hypervisors: number,
  ...more: readonly string[]
): Promise<RehearsalOfTest> {
  const rehearsal = rehearse(context);
  const built = await create(rehearsal, '--cloud', 'rehearsal', '--hypervisors', String(hypervisors), ...more);
  expect(built.code, built.stderr).toBe(0);
  return rehearsal;
}

async function statusOf({ run }: RehearsalOfTest): Promise<Status> {
  return JSON.parse((await run('status', 'lab', '-f', 'json')).stdout) as Status;
}

async function namesOf(rehearsal: RehearsalOfTest): Promise<readonly string[]> {
  return (await statusOf(rehearsal)).nodes.map(({ name }) => name);
}

/** Names of the servers that nobody asked to go. */
function serversOf(world: World): readonly string[] {
  const living = [...world.server.values()].filter(({ deletedAtMs }) => deletedAtMs === null);
  return living.map(({ name }) => name.replace('dsb-lab-', '')).toSorted();
}

async function verify({ run }: RehearsalOfTest): Promise<void> {
  const { code, stdout, stderr } = await run('verify', 'lab', ...SPEED);
  expect(code, stdout + stderr).toBe(0);
}

function fileOf({ state }: RehearsalOfTest, name: string): string {
  return readFileSync(join(state, 'clusters', 'lab', name), 'utf8');
}

/** As if somebody had changed the server in the cloud. */
function plant(rehearsal: RehearsalOfTest, node: string, change: (row: ServerRow) => ServerRow | null): void {
  const ledger = join(rehearsal.state, 'rehearsal', 'ledger.jsonl');
  const last = JSON.parse(readFileSync(ledger, 'utf8').trimEnd().split('\n').at(-1) ?? '') as { seq: number };
  const server = [...rehearsal.world().server.values()].find(({ name }) => name.includes(`-${node}`));
  if (server === undefined) throw new Error(`there is no server of ${node}`);
  const changes = [{ kind: 'server', key: server.id, row: change(server) }];
  appendFileSync(ledger, `${JSON.stringify({ ...last, seq: last.seq + 1, id: 'planted', changes })}\n`);
}

describe.concurrent('a cluster that stands', { timeout: 360_000 }, () => {
  test('grows and shrinks by the number that is typed, works each time, and leaves nothing', async (context) => {
    const rehearsal = await build(context, 1);
    const before = [...rehearsal.world().job.values()].filter(({ id }) => id.startsWith('run-stack-g')).length;
    const dry = await create(rehearsal, '--hypervisors', '3', '--dry-run');
    expect(dry.stdout).toMatch(/adds compute-2, compute-3\n[^]*servers +2 /);
    expect(await namesOf(rehearsal)).toEqual(['controller', 'compute-1']);

    const grown = await create(rehearsal, '--hypervisors', '3');
    expect(grown.code, grown.stderr).toBe(0);
    expect(grown.stderr).toContain('adding compute-2, compute-3');
    expect(serversOf(rehearsal.world())).toEqual(['compute-1-g1', 'compute-2-g1', 'compute-3-g1', 'controller-g1']);
    const stacks = [...rehearsal.world().job.values()].filter(({ id }) => id.startsWith('run-stack-g'));
    expect(stacks.length, 'who stood was not stacked again').toBe(2 * before);
    expect(fileOf(rehearsal, 'ssh_config')).toContain('Host compute-3 ');
    await verify(rehearsal);
    const macs = new Set([...rehearsal.world().port.values()].map(({ macAddress }) => macAddress));

    const less = await create(rehearsal, '--hypervisors', '1', '--dry-run', '-f', 'json');
    expect(JSON.parse(less.stdout)).toMatchObject({ removes: ['compute-2', 'compute-3'], adds: [] });
    const shrunk = await create(rehearsal, '--hypervisors', '1');
    expect(shrunk.code, shrunk.stderr).toBe(0);
    expect(shrunk.stderr).toContain('removing compute-2, compute-3');
    expect(serversOf(rehearsal.world())).toEqual(['compute-1-g1', 'controller-g1']);
    expect(rehearsal.world()['floating-ip'].size).toBe(2);
    expect(await statusOf(rehearsal)).toMatchObject({
      phase: 'ready',
      nodes: [{ name: 'controller' }, { name: 'compute-1' }],
    });
    for (const file of ['ssh_config', 'known_hosts', 'plan.json'])
      expect(fileOf(rehearsal, file)).not.toContain('compute-2');
    await verify(rehearsal);

    const again = await create(rehearsal, '--set', 'groups.compute.count=2');
    expect(again.code, again.stderr).toBe(0);
    expect(serversOf(rehearsal.world())).toEqual(['compute-1-g1', 'compute-2-g2', 'controller-g1']);
    expect((await statusOf(rehearsal)).nodes[2]).toMatchObject({ name: 'compute-2', generation: 2, state: 'ready' });
    const newMacs = [...rehearsal.world().port.values()].filter(({ macAddress }) => !macs.has(macAddress));
    expect(newMacs, 'who comes back has a port of its own').toHaveLength(1);
    await verify(rehearsal);
    const same = await create(rehearsal, '--hypervisors', '2');
    expect(same.code, same.stderr).toBe(0);

    const gone = await rehearsal.run('destroy', 'lab', ...SPEED);
    expect(gone.code, gone.stderr).toBe(0);
    expect([...rehearsal.world().port.values(), ...rehearsal.world()['floating-ip'].values()]).toEqual([]);
    expect(serversOf(rehearsal.world())).toEqual([]);
  });

  test('keeps a compute that cannot leave, and whoever wants it back has it back', async (context) => {
    const rehearsal = await build(context, 2);
    const file = join(rehearsal.state, 'faults.yaml');
    writeFileSync(file, 'version: 1\nfaults:\n- {on: move-guests, exit: 1, times: always}\n');
    const refused = await create(rehearsal, '--hypervisors', '1', '--rehearsal-faults', file);
    expect(refused.code, refused.stderr).toBe(5);
    expect(refused.stderr).toMatch(/E5004 job-failed: controller: move-guests: exit 1/);
    expect(await statusOf(rehearsal)).toMatchObject({ nodes: [{}, {}, { name: 'compute-2', state: 'leaving' }] });
    expect(serversOf(rehearsal.world())).toContain('compute-2-g1');

    const kept = await create(rehearsal, '--hypervisors', '2');
    expect(kept.code, kept.stderr).toBe(0);
    expect(kept.stderr).toContain('keeping compute-2');
    expect([...rehearsal.world().job.values()].some(({ id }) => id.startsWith('enable-compute-of-compute-2-'))).toBe(
      true,
    );
    expect(await statusOf(rehearsal)).toMatchObject({
      phase: 'ready',
      nodes: [{}, {}, { name: 'compute-2', state: 'ready' }],
    });
    await verify(rehearsal);

    await create(rehearsal, '--hypervisors', '1', '--rehearsal-faults', file);
    const told = await create(rehearsal, '--delete-guests');
    expect(told.code, told.stderr).toBe(0);
    expect(await namesOf(rehearsal)).toEqual(['controller', 'compute-1']);
  });

  test('lets a compute go that is dead, and one whose server somebody removed', async (context) => {
    const rehearsal = await build(context, 3);
    plant(rehearsal, 'compute-2', () => null);
    plant(rehearsal, 'compute-3', (row) => ({ ...row, isStopped: true }));
    const shrunk = await create(rehearsal, '--hypervisors', '1');
    expect(shrunk.code, shrunk.stderr).toBe(0);
    expect(shrunk.stderr).toContain('nothing to stop on compute-2: its server is gone');
    expect(shrunk.stderr).toContain('nothing to stop on compute-3: its server is SHUTOFF');
    expect(serversOf(rehearsal.world())).toEqual(['compute-1-g1', 'controller-g1']);
    expect(rehearsal.world().port.size).toBe(2);
    await verify(rehearsal);
  });

  test('gives who joins an address on the overlay network, and tells the others', async (context) => {
    const rehearsal = await build(context, 1, '--set', 'network.overlay=true', '--no-verify');
    const grown = await create(rehearsal, '--hypervisors', '2', '--no-verify');
    expect(grown.code, grown.stderr).toBe(0);
    const made = [...rehearsal.world().job.values()].filter(({ id }) => id.startsWith('make-overlay-g'));
    expect(made.map(({ id }) => id).toSorted()).toEqual(
      [1, 1, 1, 2, 2].map((attempt) => `make-overlay-g1-a${attempt}`),
    );
    const shrunk = await create(rehearsal, '--hypervisors', '1', '--no-verify');
    expect(shrunk.code, shrunk.stderr).toBe(0);
    expect(fileOf(rehearsal, 'plan.json')).not.toContain('compute-2');
  });

  test('changes by an edited layout only when that is said, and in nothing but the number of computes', async (context) => {
    const rehearsal = rehearse(context);
    const file = join(rehearsal.state, 'mine.yaml');
    const write = (count: number, extra = ''): void =>
      writeFileSync(
        file,
        `version: 1\nname: mine\n${extra}groups:\n  controller: {role: controller}\n  compute: {role: compute, count: ${count}}\n`,
      );
    write(1);
    const built = await create(rehearsal, '--cloud', 'rehearsal', '-l', file);
    expect(built.code, built.stderr).toBe(0);
    write(2);
    const edited = await create(rehearsal, '-l', file);
    expect(edited).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/E2010 layout-changed: \+1 compute \(1 → 2\)[^]*--apply-layout/),
    });
    const applied = await create(rehearsal, '-l', file, '--apply-layout');
    expect(applied.code, applied.stderr).toBe(0);
    expect(await namesOf(rehearsal)).toEqual(['controller', 'compute-1', 'compute-2']);
    write(3, 'network: {fixed_range: 10.9.0.0/20}\n');
    const other = await create(rehearsal, '-l', file, '--apply-layout');
    expect(other).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/only\s+the number of computes can be changed/),
    });
    const none = await create(rehearsal, '--set', 'groups.compute.count=0');
    expect(none).toMatchObject({ code: 2, stderr: expect.stringContaining('no hypervisor would be left') });
    expect(serversOf(rehearsal.world())).toHaveLength(3);
  });
});
