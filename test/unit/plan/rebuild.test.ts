/** What marks and records prove of a saved plan: nothing that may have happened is done again, nothing is believed without proof. */
import { describe, expect, test } from 'vitest';
import type { Port, Survey } from '../../../src/cloud/cloud.ts';
import type { PlannedStep } from '../../../src/engine/step.ts';
import {
  clusterNameOf,
  epochAfter,
  findMade,
  type Kinds,
  type LastJob,
  type Made,
  type Rebuilt,
  rebuildPast,
} from '../../../src/plan/rebuild.ts';
import { EMPTY_SURVEY, mark, server } from './cloud-fixture.ts';

const KINDS: Kinds = new Map([
  ['create-port', { repeat: 'guarded', resource: { kind: 'port' } }],
  ['create-server', { repeat: 'once', resource: { kind: 'server' } }],
  ['wait-ssh', { repeat: 'read' }],
  ['check', { repeat: 'read', jobId: true }],
  ['install', { repeat: 'idempotent', jobId: true }],
  ['trust', { repeat: 'idempotent', jobId: true }],
  ['run-stack', { repeat: 'once', jobId: true }],
]);

function step(kind: string, node: string, after: readonly string[]): PlannedStep {
  const lifetime = kind === 'create-port' ? 'cluster' : 'server';
  return { key: `${kind}/${node}`, kind, version: 1, node, lifetime, input: {}, after };
}

/** The steps of one node, each after the one before. */
function chain(node: string, ...kinds: readonly string[]): readonly PlannedStep[] {
  return kinds.map((kind, index) => step(kind, node, index === 0 ? [] : [`${kinds[index - 1]}/${node}`]));
}

const PLAN = chain('a', 'create-port', 'create-server', 'wait-ssh', 'check', 'install', 'run-stack');

function port(id: string, deviceId = ''): Port {
  const fixedIps = [{ address: '10.0.0.5', subnetId: 's' }];
  const seen = { networkId: 'n', macAddress: 'm', fixedIps, status: 'ACTIVE', projectId: 'ours' };
  return { id, name: `dsb-lab-a`, deviceId, mark: mark('create-port/a', { nonce: `nonce-${id}` }), ...seen };
}

function serverOf(id: string, generation = 1): ReturnType<typeof server> {
  return server(id, { mark: mark('create-server/a', { generation, nonce: `nonce-${id}`, epoch: 7 }) });
}

const BUILT: Survey = { ...EMPTY_SURVEY, ports: [port('p1', 's1')], servers: [serverOf('s1')] };

function made(survey: Survey, kept: ReadonlyMap<string, number> = new Map(), steps = PLAN): Made {
  return findMade({ id: 'c1', projectId: 'ours', steps }, survey, kept, KINDS);
}

function rebuild(jobs: Readonly<Record<string, LastJob>> | null, steps = PLAN, found = made(BUILT)): Rebuilt {
  let count = 0;
  const answers = new Map(jobs === null ? [] : [['a', new Map(Object.entries(jobs))]]);
  return rebuildPast(steps, { ...found, jobs: answers }, KINDS, () => `new-${(count += 1)}`);
}

const over = (attempt = 1): LastJob => ({ attempt, end: 'succeeded' });

function shapeOf({ attempts }: Rebuilt, key: string): string {
  return attempts.flatMap((attempt) => (attempt.key === key ? [attempt.isOpen ? 'open' : 'over'] : [])).join(' ');
}

describe('what is seen in the cloud', () => {
  test('belongs to the step whose mark it carries', () => {
    expect([...made(BUILT).objects].map(([key, { id }]) => [key, id])).toEqual([
      ['create-port/a', 'p1'],
      ['create-server/a', 's1'],
    ]);
  });

  test('may lack only what was about to be asked for', () => {
    expect(made(EMPTY_SURVEY).missing).toEqual(['create-port/a']);
    expect(made({ ...EMPTY_SURVEY, ports: [port('p1')] }).missing).toEqual(['create-server/a']);
    expect(made(BUILT).missing).toEqual([]);
  });

  test('counts in the newest generation, which marks or host keys tell', () => {
    const replaced = made({ ...BUILT, servers: [serverOf('s1'), serverOf('s2', 2)] });
    expect([replaced.generations.get('a'), replaced.objects.get('create-server/a')?.id]).toEqual([2, 's2']);
    const beforeIt = made(BUILT, new Map([['a', 2]]));
    expect(beforeIt.objects.has('create-server/a')).toBe(false);
    expect(beforeIt.surplus.map(({ id }) => id)).toEqual(['s1']);
  });

  test('of twins, the server that has the port is ours, and one in ERROR is not', () => {
    const plugged = made({
      ...BUILT,
      ports: [port('p0'), port('p1', 's2')],
      servers: [serverOf('s1'), serverOf('s2')],
    });
    expect([...plugged.objects.values()].map(({ id }) => id)).toEqual(['p1', 's2']);
    const broken = made({ ...BUILT, ports: [], servers: [{ ...serverOf('s1'), status: 'ERROR' }, serverOf('s2')] });
    expect(broken.objects.get('create-server/a')?.id).toBe('s2');
  });

  test('tells the name, and the epoch after which nobody obeys the lost state', () => {
    const group = {
      kind: 'security-group',
      id: 'g',
      name: 'dsb-lab',
      status: '',
      mark: mark('x'),
      isLocked: false,
    } as const;
    expect([clusterNameOf([group]), clusterNameOf([])]).toEqual(['lab', null]);
    expect([epochAfter([{ ...group, mark: mark('x', { epoch: 7 }) }]), epochAfter([])]).toEqual([1_000_007, 1_000_000]);
  });
});

