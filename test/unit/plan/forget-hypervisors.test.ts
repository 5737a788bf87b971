/** What makes way for fake hypervisors that come back as others, and when nothing has to. */
import { describe, expect, test } from 'vitest';
import { checkPlan } from '../../../src/engine/check-plan.ts';
import type { Replacement, StepRecord } from '../../../src/engine/journal.ts';
import { planReplacement } from '../../../src/engine/replace.ts';
import { planNodes } from '../../../src/layout/nodes.ts';
import { planRemoval } from '../../../src/plan/create.ts';
import { FORGET_HYPERVISORS, forgetFirst, forgettingKey } from '../../../src/plan/forget-hypervisors.ts';
import { beginAfresh, planRestack } from '../../../src/plan/restack.ts';
import { departedNodes } from '../../../src/plan/scale.ts';
import { STEP_KINDS } from '../../../src/steps/index.ts';
import { load, SMALL } from '../layout/small-layout.ts';
import { apply, find, planOf, recordsOf } from './failed-run.ts';
import { ScaledCluster } from './scaled-cluster.ts';

const FAKE = load(SMALL.replace('count: 2', 'count: 2, fake_hypervisors: 2'));
const NODES = planNodes(FAKE);
const KEY = forgettingKey('compute-1');

function restack(steps: readonly StepRecord[]): Replacement {
  const { planned } = find(steps, 'run-stack/compute-1');
  return forgetFirst(planRestack(steps, planned, 'stack-failed', 'why'), steps, NODES);
}

function replace(steps: readonly StepRecord[], node: string): Replacement {
  const isOnce = (kind: string): boolean => kind === 'run-stack';
  const replacement = beginAfresh(planReplacement(steps, [node], 'why', planRemoval, isOnce));
  return forgetFirst(replacement, steps, NODES);
}

function waitsOf(steps: readonly StepRecord[], key: string): readonly string[] {
  return find(steps, key).planned.after;
}

function forgettings(steps: readonly StepRecord[]): readonly string[] {
  return steps.map(({ planned }) => planned.key).filter((key) => key.startsWith('forget-'));
}

/** The journal after it, whose plan must hold together. */
function after(steps: readonly StepRecord[], replacement: Replacement): readonly StepRecord[] {
  const changed = apply(steps, replacement);
  expect(() => checkPlan(changed, STEP_KINDS)).not.toThrow();
  return changed;
}

describe.each([
  ['held', true, 'release-stack/compute-1'],
  ['not held', false, 'run-stack/compute-1'],
])('fake hypervisors whose stack.sh is %s', (_, isOverlapped, begins) => {
  const failed = recordsOf(planOf(FAKE, isOverlapped), 'run-stack/compute-1');

  test('are forgotten on the API node between unstack.sh and stack.sh', () => {
    const steps = after(failed, restack(failed));
    expect(find(steps, KEY).planned).toEqual({
      key: 'forget-hypervisors/compute-1',
      kind: 'forget-hypervisors',
      version: 1,
      node: 'controller',
      lifetime: 'server',
      input: {
        node: 'controller',
        user: 'debian',
        access: 'fixed',
        leaving: 'compute-1',
        hosts: ['compute-11', 'compute-12'],
      },
      after: ['unstack/compute-1', 'run-stack/controller'],
    });
    expect(waitsOf(steps, begins)).toContain(KEY);
  });

  test('are forgotten when their old server is gone', () => {
    const steps = after(failed, replace(failed, 'compute-1'));
    expect(waitsOf(steps, KEY)).toEqual(['remove-server/compute-1', 'run-stack/controller']);
    expect(waitsOf(steps, begins)).toContain(KEY);
  });

  test('are forgotten again before each further try, however it is done', () => {
    let steps = failed;
    const steer = [() => restack(steps), () => restack(steps), () => replace(steps, 'compute-1'), () => restack(steps)];
    for (const next of steer) {
      steps = after(steps, next());
      expect(forgettings(steps)).toEqual([KEY]);
      expect(waitsOf(steps, begins).filter((key) => key === KEY)).toHaveLength(1);
    }
  });

  test('of a fresh API node need not be: it knows nobody', () => {
    const restacked = after(failed, restack(failed));
    const steps = after(restacked, replace(restacked, 'controller'));
    expect(forgettings(steps)).toEqual([]);
    expect(waitsOf(steps, begins)).not.toContain(KEY);
  });
});

test('those that nova was never told of are not asked for', () => {
  const failed = recordsOf(planOf(FAKE, true), 'start-stack/compute-1');
  expect(forgettings(after(failed, restack(failed)))).toEqual([]);
});

test('real hypervisors keep their identity, and nobody forgets them', () => {
  const layout = load(SMALL);
  const failed = recordsOf(planOf(layout, true), 'run-stack/compute-1');
  const replacement = planRestack(failed, find(failed, 'run-stack/compute-1').planned, 'stack-failed', 'why');
  expect(forgetFirst(replacement, failed, planNodes(layout))).toBe(replacement);
});

test.each(['pending', 'done'] as const)('a node that leaves takes its forgetting along, %s', (state) => {
  const cluster = new ScaledCluster(2);
  const key = forgettingKey('compute-2');
  const input = { node: 'controller', user: 'debian', access: 'fixed', leaving: 'compute-2', hosts: ['compute-21'] };
  const known = { key, kind: FORGET_HYPERVISORS, version: 1, node: 'controller', lifetime: 'server', input } as const;
  cluster.steps = [...cluster.steps, cluster.record({ ...known, after: ['run-stack/controller'] }, state)];
  cluster.scale(1);
  if (state === 'done') expect(cluster.keys().indexOf(key)).toBe(cluster.keys().indexOf('start-stack/compute-2') - 1);
  else expect(cluster.keys()).not.toContain(key);
  cluster.set(() => true, 'done');
  expect(departedNodes(cluster.standing)).toEqual(['compute-2']);
  cluster.settle(['compute-2']);
  expect(cluster.keys()).not.toContain(key);
  expect(() => checkPlan(cluster.steps, STEP_KINDS)).not.toThrow();
});
