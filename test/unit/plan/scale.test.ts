/** Another number of computes: who joins is planned whole, who leaves is retired in order, and nothing that is done is done again for nothing. */
import { describe, expect, test } from 'vitest';
import { checkPlan } from '../../../src/engine/check-plan.ts';
import { planNodes } from '../../../src/layout/nodes.ts';
import { allowDeletion } from '../../../src/plan/allow-deletion.ts';
import { hasDeparted } from '../../../src/plan/departure.ts';
import { planRestack } from '../../../src/plan/restack.ts';
import { chooseMoves, departedNodes, layoutHolding } from '../../../src/plan/scale.ts';
import { STEP_KINDS } from '../../../src/steps/index.ts';
import { attempt, layoutOf, ScaledCluster, SENT } from './scaled-cluster.ts';

const DEPARTURE = [
  'disable-compute',
  'move-guests',
  'stop-compute',
  'forget-compute',
  'remove-node',
  'check-forgotten',
];

function ofNode(keys: readonly string[], node: string): readonly string[] {
  return keys.filter((key) => key.endsWith(`/${node}`));
}

/** The stored plan is today's for these nodes, but for steps that only ever came once. */
function expectPlanFor(cluster: ScaledCluster, count: number): void {
  const plan = cluster.planFor(planNodes(layoutOf(count)));
  expect(cluster.keys()).toEqual(plan.map(({ key }) => key));
  for (const step of plan) expect(cluster.find(step.key)).toEqual(step);
}

describe('more of them', () => {
  test('are planned whole, and only what depends on the set of nodes is done again', () => {
    const cluster = new ScaledCluster(1);
    cluster.scale(3);
    expectPlanFor(cluster, 3);
    expect(() => checkPlan(cluster.steps, STEP_KINDS)).not.toThrow();
    const again = cluster.keys('pending').filter((key) => !/compute-[23]$/.test(key));
    expect(again).toEqual([
      'set-names/controller',
      'trust-migration-keys/controller',
      'check-migration-ssh/controller',
      'set-names/compute-1',
      'trust-migration-keys/compute-1',
      'check-migration-ssh/compute-1',
      'discover-hosts/cluster',
    ]);
  });

  test('leave a compute alone whose stack.sh is about to be run again', () => {
    const cluster = new ScaledCluster(1);
    const failed = cluster.find('run-stack/compute-1');
    if (failed === undefined) throw new Error('a compute is stacked');
    const { supersede, insert } = planRestack(cluster.steps, failed, 'job-lost', 'why');
    cluster.steps = [
      ...cluster.steps.filter(({ id }) => !supersede.includes(id)),
      ...insert.map((planned) => cluster.record(planned, 'pending')),
    ];
    cluster.scale(2);
    expect(() => checkPlan(cluster.steps, STEP_KINDS)).not.toThrow();
    for (const step of insert) expect(cluster.find(step.key)).toEqual(step);
    const own = ofNode(cluster.keys(), 'compute-1');
    expect(own.indexOf('unstack/compute-1')).toBe(own.indexOf('start-stack/compute-1') - 1);
  });

  test('on half a cluster leave what was begun as it is', () => {
    const cluster = new ScaledCluster(1);
    cluster.setKey('create-server/compute-1', 'open', [attempt('uncertain')]);
    cluster.set(({ key, node }) => node === 'compute-1' && !/create-(port|server)/.test(key), 'pending');
    cluster.setKey('discover-hosts/cluster', 'pending');
    cluster.scale(2);
    expectPlanFor(cluster, 2);
    expect(cluster.steps.find(({ planned }) => planned.key === 'create-server/compute-1')?.attempts).toHaveLength(1);
  });

  test('of a plan that an earlier builder made get what they need, and no more', () => {
    const cluster = new ScaledCluster(1);
    const unknown = ['make-migration-key/compute-1', 'trust-migration-keys/compute-1', 'check-migration-ssh/compute-1'];
    // It knew of no keys, nor of waiting for SSH, and did not say to which cell a hypervisor belongs.
    cluster.steps = cluster.steps.filter(
      ({ planned }) => ![...unknown, 'wait-cloud-init/controller'].includes(planned.key),
    );
    cluster.set(({ key }) => key === 'discover-hosts/cluster', 'done');
    cluster.scale(2);
    expect(cluster.keys('pending')).toEqual(expect.arrayContaining(unknown));
    expect(cluster.keys()).not.toContain('wait-cloud-init/controller');
    expect(() => checkPlan(cluster.steps, STEP_KINDS)).not.toThrow();
  });

  test('a stack.sh that an earlier builder did not plan is not begun on a node that is there', () => {
    const cluster = new ScaledCluster(1);
    cluster.steps = cluster.steps.filter(({ planned }) => planned.key !== 'run-stack/compute-1');
    cluster.scale(2);
    expect(cluster.keys()).not.toContain('run-stack/compute-1');
    expect(cluster.find('discover-hosts/cluster')?.after).not.toContain('run-stack/compute-1');
  });

  test('of kinds that this builder does not know is taken as it stands', () => {
    const cluster = new ScaledCluster(1);
    const step = {
      ...cluster.planFor(planNodes(layoutOf(1)))[0]!,
      key: 'muse/controller',
      kind: 'muse',
      node: 'controller',
    };
    cluster.steps = [...cluster.steps, cluster.record(step, 'done')];
    const removal = { ...step, key: 'remove-server/compute-1', kind: 'remove-server', node: 'compute-1' };
    cluster.steps = [...cluster.steps, cluster.record(removal, 'done')];
    cluster.scale(2);
    expect(cluster.keys()).toContain('muse/controller');
    // A removal stands before the node that it makes room for.
    expect(cluster.keys().indexOf('remove-server/compute-1')).toBeLessThan(
      cluster.keys().indexOf('create-port/compute-1'),
    );
  });
});

