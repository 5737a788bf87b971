/** Open attempts are settled by looking and by a proven word; whatever is seen, nothing is performed. */
import { afterEach, describe, expect, it } from 'vitest';
import type { StepRecord } from '../../../src/engine/journal.ts';
import type { Resolution, Word } from '../../../src/engine/resolution.ts';
import { resolveSteps } from '../../../src/engine/resolve.ts';
import type { StepKind } from '../../../src/engine/step.ts';
import { BuilderError } from '../../../src/errors.ts';
import type { Random } from '../../../src/host/random.ts';
import { plannedStep, TemporaryStates } from '../journal/temporary-state.ts';
import { type Bench, bench, fail, KINDS, type World } from './world.ts';

const states = new TemporaryStates();
afterEach(() => states.clean());

const random: Random = { id: () => 'x', uuid: () => '', password: () => '', fraction: () => 0.5 };
const ABSENT: Word = { says: 'absent', by: 'me@here' };

/** A step whose answer was lost, as the next builder finds it. */
async function openAttempt(kind: string, isMade = false): Promise<Bench> {
  const b = await bench(states, [plannedStep(kind, 'a'), plannedStep('do', 'b', { after: [`${kind}/a`] })]);
  b.world.act(`${kind}/a`, async (context) => {
    if (isMade) context.ports.make(context);
    throw new BuilderError('uncertain-write', 'lost');
  });
  b.world.look(`${kind}/a`, fail('blind-list'));
  await b.run();
  // A job is taken up at once: only a dead builder leaves it open.
  await b.restart();
  b.world.calls.length = 0;
  b.events.length = 0;
  return b;
}

async function resolve(
  b: Bench,
  word: Word | null = null,
  changes: Partial<StepKind<World>> = {},
  open: readonly StepRecord[] = b
    .journal()
    .listSteps()
    .filter(({ state }) => state === 'open'),
): Promise<Resolution | undefined> {
  const kinds = new Map([...KINDS].map(([name, kind]) => [name, { ...kind, ...changes }]));
  const found = await resolveSteps<World>(
    {
      journal: b.journal(),
      kinds,
      ports: b.world,
      signal: b.stop.signal,
      clock: b.clock,
      random,
      emit: (event) => b.events.push(event),
      redact: (text) => text,
    },
    open,
    word,
  );
  return found.get(open[0]?.id ?? -1);
}

const statesOf = (b: Bench, key: string): readonly string[] => b.step(key).attempts.map(({ state }) => state);
/** No performance, and no step but the open one touched. */
function expectOnlyLooks(b: Bench): void {
  expect(b.world.calls.filter((call) => !call.startsWith('observe make/a'))).toEqual([]);
  expect(b.step('do/b').attempts).toEqual([]);
}

describe('by looking', () => {
  it('what was made is adopted', async () => {
    const b = await openAttempt('make', true);
    expect(await resolve(b)).toMatchObject({ end: 'found' });
    expect([statesOf(b, 'make/a'), b.step('make/a').state, b.resources()]).toEqual([
      ['ok'],
      'done',
      ['make/a present'],
    ]);
    expectOnlyLooks(b);
  });

  it('what was not made is moot, and no new attempt begins', async () => {
    const b = await openAttempt('make');
    expect(await resolve(b)).toEqual({ end: 'absent', isTold: false });
    expect([statesOf(b, 'make/a'), b.step('make/a').state, b.resources()]).toEqual([
      ['moot'],
      'pending',
      ['make/a gone'],
    ]);
    expectOnlyLooks(b);
  });

  it.each(['blind-list', 'forbidden', 'drift'] as const)('a look that ends in %s leaves it open', async (code) => {
    const b = await openAttempt('make', true);
    b.world.look('make/a', fail(code));
    expect(await resolve(b)).toMatchObject({ end: 'in-doubt', error: { code } });
    expect(statesOf(b, 'make/a')).toEqual(['uncertain']);
    expectOnlyLooks(b);
  });

  it('a look that may succeed later is repeated within the budget', async () => {
    const b = await openAttempt('make', true);
    b.world.look('make/a', fail('unreachable'), fail('unreachable'));
    expect(await resolve(b)).toMatchObject({ end: 'found' });
    expect(b.clock.waits).toHaveLength(2);
    expectOnlyLooks(b);
  });

  it('what can be taken up is left as it is, with what is seen of it', async () => {
    const b = await openAttempt('job');
    expect(await resolve(b)).toEqual({ end: 'resumable', trace: null });
    const trace = { text: 'it runs' };
    expect(await resolve(b, null, { inspect: async () => trace })).toEqual({ end: 'resumable', trace });
    expect(statesOf(b, 'job/a')).toEqual(['uncertain']);
    expect(b.world.calls.filter((call) => call.startsWith('perform'))).toEqual([]);
  });

  it('what cannot be seen stays in doubt, and why is recorded', async () => {
    const b = await openAttempt('job');
    expect(await resolve(b, null, { inspect: fail('no-ssh') })).toMatchObject({ end: 'in-doubt' });
    expect(b.step('job/a').attempts.at(-1)).toMatchObject({ state: 'uncertain', error: { code: 'no-ssh' } });
  });

  it('Ctrl-C cuts a look off, and what is open stays as it is', async () => {
    const b = await openAttempt('job');
    const inspect = async (): Promise<never> => {
      b.stop.abort(new BuilderError('canceled', 'Ctrl-C'));
      throw b.stop.signal.reason;
    };
    expect(await resolve(b, null, { inspect })).toEqual({ end: 'canceled' });
    expect(statesOf(b, 'job/a')).toEqual(['uncertain']);
  });

  it('the outputs of finished steps are known to a look, of others not', async () => {
    const steps = [plannedStep('do', 'first'), plannedStep('make', 'a', { after: ['do/first'] })];
    const b = await bench(states, [...steps, plannedStep('do', 'b', { after: ['make/a'] })]);
    b.world.act('make/a', fail('uncertain-write'));
    b.world.look('make/a', fail('blind-list'));
    await b.run();
    const known: boolean[] = [];
    b.world.look('make/a', async (context) => {
      known.push(context.findOutput('do/first') !== null, context.findOutput('do/b') !== null);
      return { state: 'absent' };
    });
    await resolve(b);
    expect(known).toEqual([true, false]);
  });

  it('a step with nothing open is none to be settled', async () => {
    const b = await openAttempt('make');
    await resolve(b);
    await expect(resolve(b, null, {}, b.journal().listSteps())).rejects.toMatchObject({ code: 'internal' });
  });

  it('a bug ends it as it ends a run', async () => {
    const b = await openAttempt('make');
    b.world.look('make/a', async () => {
      throw new TypeError('oops');
    });
    await expect(resolve(b)).rejects.toMatchObject({ code: 'internal' });
    expect(statesOf(b, 'make/a')).toEqual(['uncertain']);
  });
});

