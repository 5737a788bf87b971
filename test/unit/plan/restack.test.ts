/** What stack.sh again on the same server does to a plan: what is undone, in which order it comes back, and what is left alone. */
import { describe, expect, test } from 'vitest';
import { checkPlan } from '../../../src/engine/check-plan.ts';
import type { Replacement, StepRecord } from '../../../src/engine/journal.ts';
import { planReplacement } from '../../../src/engine/replace.ts';
import { planRemoval } from '../../../src/plan/create.ts';
import { beginAfresh, planRestack, tellRestack } from '../../../src/plan/restack.ts';
import { restackOf } from '../../../src/roles/restacks.ts';
import { STEP_KINDS } from '../../../src/steps/index.ts';
import { load, SMALL } from '../layout/small-layout.ts';
import { apply, find, planOf, recordsOf } from './failed-run.ts';

const TLS_OVERLAY = load(`${SMALL}tls: true\nnetwork: {overlay: true}\n`);

function restackAt(steps: readonly StepRecord[], key: string): Replacement {
  return planRestack(steps, find(steps, key).planned, 'stack-failed', 'why');
}

describe('a stack.sh that is run again', () => {
  const steps = recordsOf(planOf(TLS_OVERLAY, true), 'run-stack/compute-1');
  const first = restackAt(steps, 'run-stack/compute-1');

  test('takes what unstack.sh undoes with it, on its own node, and makes no server', () => {
    expect(first.nodes).toEqual([]);
    expect(first.reason).toBe('why');
    expect(first.insert.map(({ key }) => key)).toEqual([
      'unstack/compute-1',
      'write-compute-id/compute-1',
      'install-openvswitch/compute-1',
      'make-overlay/compute-1',
      'check-overlay/compute-1',
      'install-ca/compute-1',
      'start-stack/compute-1',
      'release-stack/compute-1',
      'run-stack/compute-1',
    ]);
    const superseded = steps.filter(({ id }) => first.supersede.includes(id)).map(({ planned }) => planned.key);
    expect(superseded.toSorted()).toEqual(
      first.insert
        .map(({ key }) => key)
        .filter((key) => key !== 'unstack/compute-1')
        .toSorted(),
    );
  });
  test('comes after unstack.sh and all that is restored, and is held as before', () => {
    const after = apply(steps, first);
    expect(() => checkPlan(after, STEP_KINDS)).not.toThrow();
    for (const { key, after: waits } of first.insert)
      expect(waits.includes('unstack/compute-1'), key).toBe(key !== 'unstack/compute-1');
    expect(find(after, 'start-stack/compute-1').planned).toMatchObject({
      input: { node: 'compute-1', restack: 1 },
      after: expect.arrayContaining(['install-ca/compute-1', 'make-overlay/compute-1', 'write-local-conf/compute-1']),
    });
    expect(find(after, 'run-stack/compute-1').planned).toMatchObject({
      input: { isHeld: true, restack: 1 },
      after: ['release-stack/compute-1', 'unstack/compute-1'],
    });
    expect(find(after, 'unstack/compute-1').planned).toMatchObject({
      input: { node: 'compute-1', restack: 1, cause: 'stack-failed' },
      after: expect.arrayContaining(['write-local-conf/compute-1', 'install-builder-plugin/compute-1']),
    });
  });
  test('has the next number the second time, one unstack.sh, and no edge twice', () => {
    const once = apply(steps, first);
    const second = restackAt(once, 'run-stack/compute-1');
    expect(second.insert[0]).toMatchObject({ key: 'unstack/compute-1', input: { restack: 2 } });
    expect(second.supersede).toContain(find(once, 'unstack/compute-1').id);
    const twice = apply(once, second);
    expect(() => checkPlan(twice, STEP_KINDS)).not.toThrow();
    const { planned } = find(twice, 'run-stack/compute-1');
    expect(restackOf(planned.input)).toBe(2);
    expect(new Set(planned.after).size).toBe(planned.after.length);
  });
  test('is told with its number', () => {
    const { planned } = find(steps, 'run-stack/compute-1');
    expect(tellRestack(planned, 'no mirror')).toBe('compute-1: stack.sh again on the same server, 1 of 2 (no mirror)');
  });
});

test('one that is not held comes straight after unstack.sh', () => {
  const steps = recordsOf(planOf(load(SMALL), false), 'run-stack/compute-1');
  const { insert } = restackAt(steps, 'run-stack/compute-1');
  expect(insert.map(({ key }) => key)).toEqual([
    'unstack/compute-1',
    'write-compute-id/compute-1',
    'run-stack/compute-1',
  ]);
  expect(insert[0]?.after).toContain('run-stack/controller');
});

describe('a fresh server', () => {
  test('knows nothing of what was undone on the one before', () => {
    const plan = planOf(TLS_OVERLAY, true);
    const steps = recordsOf(plan, 'run-stack/compute-1');
    const restacked = apply(steps, restackAt(steps, 'run-stack/compute-1'));
    const replaced = beginAfresh(planReplacement(restacked, ['compute-1'], 'why', planRemoval, () => false));
    const live = apply(restacked, replaced);
    expect(() => checkPlan(live, STEP_KINDS)).not.toThrow();
    const own = live.flatMap(({ planned }) => (planned.node === 'compute-1' ? [planned] : []));
    const fresh = new Map(plan.map((step) => [step.key, step]));
    for (const step of own) {
      if (step.kind === 'remove-server' || step.kind === 'create-server') continue;
      expect(step, step.key).toEqual(fresh.get(step.key));
    }
  });
  test('of one node leaves the numbers of others alone', () => {
    const steps = recordsOf(planOf(load(SMALL), true), 'run-stack/compute-1');
    const restacked = apply(steps, restackAt(steps, 'run-stack/compute-1'));
    const replaced = beginAfresh(planReplacement(restacked, ['controller'], 'why', planRemoval, () => false));
    const run = replaced.insert.find(({ key }) => key === 'run-stack/compute-1');
    expect(run).toMatchObject({ input: { restack: 1 }, after: expect.arrayContaining(['unstack/compute-1']) });
  });
});