describe('fewer of them', () => {
  test('leave one after the other, and nobody else is told before they are gone', () => {
    const cluster = new ScaledCluster(3);
    cluster.scale(1);
    for (const node of ['compute-2', 'compute-3'])
      expect(ofNode(cluster.keys('pending'), node)).toEqual(DEPARTURE.map((kind) => `${kind}/${node}`));
    expect(cluster.keys('pending')).toHaveLength(12);
    expect(() => checkPlan(cluster.steps, STEP_KINDS)).not.toThrow();
    for (const { kind, version, input } of cluster.steps.map(({ planned }) => planned)) {
      expect(STEP_KINDS.get(kind)?.version).toBe(version);
      expect(STEP_KINDS.get(kind)?.input.safeParse(input).success, kind).toBe(true);
    }
    expect(departedNodes(cluster.standing)).toEqual([]);
  });

  test('are taken out of the plan when nothing of them is left, and the others learn it', () => {
    const cluster = new ScaledCluster(3);
    cluster.scale(1);
    cluster.set(({ key }) => key.endsWith('compute-3'), 'done');
    expect(departedNodes(cluster.standing)).toEqual(['compute-3']);
    cluster.settle(['compute-3']);
    expect(cluster.keys().filter((key) => key.includes('compute-3'))).toEqual([]);
    expect(cluster.find('set-names/controller')?.input['nodes']).toEqual(['controller', 'compute-1', 'compute-2']);
    cluster.set(() => true, 'done');
    cluster.settle(['compute-2']);
    expectPlanFor(cluster, 1);
    expect(cluster.keys('pending')).toContain('discover-hosts/cluster');
    expect(() => checkPlan(cluster.steps, STEP_KINDS)).not.toThrow();
  });

  test('the last hypervisor of a cell trusts nobody any more', () => {
    const alone = load('{role: controller}');
    const cluster = new ScaledCluster(2);
    cluster.layout = alone(2);
    cluster.nodes = planNodes(cluster.layout).map(({ name, group }) => ({ name, group, generation: 1 }));
    cluster.steps = cluster.planFor(planNodes(cluster.layout)).map((planned) => cluster.record(planned, 'done'));
    cluster.nodes = cluster.nodes.map((node) => (node.name === 'compute-2' ? { ...node, isLeaving: true } : node));
    cluster.layout = alone(1);
    cluster.settle(['compute-2']);
    expect(cluster.find('trust-migration-keys/compute-1')?.input['peers']).toEqual([]);
    expect(cluster.keys()).not.toContain('check-migration-ssh/compute-1');
    expect(cluster.keys('pending')).toContain('trust-migration-keys/compute-1');
  });

  test('of which no API knows are taken out of the cloud alone, once nothing can show up', () => {
    const cluster = new ScaledCluster(2);
    cluster.set(({ node }) => node === 'compute-2', 'pending');
    cluster.setKey('create-server/compute-2', 'open', [attempt('uncertain')]);
    cluster.setKey('discover-hosts/cluster', 'pending');
    cluster.scale(1);
    expect(ofNode(cluster.keys(), 'compute-2')).toEqual(['remove-node/compute-2']);
    expect(cluster.find('remove-node/compute-2')?.input).toEqual({
      node: 'compute-2',
      generation: 1,
      settledAt: new Date(SENT.getTime() + 60_000).toISOString(),
    });
    // Nobody waits for it, and nobody knows it.
    expect(cluster.find('discover-hosts/cluster')?.after).not.toContain('run-stack/compute-2');
    expect(cluster.find('set-names/controller')?.input['nodes']).toEqual(['controller', 'compute-1']);
    expect(() => checkPlan(cluster.steps, STEP_KINDS)).not.toThrow();
  });

  test('whose stack.sh was begun are retired, though they are not whole', () => {
    const cluster = new ScaledCluster(2);
    cluster.setKey('run-stack/compute-2', 'failed');
    cluster.setKey('discover-hosts/cluster', 'pending');
    cluster.scale(1);
    expect(ofNode(cluster.keys('pending'), 'compute-2')).toEqual(
      DEPARTURE.map((kind) => `${kind}/${kind === '' ? '' : 'compute-2'}`),
    );
    expect(cluster.keys()).not.toContain('run-stack/compute-2');
    expect(cluster.find('discover-hosts/cluster')?.input['hypervisors']).toEqual(['controller', 'compute-1']);
  });

  test('what waits for one of them and was begun cannot be told otherwise', () => {
    const cluster = new ScaledCluster(2);
    cluster.steps = cluster.steps.map((step) =>
      step.planned.key === 'run-stack/compute-1'
        ? cluster.record({ ...step.planned, after: ['run-stack/compute-2'] }, 'failed')
        : step,
    );
    cluster.setKey('run-stack/compute-2', 'pending');
    expect(() => cluster.plan(1)).toThrow(/run-stack\/compute-1 was begun .* it waits for a node that leaves/);
    cluster.set(({ key }) => key === 'run-stack/compute-1', 'pending');
    cluster.scale(1);
    expect(cluster.find('run-stack/compute-1')?.after).toEqual([]);
  });

  test('say where their guests can go: to real hypervisors of their cell that stay', () => {
    const canMove = (cluster: ScaledCluster): unknown => cluster.find('move-guests/compute-2')?.input['canMove'];
    const cluster = new ScaledCluster(2);
    cluster.scale(1, true);
    expect(canMove(cluster)).toBe(true);
    expect(cluster.find('move-guests/compute-2')?.input['isDeleting']).toBe(true);
    const bare = new ScaledCluster(2);
    bare.layout = load('{role: controller}')(2);
    const layout = load('{role: controller}, far: {role: compute, count: 0}')(2);
    bare.layout = layout;
    expect(chooseMoves(bare.standing, layout)).toMatchObject({ join: [], leave: [] });
  });
});

