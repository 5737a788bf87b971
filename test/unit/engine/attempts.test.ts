/** One step's attempts: retried within a budget, observed when in doubt, never sent again before it is known what became of them. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import type { RunEvent } from '../../../src/engine/events.ts';
import type { StepContext } from '../../../src/engine/step.ts';
import { BuilderError } from '../../../src/errors.ts';
import { plannedStep, TemporaryStates } from '../journal/temporary-state.ts';
import { type Bench, bench, fail, type World } from './world.ts';

const states = new TemporaryStates();
afterEach(() => states.clean());

/** The request took effect and its answer was lost. */
const loseAnswer = async (context: StepContext<World>): Promise<never> => {
  context.ports.make(context);
  throw new BuilderError('uncertain-write', 'lost');
};
const one = (kind: string): Promise<Bench> => bench(states, [plannedStep(kind, 'a')]);
const types = (events: readonly RunEvent[]): readonly string[] => events.map(({ type }) => type);
const attemptsOf = (b: Bench, key: string): readonly string[] =>
  b.step(key).attempts.map(({ number, state }) => `${number} ${state}`);

describe('a retryable failure', () => {
  it('is tried again under a new nonce, after a growing wait', async () => {
    const b = await one('make');
    b.world.act('make/a', fail('slow-down'), fail('slow-down'));
    const report = await b.run();
    expect(report.done).toHaveLength(1);
    expect(attemptsOf(b, 'make/a')).toEqual(['1 failed', '2 failed', '3 ok']);
    expect(new Set(b.step('make/a').attempts.map(({ nonce }) => nonce)).size).toBe(3);
    expect(b.clock.waits).toEqual([500, 1_000]);
    expect(types(b.events)).toEqual([
      'run-started',
      'step-started',
      'step-retrying',
      'step-started',
      'step-retrying',
      'step-started',
      'step-done',
      'run-ended',
    ]);
  });

  it('is final when the budget is spent', async () => {
    const b = await one('make');
    b.world.act('make/a', fail('slow-down'), fail('slow-down'), fail('slow-down', 'hunter2 was slow'));
    const report = await b.run();
    expect(report.failed).toMatchObject([
      { step: { state: 'failed', planned: { key: 'make/a' } }, error: { code: 'slow-down' } },
    ]);
    expect(b.step('make/a').attempts.at(-1)?.error).toMatchObject({ code: 'slow-down', message: '‹secret› was slow' });
    expect(b.resources()).toEqual(['make/a gone', 'make/a gone', 'make/a gone']);
  });
});

describe('a lost answer to a create is in doubt, never resent', () => {
  it('what it made is found and adopted', async () => {
    const b = await one('make');
    b.world.act('make/a', loseAnswer);
    const report = await b.run();
    expect(report).toMatchObject({ failed: [], inDoubt: [], canceled: false });
    expect([b.world.made.length, attemptsOf(b, 'make/a'), b.resources()]).toEqual([1, ['1 ok'], ['make/a present']]);
    expect(b.events).toContainEqual(expect.objectContaining({ type: 'step-done', adopted: true }));
  });

  it('proven absent, it is moot and made anew', async () => {
    const b = await one('make');
    b.world.act('make/a', fail('uncertain-write'));
    await b.run();
    expect([b.world.made.length, attemptsOf(b, 'make/a')]).toEqual([1, ['1 moot', '2 ok']]);
    expect(b.resources()).toEqual(['make/a gone', 'make/a present']);
  });

  it('absent each time, it fails when the budget is spent', async () => {
    const b = await one('make');
    b.world.act('make/a', fail('uncertain-write'), fail('uncertain-write'), fail('uncertain-write'));
    const report = await b.run();
    expect(report.failed).toMatchObject([{ error: { code: 'uncertain-write' } }]);
    expect(attemptsOf(b, 'make/a')).toEqual(['1 moot', '2 moot', '3 failed']);
  });

  it.each(['blind-list', 'forbidden', 'drift', 'auth-lost'] as const)(
    'where looking ends in %s the attempt stays open',
    async (code) => {
      const b = await one('make');
      b.world.act('make/a', loseAnswer);
      b.world.look('make/a', fail(code));
      const report = await b.run();
      expect(report).toMatchObject({ failed: [], inDoubt: [{ error: { code } }] });
      expect([b.step('make/a').state, attemptsOf(b, 'make/a')]).toEqual(['open', ['1 uncertain']]);
      expect(types(b.events)).toContain('step-in-doubt');
      await b.restart();
      await b.run();
      expect([b.world.made.length, attemptsOf(b, 'make/a')]).toEqual([1, ['1 ok']]);
    },
  );

  it('a look that fails for a moment is repeated; one that keeps failing leaves it open', async () => {
    const b = await one('make');
    b.world.act('make/a', loseAnswer);
    b.world.look('make/a', fail('unreachable'));
    await b.run();
    expect(attemptsOf(b, 'make/a')).toEqual(['1 ok']);
    const c = await one('make');
    c.world.act('make/a', loseAnswer);
    c.world.look('make/a', ...Array.from({ length: 9 }, () => fail('unreachable')));
    expect(await c.run()).toMatchObject({ failed: [], inDoubt: [{ error: { code: 'unreachable' } }] });
    expect([c.step('make/a').state, c.world.made.length]).toEqual(['open', 1]);
  });

  it('the time limit of a create says nothing about its effect', async () => {
    const b = await one('make');
    b.world.act('make/a', async (context) => {
      context.ports.make(context);
      b.clock.expire();
      await nextTurn();
      context.signal.throwIfAborted();
      return {};
    });
    await b.run();
    expect([b.world.made.length, attemptsOf(b, 'make/a')]).toEqual([1, ['1 ok']]);
  });

  it('an answer lost because time was up is in doubt as well', async () => {
    const b = await one('make');
    b.world.act('make/a', async (context) => {
      b.clock.expire();
      await nextTurn();
      return await loseAnswer(context);
    });
    await b.run();
    expect([b.world.made.length, attemptsOf(b, 'make/a')]).toEqual([1, ['1 ok']]);
  });
});

