/** A plan's run: order, lanes, failures that stay where they are, replacements, and stopping. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Replacement } from '../../../src/engine/journal.ts';
import { planReplacement } from '../../../src/engine/replace.ts';
import type { PlannedStep } from '../../../src/engine/step.ts';
import { BuilderError, type ErrorCode } from '../../../src/errors.ts';
import { plannedStep, TemporaryStates } from '../journal/temporary-state.ts';
import { type Bench, bench, KINDS, type Recover } from './world.ts';

const states = new TemporaryStates();
afterEach(() => states.clean());

const step = plannedStep;
const fail = (code: ErrorCode) => async (): Promise<never> => {
  throw new BuilderError(code, code);
};
const startedOrder = (b: Bench): readonly string[] =>
  b.world.calls.filter((call) => call.startsWith('perform')).map((call) => call.split(' ')[1] ?? '');

/** An action that says when it began and ends when it is told to. */
function gate(): { readonly act: () => Promise<{ id: string }>; readonly begun: Promise<void>; open(): void } {
  const [begun, opened] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  return {
    begun: begun.promise,
    open: () => opened.resolve(),
    async act() {
      begun.resolve();
      await opened.promise;
      return { id: 'x' };
    },
  };
}

/** Replaces the node of every step that failed as gone. */
const replaceNode: Recover = (failed, error, steps) => {
  const { node } = failed.planned;
  if (node === null || error.code !== 'server-gone') return null;
  const removal = (name: string): PlannedStep => step('do', name, { key: `remove-server/${name}` });
  return planReplacement(steps, [node], error.message, removal, (kind) => KINDS.get(kind)?.repeat === 'once');
};

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

describe('a replaced server', () => {
  const nodePlan = (node: string): readonly PlannedStep[] => [
    step('make', node, { key: `create-server/${node}` }),
    step('do', node, { after: [`create-server/${node}`] }),
    step('job', node, { after: [`do/${node}`] }),
  ];

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

describe('stopping', () => {
  it('begins nothing more, leaves the attempt open, and a later run takes it up', async () => {
    const b = await bench(states, [
      step('job', 'a'),
      step('do', 'a', { after: ['job/a'] }),
      step('do', 'b'),
      step('read', 'b', { after: ['do/b'] }),
    ]);
    const slow = gate();
    b.world.act(
      'job/a',
      ({ signal }) =>
        new Promise((_, reject) =>
          signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }),
        ),
    );
    b.world.act('do/b', slow.act);
    const running = b.run();
    await slow.begun;
    b.stop.abort(new BuilderError('canceled', 'stopped by SIGINT'));
    slow.open();
    const report = await running;
    expect(report).toMatchObject({ canceled: true, failed: [], inDoubt: [] });
    expect(report.done.map(({ planned }) => planned.key)).toEqual(['do/b']);
    expect(b.events).toContainEqual({ type: 'run-stopping', reason: 'stopped by SIGINT' });
    expect(b.step('job/a')).toMatchObject({ state: 'open', attempts: [{ state: 'intent' }] });
    await b.restart();
    expect((await b.run()).done).toHaveLength(4);
    expect(b.step('job/a').attempts).toMatchObject([{ number: 1, state: 'ok' }]);
  });

  it('while waiting to try again leaves nothing open', async () => {
    const b = await bench(states, [step('do', 'a')]);
    b.world.act('do/a', fail('slow-down'));
    vi.spyOn(b.clock, 'sleep').mockImplementation(async (ms, signal) => {
      if (ms < 600_000) b.stop.abort();
      await new Promise((resolve) =>
        signal.aborted ? resolve(null) : signal.addEventListener('abort', resolve, { once: true }),
      );
      signal.throwIfAborted();
    });
    expect(await b.run()).toMatchObject({ canceled: true, failed: [] });
    expect(b.step('do/a')).toMatchObject({ state: 'pending', attempts: [{ state: 'failed' }] });
  });

  it('while looking leaves the attempt in doubt', async () => {
    const b = await bench(states, [step('make', 'a')]);
    b.world.act('make/a', fail('uncertain-write'));
    b.world.look('make/a', async ({ signal }) => {
      b.stop.abort('enough');
      signal.throwIfAborted();
      return { state: 'absent' };
    });
    expect(await b.run()).toMatchObject({ canceled: true, inDoubt: [] });
    expect(b.events).toContainEqual({ type: 'run-stopping', reason: 'asked to stop' });
    expect(b.step('make/a').attempts).toMatchObject([{ state: 'uncertain' }]);
    expect(b.world.made).toEqual([]);
  });

  it('between a look that proves absence and the next attempt sends nothing', async () => {
    const b = await bench(states, [step('make', 'a')]);
    b.world.act('make/a', fail('uncertain-write'));
    b.world.look('make/a', async () => {
      b.stop.abort();
      return { state: 'absent' };
    });
    await b.run();
    expect([b.world.made, b.step('make/a').state]).toEqual([[], 'pending']);
  });

  it('before the start begins nothing', async () => {
    const b = await bench(states, [step('do', 'a')]);
    b.stop.abort(new BuilderError('canceled', 'stopped by SIGTERM'));
    expect(await b.run()).toMatchObject({ canceled: true, done: [] });
    expect(b.world.calls).toEqual([]);
  });

  it('a step that gives up by itself as canceled stops the run', async () => {
    const b = await bench(states, [step('do', 'a'), step('read', 'a', { after: ['do/a'] })]);
    b.world.act('do/a', fail('canceled'));
    expect(await b.run()).toMatchObject({ done: [], failed: [], blocked: [{}, {}] });
    expect(b.step('do/a').state).toBe('open');
  });
});

describe('what the engine cannot go on with', () => {
  it('trouble with the journal ends the run when everything else has ended', async () => {
    const b = await bench(states, [step('do', 'a'), step('do', 'b')]);
    const journal = b.journal();
    const broken = Object.assign(Object.create(journal) as typeof journal, {
      recordDone: async (): Promise<never> => Promise.reject(new BuilderError('fenced', 'another builder took over')),
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