describe('one that was to leave', () => {
  test('may stay while its services run, and is used again', () => {
    const cluster = new ScaledCluster(2);
    cluster.scale(1);
    cluster.setKey('disable-compute/compute-2', 'done');
    cluster.setKey('move-guests/compute-2', 'failed');
    expect(chooseMoves(cluster.standing, layoutOf(2))).toEqual({ join: [], leave: [], stay: ['compute-2'] });
    cluster.scale(2);
    expect(ofNode(cluster.keys('pending'), 'compute-2')).toEqual(['enable-compute/compute-2']);
    expect(ofNode(cluster.keys(), 'compute-2')).toContain('run-stack/compute-2');
    // Leaving again forgets the return.
    cluster.scale(1);
    expect(ofNode(cluster.keys('pending'), 'compute-2')).toEqual(DEPARTURE.map((kind) => `${kind}/compute-2`));
  });

  test('stays without a word where nothing was begun', () => {
    const cluster = new ScaledCluster(2);
    cluster.scale(1);
    cluster.scale(2);
    expectPlanFor(cluster, 2);
    expect(cluster.keys('pending')).toEqual([]);
  });

  test('is built to its end where it was not whole', () => {
    const cluster = new ScaledCluster(2);
    cluster.set(({ node }) => node === 'compute-2', 'pending');
    cluster.setKey('create-port/compute-2', 'done');
    cluster.setKey('discover-hosts/cluster', 'pending');
    cluster.scale(1);
    cluster.scale(2);
    expectPlanFor(cluster, 2);
    expect(cluster.keys('pending')).toContain('run-stack/compute-2');
  });

  test('cannot stay once its services are stopped', () => {
    const cluster = new ScaledCluster(2);
    cluster.scale(1);
    cluster.setKey('stop-compute/compute-2', 'open', [attempt('intent')]);
    expect(() => chooseMoves(cluster.standing, layoutOf(2))).toThrow(/compute-2 is being removed/);
  });

  test('while another joins is a member to it until it is gone', () => {
    const cluster = new ScaledCluster(3);
    cluster.scale(2);
    cluster.scale(1);
    expect(cluster.keys('pending')).toHaveLength(12);
    expect(hasDeparted(cluster.steps, 'compute-1')).toBe(false);
  });
});

test('guests that cannot move may be deleted later on', () => {
  const cluster = new ScaledCluster(3);
  cluster.scale(1);
  cluster.setKey('move-guests/compute-2', 'failed');
  cluster.setKey('move-guests/compute-3', 'done');
  const allowed = allowDeletion(cluster.steps);
  expect([...allowed.values()]).toMatchObject([{ key: 'move-guests/compute-2', input: { isDeleting: true } }]);
});

test('a layout that holds who leaves has as many as it takes', () => {
  const leaving = [{ name: 'compute-5', group: 'compute', generation: 1, isLeaving: true }];
  expect(layoutHolding(layoutOf(2), leaving).groups.map(({ count }) => count)).toEqual([1, 5]);
});

/** A layout whose controller is this, by the number of its computes. */
function load(controller: string): (count: number) => ReturnType<typeof layoutOf> {
  return (count) => {
    const layout = layoutOf(count);
    if (controller.includes('far')) {
      const [first, computes] = layout.groups;
      return { ...layout, groups: [first!, computes!, { ...computes!, name: 'far', count: 0 }] };
    }
    return {
      ...layout,
      groups: layout.groups.map((group) => Object.assign({}, group, { compute: group.role === 'compute' })),
    };
  };
}