describe('what may be repeated', () => {
  it('over its time limit is tried again', async () => {
    const b = await one('do');
    b.world.act('do/a', async ({ signal }) => {
      b.clock.expire();
      await nextTurn();
      throw signal.reason;
    });
    await b.run();
    expect(attemptsOf(b, 'do/a')).toEqual(['1 failed', '2 ok']);
    expect(b.step('do/a').attempts[0]?.error).toMatchObject({
      code: 'job-failed',
      message: expect.stringContaining('10 min'),
    });
  });

  it('a request that time cut off in its own way is tried again too', async () => {
    const b = await one('do');
    const cut = (error: Error) => async (): Promise<never> => {
      b.clock.expire();
      await nextTurn();
      throw error;
    };
    b.world.act(
      'do/a',
      cut(new DOMException('gone', 'AbortError')),
      cut(new BuilderError('forbidden', 'half an answer')),
    );
    await b.run();
    expect(attemptsOf(b, 'do/a')).toEqual(['1 failed', '2 failed', '3 ok']);
    expect(b.step('do/a').attempts.map(({ error }) => error?.code)).toEqual(['job-failed', 'job-failed', undefined]);
  });

  it('an answer in time counts, however late the clock', async () => {
    const b = await one('do');
    b.world.act('do/a', async () => {
      b.clock.expire();
      return { id: 'x' };
    });
    await b.run();
    expect(attemptsOf(b, 'do/a')).toEqual(['1 ok']);
  });

  it('is taken up again within the same attempt, a limited number of times', async () => {
    const b = await one('do');
    b.world.act('do/a', fail('uncertain-write'));
    await b.run();
    expect(b.world.calls).toEqual(['perform do/a 1', 'observe do/a 1', 'perform do/a 1']);
    expect(attemptsOf(b, 'do/a')).toEqual(['1 ok']);
    const c = await one('do');
    c.world.act('do/a', ...Array.from({ length: 9 }, () => fail('uncertain-write')));
    expect(await c.run()).toMatchObject({ inDoubt: [{ error: { code: 'uncertain-write' } }] });
    expect(c.world.calls.filter((call) => call.startsWith('perform'))).toHaveLength(3);
  });

  it('fails by name when looking at it does', async () => {
    const b = await one('do');
    b.world.act('do/a', fail('uncertain-write'));
    b.world.look('do/a', fail('forbidden'));
    expect(await b.run()).toMatchObject({ failed: [{ error: { code: 'forbidden' } }], inDoubt: [] });
  });
});

