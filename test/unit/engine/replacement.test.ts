/** Servers replaced while a plan runs. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { PlanCounts } from '../../../src/engine/events.ts';
import { planReplacement } from '../../../src/engine/replace.ts';
import type { PlannedStep } from '../../../src/engine/step.ts';
import { BuilderError } from '../../../src/errors.ts';
import { plannedStep, TemporaryStates } from '../journal/temporary-state.ts';
import { bench, fail, gate, KINDS, type Recover, startedOrder } from './world.ts';

const states = new TemporaryStates();
afterEach(() => states.clean());

const step = plannedStep;

/** Replaces the node of every step that failed as gone. */
const replaceNode: Recover = (failed, error, steps) => {
  const { node } = failed.planned;
  if (node === null || error.code !== 'server-gone') return null;
  const removal = (name: string): PlannedStep => step('do', name, { key: `remove-server/${name}` });
  return planReplacement(steps, [node], error.message, removal, (kind) => KINDS.get(kind)?.repeat === 'once');
};

describe('a replaced server', () => {
  const nodePlan = (node: string): readonly PlannedStep[] => [
    step('make', node, { key: `create-server/${node}` }),
    step('do', node, { after: [`create-server/${node}`] }),
    step('job', node, { after: [`do/${node}`] }),
  ];

  const counts = (total: number, done: number): PlanCounts => ({ total, done, nodes: [{ node: 'a', total, done }] });

  it('begins again under the next generation, after the old one is removed', async () => {
    const b = await bench(states, nodePlan('a'));
    b.world.act('job/a', fail('server-gone'));
    const report = await b.run({ recover: replaceNode });
    expect(report).toMatchObject({ failed: [], inDoubt: [], blocked: [] });
    expect(startedOrder(b)).toEqual([
      'create-server/a',
      'do/a',
      'job/a',
      'remove-server/a',
      'create-server/a',
      'do/a',
      'job/a',
    ]);
    expect(b.events).toContainEqual({ type: 'node-replaced', node: 'a', generation: 2, reason: 'server-gone' });
    expect(b.events.find(({ type }) => type === 'run-started')).toMatchObject(counts(3, 0));
    // The removal of the old server is one step more.
    expect(b.events.find(({ type }) => type === 'plan-changed')).toEqual({ type: 'plan-changed', ...counts(4, 0) });
    expect([b.step('job/a').generation, b.step('job/a').output]).toEqual([2, { id: 'job/a-g2' }]);
    expect(b.resources()).toEqual(['create-server/a deleting', 'create-server/a present']);
  });

  it('may be replaced again, as often as its caller allows', async () => {
    const b = await bench(states, nodePlan('a'));
    b.world.act('job/a', fail('server-gone'), fail('server-gone'), fail('server-gone'));
    let left = 2;
    const recover: Recover = (...args) => ((left -= 1) >= 0 ? replaceNode(...args) : null);
    const report = await b.run({ recover });
    expect(report.failed).toMatchObject([{ step: { generation: 3 }, error: { code: 'server-gone' } }]);
  });

  it('waits for steps of other nodes that it takes along, and lets none of them begin or be tried again meanwhile', async () => {
    const b = await bench(states, [
      ...nodePlan('a'),
      ...nodePlan('b'),
      step('do', 'b', { key: 'trust/b', after: ['do/a', 'job/b'] }),
      step('do', 'b', { key: 'check/b', after: ['trust/b'] }),
    ]);
    const trust = gate();
    b.world.act('job/a', async () => {
      await trust.begun;
      throw new BuilderError('server-gone', 'gone');
    });
    b.world.act('trust/b', async () => {
      await trust.act();
      throw new BuilderError('slow-down', 'try later');
    });
    const recover = vi.fn(replaceNode);
    const running = b.run({ recover });
    await vi.waitFor(() => expect(recover).toHaveBeenCalledOnce());
    expect(b.events.filter(({ type }) => type === 'node-replaced')).toEqual([]);
    trust.open();
    expect(await running).toMatchObject({ failed: [], blocked: [] });
    expect(recover).toHaveBeenCalledOnce();
    expect(b.journal().generationOf('b')).toBe(1);
    expect(startedOrder(b).filter((key) => key === 'trust/b')).toHaveLength(2);
    expect(b.clock.waits).toEqual([]);
    // The number goes on, so that nothing left on node b is taken for the new attempt.
    expect(b.step('trust/b').attempts).toMatchObject([{ number: 2, state: 'ok' }]);
  });

  it('two that fail together are replaced one after the other, each on the plan the other left', async () => {
    const b = await bench(states, [
      ...nodePlan('a'),
      ...nodePlan('b'),
      step('do', null, { key: 'end', after: ['job/a', 'job/b'] }),
    ]);
    b.world.act('job/a', fail('server-gone'));
    b.world.act('job/b', fail('server-gone'));
    expect(await b.run({ recover: replaceNode })).toMatchObject({ failed: [], blocked: [] });
    expect(['a', 'b'].map((node) => b.journal().generationOf(node))).toEqual([2, 2]);
    expect([...b.world.jobs.values()]).toEqual([1, 1]);
  });

  it('a step in doubt that is taken along is no doubt any more', async () => {
    const b = await bench(states, [...nodePlan('a'), step('do', null, { key: 'other', after: ['do/a'] })]);
    b.world.act('other', fail('uncertain-write'));
    b.world.look('other', fail('blind-list'));
    b.world.act('job/a', async () => {
      await vi.waitFor(() => expect(b.events).toContainEqual(expect.objectContaining({ type: 'step-in-doubt' })));
      throw new BuilderError('server-gone', 'gone');
    });
    expect(await b.run({ recover: replaceNode })).toMatchObject({ failed: [], inDoubt: [], blocked: [] });
  });

  it('is not replaced any more once the run stops', async () => {
    const b = await bench(states, nodePlan('a'));
    b.world.act('job/a', async () => {
      b.stop.abort(new BuilderError('canceled', 'stopped by SIGINT'));
      throw new BuilderError('server-gone', 'gone');
    });
    const recover = vi.fn(replaceNode);
    expect(await b.run({ recover })).toMatchObject({ failed: [], canceled: true });
    expect(recover).not.toHaveBeenCalled();
    expect(b.step('job/a')).toMatchObject({ state: 'open', generation: 1 });
  });
});
