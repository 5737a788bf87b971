/** A plan's run: order, lanes, failures that stay where they are, replacements, and stopping. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Replacement } from '../../../src/engine/journal.ts';
import { BuilderError } from '../../../src/errors.ts';
import { plannedStep, TemporaryStates } from '../journal/temporary-state.ts';
import { bench, fail, gate, startedOrder } from './world.ts';

const states = new TemporaryStates();
afterEach(() => states.clean());

const step = plannedStep;
describe('the order', () => {
  it('follows what each step comes after', async () => {
    const b = await bench(states, [
      step('read', 'b', { after: ['do/b', 'make/cluster'] }),
      step('do', 'b', { after: ['make/cluster'] }),
      step('make', null),
    ]);
    const report = await b.run();
    expect(startedOrder(b)).toEqual(['make/cluster', 'do/b', 'read/b']);
    expect(report.done.map(({ planned }) => planned.key)).toEqual(['read/b', 'do/b', 'make/cluster']);
    expect(b.events.at(-1)).toEqual({ type: 'run-ended', done: 3, failed: 0, blocked: 0, elapsedMs: 0 });
  });

  it('a finished plan begins nothing', async () => {
    const b = await bench(states, [step('make', 'a')]);
    await b.run();
    await b.restart();
    expect((await b.run()).done).toHaveLength(1);
    expect([b.world.calls.length, b.world.made.length]).toEqual([1, 1]);
  });
});

describe('lanes', () => {
  it('the steps of one node run one at a time', async () => {
    const b = await bench(
      states,
      ['1', '2', '3'].map((n) => step('do', 'a', { key: `do/${n}` })),
    );
    await b.run();
    expect(b.world.mostActive).toBe(1);
  });

  it.each([
    [2, 2],
    [4, 4],
    [10, 5],
  ])('with room for %i, %i of 5 nodes run at once', async (maxParallelNodes, most) => {
    const nodes = ['a', 'b', 'c', 'd', 'e'];
    const b = await bench(
      states,
      nodes.map((node) => step('do', node)),
    );
    for (const node of nodes) b.world.act(`do/${node}`, async () => (await nextTurn(), { id: node }));
    await b.run({ maxParallelNodes });
    expect(b.world.mostActive).toBe(most);
  });

  it('the cluster’s own steps need no lane, and at most 8 run at once', async () => {
    const keys = Array.from({ length: 12 }, (_, index) => `do/${index}`);
    const b = await bench(
      states,
      keys.map((key) => step('do', null, { key })),
    );
    for (const key of keys) b.world.act(key, async () => (await nextTurn(), { id: key }));
    await b.run({ maxParallelNodes: 1 });
    expect(b.world.mostActive).toBe(8);
  });
});

describe('a failure', () => {
  const plan = [
    step('do', 'a'),
    step('read', 'a', { after: ['do/a'] }),
    step('do', 'b'),
    step('read', 'b', { after: ['do/b'] }),
  ];

  it('blocks what comes after it and nothing else', async () => {
    const b = await bench(states, plan);
    b.world.act('do/a', fail('forbidden'));
    const report = await b.run();
    expect(report.done.map(({ planned }) => planned.key)).toEqual(['do/b', 'read/b']);
    expect(report.failed).toMatchObject([
      { step: { planned: { key: 'do/a' }, state: 'failed' }, error: { code: 'forbidden' } },
    ]);
    expect(report.blocked.map(({ planned }) => planned.key)).toEqual(['read/a']);
    expect(b.events.at(-1)).toMatchObject({ done: 2, failed: 1, blocked: 1 });
  });

  it('begins nothing new when asked to stop at failures; what runs goes on to its end', async () => {
    const b = await bench(states, plan);
    const other = gate();
    b.world.act('do/a', async () => {
      await other.begun;
      throw new BuilderError('forbidden', 'no');
    });
    b.world.act('do/b', other.act);
    const running = b.run({ onFailure: 'stop' });
    await vi.waitFor(() => expect(b.events).toContainEqual({ type: 'run-stopping', reason: 'do/a failed' }));
    other.open();
    const report = await running;
    expect(report.done.map(({ planned }) => planned.key)).toEqual(['do/b']);
    expect(report.blocked.map(({ planned }) => planned.key)).toEqual(['read/a', 'read/b']);
    expect(report.canceled).toBe(false);
  });

  it('of an earlier run stays until it is reopened', async () => {
    const b = await bench(states, plan.slice(0, 2));
    b.world.act('do/a', fail('forbidden'));
    await b.run();
    await b.restart();
    expect((await b.run()).blocked.map(({ planned }) => planned.key)).toEqual(['do/a', 'read/a']);
    await b.journal().reopenFailed([b.step('do/a').id]);
    expect((await b.run()).done).toHaveLength(2);
    expect(b.step('do/a').attempts.map(({ number, state }) => `${number} ${state}`)).toEqual(['1 failed', '2 ok']);
  });

  it('doubt blocks like a failure, and stops where failures do', async () => {
    const b = await bench(states, plan);
    b.world.act('do/a', fail('uncertain-write'));
    b.world.look('do/a', fail('blind-list'));
    const report = await b.run({ onFailure: 'stop', maxParallelNodes: 1 });
    expect(report.inDoubt).toMatchObject([
      { step: { planned: { key: 'do/a' }, state: 'open' }, error: { code: 'blind-list' } },
    ]);
    expect(report.blocked).toHaveLength(3);
  });
});

describe('what the engine cannot go on with', () => {
  it('trouble with the journal ends the run when everything else has ended', async () => {
    const b = await bench(states, [step('do', 'a'), step('do', 'b')]);
    const journal = b.journal();
    const broken = Object.assign(Object.create(journal) as typeof journal, {
      recordDone: fail('fenced'),
    });
    await expect(b.run({ journal: broken })).rejects.toMatchObject({ code: 'fenced' });
    expect(b.world.active.size).toBe(0);
  });

  it.each([
    [
      'a replacement that cannot be written',
      (): Replacement => ({ nodes: ['nobody'], supersede: [], insert: [], reason: '' }),
    ],
    [
      'a decision that is bugged',
      (): never => {
        throw new RangeError('bug');
      },
    ],
  ])('%s ends it too', async (_what, recover) => {
    const b = await bench(states, [step('do', 'a')]);
    b.world.act('do/a', fail('forbidden'));
    await expect(b.run({ recover })).rejects.toMatchObject({ code: 'internal' });
  });

  it('a step in doubt while the sleep itself fails is a bug, not a stop', async () => {
    const b = await bench(states, [step('do', 'a')]);
    b.world.act('do/a', fail('slow-down'));
    const { sleep } = b.clock;
    vi.spyOn(b.clock, 'sleep').mockImplementation((ms, signal) =>
      ms < 600_000 ? Promise.reject(new Error('no timer')) : sleep.call(b.clock, ms, signal),
    );
    await expect(b.run()).rejects.toMatchObject({ code: 'internal', message: 'no timer' });
  });
});