describe('an attempt that an earlier builder left open', () => {
  const leave = async (kind: string, effect: 'sent' | 'not sent'): Promise<Bench> => {
    const b = await one(kind);
    const attempt = await b.journal().openAttempt(b.step(`${kind}/a`).id, 'left', new Date(), 'server');
    if (effect === 'sent') b.world.made.push({ key: `${kind}/a`, nonce: attempt.nonce });
    await b.restart();
    return b;
  };

  it('is adopted when its effect is found', async () => {
    const b = await leave('make', 'sent');
    await b.run();
    expect([b.world.calls, b.world.made.length, attemptsOf(b, 'make/a')]).toEqual([['observe make/a 1'], 1, ['1 ok']]);
    expect(b.events[0]).toMatchObject({ type: 'run-started', total: 1, done: 0, inDoubt: 1 });
    expect(b.events[1]).toMatchObject({ type: 'step-started', attempt: 1, resumed: true });
  });

  it('is moot when its effect is proven absent', async () => {
    const b = await leave('make', 'not sent');
    await b.run();
    expect([b.world.made.length, attemptsOf(b, 'make/a')]).toEqual([1, ['1 moot', '2 ok']]);
  });

  it('is taken up under its own number and nonce when it is resumable', async () => {
    const b = await leave('job', 'not sent');
    await b.run();
    expect(b.world.calls).toEqual(['observe job/a 1', 'perform job/a 1']);
    expect(b.step('job/a').attempts).toMatchObject([{ number: 1, nonce: 'left', state: 'ok' }]);
    expect(b.clock.waits).toEqual([]);
  });
});

describe('what a step is given', () => {
  it('its attempt, the outputs before it, and a way to tell how far it is', async () => {
    const b = await bench(states, [plannedStep('make', 'a'), plannedStep('do', 'a', { after: ['make/a'] })]);
    b.world.act('do/a', async (context) => {
      context.report('hunter2 is half way');
      context.report('hunter2 goes on', { percent: 60, milestone: 'second half', remainingMs: null });
      const { key, node, generation, attempt, nonce, epoch } = context;
      expect({ key, node, generation, attempt, epoch }).toEqual({
        key: 'do/a',
        node: 'a',
        generation: 1,
        attempt: 1,
        epoch: 1,
      });
      return { id: `${context.outputOf<{ id: string }>('make/a').id} then ${nonce}` };
    });
    await b.run();
    const [made, done] = ['make/a', 'do/a'].map((key) => b.step(key).attempts[0]?.nonce);
    expect(b.step('do/a').output).toEqual({ id: `${made} then ${done}` });
    const measured = { text: '‹secret› goes on', percent: 60, milestone: 'second half', remainingMs: null };
    for (const told of [{ text: '‹secret› is half way' }, measured])
      expect(b.events).toContainEqual({ type: 'step-progress', step: expect.anything(), ...told });
  });

  it('no output of a step that is not done', async () => {
    const b = await bench(states, [plannedStep('make', 'a'), plannedStep('do', 'b')]);
    b.world.act('do/b', async ({ findOutput, outputOf }) => {
      expect(findOutput('do/none')).toBeNull();
      return outputOf('do/none');
    });
    await expect(b.run()).rejects.toMatchObject({ code: 'internal' });
  });
});

describe('bugs and local trouble', () => {
  it.each([
    [
      'something else than a BuilderError',
      async () => {
        throw new TypeError('x is undefined');
      },
    ],
    ['an output of another shape', async () => ({ wrong: true })],
  ])('%s ends the run and leaves the journal as it is', async (_what, act) => {
    const b = await one('make');
    b.world.act('make/a', act);
    await expect(b.run()).rejects.toMatchObject({ code: 'internal', exitCode: 1 });
    expect(attemptsOf(b, 'make/a')).toEqual(['1 intent']);
  });

  it.each(['disk-full', 'io', 'fenced'] as const)('%s inside a step ends the run under its own name', async (code) => {
    const b = await bench(states, [plannedStep('do', 'a'), plannedStep('do', 'b')]);
    b.world.act('do/a', fail(code));
    b.world.act('do/b', async ({ signal }) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      throw signal.reason;
    });
    await expect(b.run()).rejects.toMatchObject({ code });
    expect([attemptsOf(b, 'do/a'), attemptsOf(b, 'do/b')]).toEqual([['1 intent'], ['1 intent']]);
  });

  it('a look that is bugged leaves the journal as it is', async () => {
    const b = await one('make');
    b.world.act('make/a', loseAnswer);
    b.world.look('make/a', async () => ({ state: 'found', output: { wrong: true } }));
    await expect(b.run()).rejects.toMatchObject({ code: 'internal' });
    expect(attemptsOf(b, 'make/a')).toEqual(['1 uncertain']);
  });
});