describe('a rebuilt past', () => {
  test('takes up every object under the nonce it was made with', () => {
    expect(rebuild(null).attempts.slice(0, 2)).toEqual([
      { key: 'create-port/a', nonce: 'nonce-p1', isOpen: true, resourceKind: 'port' },
      { key: 'create-server/a', nonce: 'nonce-s1', isOpen: true, resourceKind: 'server' },
    ]);
  });

  test('knows the creates of twins too, so that they are swept away and not taken for a later builder’s', () => {
    const twins = made({ ...BUILT, servers: [serverOf('s1'), serverOf('s0')] });
    expect(rebuild(null, PLAN, twins).attempts.slice(1, 3)).toMatchObject([
      { nonce: 'nonce-s0', isOpen: false },
      { nonce: 'nonce-s1', isOpen: true },
    ]);
  });

  test('proves what has a record, with all before it', () => {
    const all = rebuild({ 'check/a': over(), 'install/a': over(2), 'run-stack/a': over() });
    expect([...all.proven]).toEqual(PLAN.map(({ key }) => key));
    // The second attempt is the one to be read again; a read is done anew, for its record is old.
    expect([shapeOf(all, 'install/a'), shapeOf(all, 'check/a')]).toEqual(['over', 'over']);
  });

  test('proves nothing of a node that does not answer, and takes its stack.sh for begun', () => {
    const silent = rebuild(null);
    expect([...silent.proven]).toEqual(['create-port/a', 'create-server/a']);
    expect(shapeOf(silent, 'run-stack/a')).toBe('open');
  });

  test('leaves what runs to be taken up under the same attempt', () => {
    const running = rebuild({ 'check/a': over(), 'install/a': { attempt: 3, end: 'open' } });
    expect(running.proven.has('install/a')).toBe(false);
    expect(shapeOf(running, 'install/a')).toBe('over over open');
    expect(shapeOf(running, 'run-stack/a')).toBe('');
  });

  test('counts what failed, so that its id is not used again; a failed stack.sh is over', () => {
    const failed = rebuild({ 'check/a': over(), 'install/a': { attempt: 2, end: 'failed' } });
    expect([failed.proven.has('install/a'), shapeOf(failed, 'install/a')]).toEqual([false, 'over over']);
    const stack = rebuild({ 'check/a': over(), 'install/a': over(), 'run-stack/a': { attempt: 1, end: 'failed' } });
    expect([stack.proven.has('run-stack/a'), shapeOf(stack, 'run-stack/a')]).toEqual([true, '']);
  });

  test('does not believe a record that another node’s lost server went into', () => {
    const trust = step('trust', 'a', ['check/a', 'check/b']);
    const steps = [...chain('a', 'create-port', 'create-server', 'wait-ssh', 'check'), ...chain('b', 'check'), trust];
    const kept = new Map([['b', 2]]);
    const replaced = rebuild({ 'check/a': over(), 'trust/a': over() }, steps, made(BUILT, kept, steps));
    expect([replaced.proven.has('trust/a'), shapeOf(replaced, 'trust/a')]).toEqual([false, 'over']);
  });

  test('believes a record that another node’s first server went into', () => {
    const trust = step('trust', 'a', ['check/a', 'check/b']);
    const steps = [...chain('a', 'create-port', 'create-server', 'wait-ssh', 'check'), ...chain('b', 'check'), trust];
    const found = { ...made(BUILT, new Map(), steps), jobs: new Map([['b', new Map([['check/b', over()]])]]) };
    const jobs = new Map([
      ...found.jobs,
      [
        'a',
        new Map([
          ['check/a', over()],
          ['trust/a', over()],
        ]),
      ],
    ]);
    expect(rebuildPast(steps, { ...found, jobs }, KINDS, () => 'n').proven.has('trust/a')).toBe(true);
  });

  test('counts the creates of an object that is gone, and takes none up', () => {
    const beforeIt = made(BUILT, new Map([['a', 2]]));
    expect(rebuild(null, PLAN, beforeIt).attempts.filter(({ key }) => key === 'create-server/a')).toEqual([
      { key: 'create-server/a', nonce: 'nonce-s1', isOpen: false, resourceKind: 'server' },
    ]);
  });

  test('does not take a stack.sh for begun where there is no server to begin it on', () => {
    const portOnly = made({ ...EMPTY_SURVEY, ports: [port('p1')] });
    expect(shapeOf(rebuild(null, PLAN, portOnly), 'run-stack/a')).toBe('');
  });

  test('takes what belongs to no node for over once any node answered, for it was reached through it', () => {
    const traffic: PlannedStep = { ...step('allow', 'cluster', []), node: null, lifetime: 'cluster' };
    const kinds: Kinds = new Map([...KINDS, ['allow', { repeat: 'idempotent' }]]);
    const proven = (jobs: ReadonlyMap<string, ReadonlyMap<string, LastJob>>): readonly string[] => [
      ...rebuildPast([traffic], { ...made(BUILT), jobs }, kinds, () => 'n').proven,
    ];
    expect(proven(new Map([['a', new Map()]]))).toEqual(['allow/cluster']);
    expect(proven(new Map())).toEqual([]);
  });

  test('finds no record of a job that belongs to no node', () => {
    const everywhere: PlannedStep = { ...step('install', 'cluster', []), node: null };
    expect(rebuild({}, [everywhere])).toEqual({ proven: new Set(), attempts: [] });
  });

  test('leaves kinds alone that this builder does not know', () => {
    expect(rebuild({}, [step('dance', 'a', [])])).toEqual({ proven: new Set(), attempts: [] });
  });
});
