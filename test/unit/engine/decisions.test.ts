/** What the engine decides purely: order, waits, states, replacements, and which plans it refuses. */
import { describe, expect, it } from 'vitest';
import { checkPlan } from '../../../src/engine/check-plan.ts';
import type { AttemptRecord, AttemptState, StepRecord, StepState } from '../../../src/engine/journal.ts';
import { recordError } from '../../../src/engine/record-error.ts';
import { planReplacement } from '../../../src/engine/replace.ts';
import { backoffMs } from '../../../src/engine/retry.ts';
import { findCycle, type Load, readySteps } from '../../../src/engine/schedule.ts';
import { checkAttemptChange, checkStepChange, isOpenAttempt } from '../../../src/engine/states.ts';
import type { PlannedStep } from '../../../src/engine/step.ts';
import { BuilderError } from '../../../src/errors.ts';
import { noon, plannedStep } from '../journal/temporary-state.ts';
import { KINDS } from './world.ts';

const attempt: AttemptRecord = {
  id: 1,
  stepId: 1,
  number: 1,
  nonce: 'n',
  epoch: 1,
  state: 'ok',
  intendedAt: noon,
  endedAt: noon,
  error: null,
};

function records(
  steps: readonly PlannedStep[],
  facts: Readonly<Record<string, Partial<StepRecord>>> = {},
): readonly StepRecord[] {
  return steps.map((planned, id) => ({
    id,
    planned,
    generation: 1,
    state: 'pending',
    output: null,
    attempts: [],
    ...facts[planned.key],
  }));
}

describe('states', () => {
  const stepStates: readonly StepState[] = ['pending', 'open', 'done', 'failed', 'superseded'];
  const attemptStates: readonly AttemptState[] = ['intent', 'uncertain', 'ok', 'failed', 'moot'];
  const allowed = <State>(
    states: readonly State[],
    check: (subject: string, from: State, to: State) => void,
  ): readonly string[] =>
    states.flatMap((from) =>
      states.flatMap((to) => {
        try {
          check('x', from, to);
          return [`${String(from)} → ${String(to)}`];
        } catch (error) {
          expect(error).toMatchObject({ code: 'internal' });
          return [];
        }
      }),
    );

  it('of a step change in these ways only', () => {
    expect(allowed(stepStates, checkStepChange)).toEqual([
      'pending → open',
      'pending → superseded',
      'open → pending',
      'open → done',
      'open → failed',
      'open → superseded',
      'done → superseded',
      'failed → pending',
      'failed → superseded',
    ]);
  });

  it('of an attempt never change once its end is known', () => {
    expect(allowed(attemptStates, checkAttemptChange)).toEqual([
      'intent → uncertain',
      'intent → ok',
      'intent → failed',
      'intent → moot',
      'uncertain → uncertain',
      'uncertain → ok',
      'uncertain → failed',
      'uncertain → moot',
    ]);
    expect(attemptStates.filter((state) => isOpenAttempt({ state }))).toEqual(['intent', 'uncertain']);
  });
});

describe('waits', () => {
  it('double up to the cap, with full jitter', () => {
    const policy = { attempts: 9, baseMs: 1_000, capMs: 5_000 };
    expect([1, 2, 3, 4, 60].map((failures) => backoffMs(policy, failures, 0.5))).toEqual([
      500, 1_000, 2_000, 2_500, 2_500,
    ]);
    expect([backoffMs(policy, 3, 0), backoffMs(policy, 0, 0.999)]).toEqual([0, 999]);
  });
});