describe('by the word of who has looked', () => {
  it('absent counts where the lists prove nothing, and is recorded with the name', async () => {
    const b = await openAttempt('make');
    b.world.look('make/a', fail('blind-list'));
    expect(await resolve(b, ABSENT)).toEqual({ end: 'absent', isTold: true });
    expect([statesOf(b, 'make/a'), b.resources()]).toEqual([['moot'], ['make/a gone']]);
    expect(b.events).toContainEqual(
      expect.objectContaining({ type: 'step-told', attempt: 1, says: 'absent', id: null, by: 'me@here' }),
    );
    expectOnlyLooks(b);
  });

  it('absent does not count against what is seen', async () => {
    const b = await openAttempt('make', true);
    expect(await resolve(b, ABSENT)).toMatchObject({ end: 'found' });
    expect(b.events.map(({ type }) => type)).not.toContain('step-told');
  });

  it.each(['drift', 'forbidden', 'unreachable'] as const)(
    'absent does not count where looking ends in %s',
    async (code) => {
      const b = await openAttempt('make', true);
      b.world.look('make/a', fail(code), fail(code), fail(code));
      await expect(resolve(b, ABSENT)).rejects.toMatchObject({ code });
      expect(statesOf(b, 'make/a')).toEqual(['uncertain']);
    },
  );

  it('absent counts of a job whose node does not answer, but never where its host key is wrong', async () => {
    const b = await openAttempt('job');
    await expect(resolve(b, ABSENT, { inspect: fail('host-key') })).rejects.toMatchObject({ code: 'host-key' });
    expect(statesOf(b, 'job/a')).toEqual(['uncertain']);
    expect(await resolve(b, ABSENT, { inspect: fail('no-ssh') })).toEqual({ end: 'absent', isTold: true });
    expect(statesOf(b, 'job/a')).toEqual(['moot']);
  });

  it('found is adopted once it is proven', async () => {
    const b = await openAttempt('make', true);
    const word: Word = { says: 'found', id: 'o1', by: 'me@here' };
    await expect(resolve(b, word, { adopt: fail('not-ours') })).rejects.toMatchObject({ code: 'not-ours' });
    expect([statesOf(b, 'make/a'), b.events.map(({ type }) => type)]).toEqual([['uncertain'], ['step-started']]);
    expect(await resolve(b, word, { adopt: async (_context, _input, id) => ({ id }) })).toMatchObject({ end: 'found' });
    expect(b.step('make/a')).toMatchObject({ state: 'done', output: { id: 'o1' } });
    expect(b.events).toContainEqual(expect.objectContaining({ type: 'step-told', says: 'found', id: 'o1' }));
    expectOnlyLooks(b);
  });

  it('found is refused of what makes nothing', async () => {
    const b = await openAttempt('job');
    await expect(resolve(b, { says: 'found', id: 'o1', by: 'me@here' })).rejects.toMatchObject({ code: 'bad-option' });
  });
});
