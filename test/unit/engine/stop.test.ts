/** Stopping a run: what is open stays open, nothing more is sent, and a later run takes it up. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { BuilderError } from '../../../src/errors.ts';
import { plannedStep, TemporaryStates } from '../journal/temporary-state.ts';
import { type Bench, bench, fail, gate } from './world.ts';

const states = new TemporaryStates();
afterEach(() => states.clean());

const step = plannedStep;

/** The run is asked to stop while it waits. */
function stopWhileWaiting(b: Bench): void {
  vi.spyOn(b.clock, 'sleep').mockImplementation(async (ms, signal) => {
    if (ms < 600_000) b.stop.abort();
    await new Promise((resolve) => {
      if (signal.aborted) resolve(null);
      else signal.addEventListener('abort', resolve, { once: true });
    });
    signal.throwIfAborted();
  });
}

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
    stopWhileWaiting(b);
    expect(await b.run()).toMatchObject({ canceled: true, failed: [] });
    expect(b.step('do/a')).toMatchObject({ state: 'pending', attempts: [{ state: 'failed' }] });
  });

  it('while waiting to look again, or to take up again what is in doubt, leaves it open', async () => {
    const b = await bench(states, [step('make', 'a')]);
    b.world.act('make/a', fail('uncertain-write'));
    b.world.look('make/a', fail('unreachable'));
    stopWhileWaiting(b);
    expect(await b.run()).toMatchObject({ canceled: true, inDoubt: [] });
    const c = await bench(states, [step('do', 'a')]);
    c.world.act('do/a', fail('uncertain-write'));
    stopWhileWaiting(c);
    expect(await c.run()).toMatchObject({ canceled: true, inDoubt: [] });
    expect([b.step('make/a').state, c.step('do/a').state]).toEqual(['open', 'open']);
  });

  it('takes whatever aborts for what it is, but not a bug', async () => {
    const b = await bench(states, [step('do', 'a')]);
    b.world.act('do/a', async () => {
      b.stop.abort();
      throw new DOMException('gone', 'AbortError');
    });
    expect(await b.run()).toMatchObject({ canceled: true });
    const c = await bench(states, [step('do', 'a')]);
    c.world.act('do/a', async () => {
      c.stop.abort();
      throw new TypeError('x is undefined');
    });
    await expect(c.run()).rejects.toMatchObject({ code: 'internal', message: 'x is undefined' });
    const d = await bench(states, [step('do', 'a')]);
    d.world.act('do/a', async () => {
      d.stop.abort();
      throw 'a word'; // oxlint-disable-line no-throw-literal, only-throw-error -- what a careless library does
    });
    await expect(d.run()).rejects.toMatchObject({ code: 'internal', message: 'a word' });
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