describe('the schedule', () => {
  const free: Load = { isTaken: () => false, busyNodes: new Set<string>(), runningWithoutNode: 0 };
  const keys = (steps: readonly StepRecord[], load = free, maxNodes = 9): readonly string[] =>
    readySteps(steps, load, maxNodes).map(({ planned }) => planned.key);

  it('takes what is pending or open, in plan order, one for each node', () => {
    const steps = records(
      [
        plannedStep('do', 'a'),
        plannedStep('read', 'a'),
        plannedStep('do', 'b'),
        plannedStep('do', 'c'),
        plannedStep('make', 'd'),
      ],
      {
        'do/b': { state: 'open' },
        'do/c': { state: 'failed' },
      },
    );
    expect(keys(steps)).toEqual(['do/a', 'do/b', 'make/d']);
    expect(keys(steps, { ...free, busyNodes: new Set(['a']) }, 2)).toEqual(['do/b']);
    expect(keys(steps, { ...free, isTaken: (id) => id === 0 })).toEqual(['read/a', 'do/b', 'make/d']);
  });

  it('finds a circle and names it', () => {
    const steps = records([
      plannedStep('do', 'a', { after: ['do/c'] }),
      plannedStep('do', 'b', { after: ['do/a'] }),
      plannedStep('do', 'c', { after: ['do/b', 'do/none'] }),
      plannedStep('do', 'd'),
    ]);
    expect(findCycle(steps)).toEqual(['do/a', 'do/c', 'do/b', 'do/a']);
    expect(findCycle(steps.slice(1))).toBeNull();
  });
});

describe('a plan is refused', () => {
  const refuse = (steps: readonly StepRecord[]): BuilderError => {
    try {
      checkPlan(steps, KINDS);
    } catch (error) {
      return error as BuilderError;
    }
    throw new Error('it was not refused');
  };

  it('with everything that is wrong with it at once', () => {
    const error = refuse(
      records([
        plannedStep('do', 'a'),
        plannedStep('do', 'a'),
        plannedStep('do', 'b', { after: ['do/none'] }),
        plannedStep('dance', 'c'),
        plannedStep('do', 'd', { version: 2 }),
        plannedStep('do', 'e', { input: [] as never }),
      ]),
    );
    expect(error).toMatchObject({ code: 'plan-mismatch', exitCode: 8, at: 'do/a' });
    expect(error.problems.map(({ message }) => message)).toEqual([
      'two steps are called do/a',
      'do/b comes after do/none, which is not in the plan',
      'dance/c was planned as dance version 1, which is unknown here',
      'do/d was planned as do version 2, which is version 1 here',
      'do/e was planned as do version 1, which has another input here',
    ]);
  });

  it('when its steps wait for each other', () => {
    const steps = records([plannedStep('do', 'a', { after: ['do/b'] }), plannedStep('do', 'b', { after: ['do/a'] })]);
    expect(refuse(steps).message).toBe('steps wait for each other: do/a → do/b → do/a');
  });

  it('but not for the older definition of a step that is finished', () => {
    const steps = records([plannedStep('dance', 'a', { version: 7 })], { 'dance/a': { state: 'done', output: {} } });
    expect(() => checkPlan(steps, KINDS)).not.toThrow();
  });
});

describe('an error on record', () => {
  it('keeps code, place, fix, facts and causes, all redacted', () => {
    const redact = (text: string): string => text.replaceAll('hunter2', '‹secret›');
    const cause = new Error('hunter2 refused', { cause: 'hunter2 again' });
    const details = {
      text: 'hunter2',
      count: 1,
      isOver: true,
      none: null,
      list: ['hunter2', { deep: 'hunter2' }],
      odd: undefined,
      big: 5n,
      when: noon,
    };
    const error = new BuilderError('refused', 'no hunter2', { at: 'hunter2:1', fix: 'drop hunter2', details, cause });
    const recorded = recordError(error, redact);
    expect(recorded).toEqual({
      code: 'refused',
      message: 'no ‹secret›',
      at: '‹secret›:1',
      fix: 'drop ‹secret›',
      details: {
        text: '‹secret›',
        count: 1,
        isOver: true,
        none: null,
        list: ['‹secret›', { deep: '‹secret›' }],
        odd: null,
        big: null,
        when: {},
      },
      causes: ['‹secret› refused', '‹secret› again'],
    });
    expect(JSON.parse(JSON.stringify(recorded))).toEqual(recorded);
  });

  it('ends a chain of causes that has no end', () => {
    const endless = new Error('again');
    endless.cause = endless;
    expect(recordError(new BuilderError('refused', 'no', { cause: endless }), String).causes).toHaveLength(8);
    expect(recordError(new BuilderError('refused', 'no'), String)).toMatchObject({
      at: undefined,
      fix: undefined,
      causes: [],
    });
  });
});

describe('a replacement', () => {
  const node = (name: string, after: readonly string[] = []): readonly PlannedStep[] => [
    plannedStep('create-port', name, { lifetime: 'cluster' }),
    plannedStep('create-server', name, { after: [`create-port/${name}`] }),
    plannedStep('set-names', name, { after: [`create-server/${name}`] }),
    plannedStep('run-stack', name, { after: [`set-names/${name}`, ...after] }),
  ];
  const plan = [
    ...node('controller'),
    ...node('compute-1', ['run-stack/controller']),
    ...node('compute-2', ['run-stack/controller']),
    plannedStep('discover', 'controller', { after: ['run-stack/compute-1', 'run-stack/compute-2'] }),
  ];
  const removal = (name: string, generation: number): PlannedStep =>
    plannedStep('remove-server', name, { input: { generation } });
  const replace = (steps: readonly StepRecord[], nodes: readonly string[]) =>
    planReplacement(steps, nodes, 'gone', removal, (kind) => kind === 'run-stack');
  const begun = (...keys: readonly string[]) =>
    Object.fromEntries(keys.map((key) => [key, { state: 'done' as const, output: {}, attempts: [attempt] }]));

  it('takes the node’s server steps and what came of them; its port stays', () => {
    const steps = records(plan, begun(...plan.map(({ key }) => key)));
    const { nodes, supersede, insert, reason } = replace(steps, ['compute-1']);
    expect([nodes, reason]).toEqual([['compute-1'], 'gone']);
    expect(supersede.map((id) => steps[id]?.planned.key)).toEqual([
      'create-server/compute-1',
      'set-names/compute-1',
      'run-stack/compute-1',
      'discover/controller',
    ]);
    expect(insert.map(({ key }) => key)).toEqual([
      'remove-server/compute-1',
      'create-server/compute-1',
      'set-names/compute-1',
      'run-stack/compute-1',
      'discover/controller',
    ]);
    expect(insert[0]).toEqual(removal('compute-1', 1));
    expect(insert[1]?.after).toEqual(['create-port/compute-1', 'remove-server/compute-1']);
    expect(insert.slice(2)).toEqual(
      plan.filter(({ key }) => ['set-names/compute-1', 'run-stack/compute-1', 'discover/controller'].includes(key)),
    );
  });

  it('takes other nodes along on which stack.sh was begun against the old one', () => {
    const steps = records(plan, begun('run-stack/controller', 'run-stack/compute-1'));
    expect(replace(steps, ['controller']).nodes).toEqual(['controller', 'compute-1']);
    const keys = replace(steps, ['controller']).supersede.map((id) => steps[id]?.planned.key);
    expect(keys).toContain('create-server/compute-1');
    expect(keys).toContain('run-stack/compute-2');
    expect(keys).not.toContain('create-server/compute-2');
  });

  it('of a server that was replaced before removes the newer one, and orders that once', () => {
    const first = replace(records(plan), ['compute-1']);
    const again = records([...plan.filter((_, id) => !first.supersede.includes(id)), ...first.insert]);
    for (const step of again) {
      if (step.planned.node === 'compute-1' && step.planned.lifetime === 'server')
        Object.assign(step, { generation: 2 });
    }
    const { insert } = replace(again, ['compute-1']);
    expect(insert.filter(({ kind }) => kind === 'remove-server')).toEqual([removal('compute-1', 2)]);
    expect(insert.find(({ key }) => key === 'create-server/compute-1')?.after).toEqual([
      'create-port/compute-1',
      'remove-server/compute-1',
    ]);
  });

  it('takes a step of the cluster along that came of the server', () => {
    const steps = records([...plan, plannedStep('note', null, { after: ['run-stack/compute-1'] })]);
    expect(replace(steps, ['compute-1']).insert.at(-1)?.key).toBe('note/cluster');
  });
});
