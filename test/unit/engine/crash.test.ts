/** A crash at every boundary of a run, before and after each journal write and each effect: resumed, everything is made once. */
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterEach, describe, expect, it } from 'vitest';
import type { Journal } from '../../../src/engine/journal.ts';
import { plannedStep, TemporaryStates } from '../journal/temporary-state.ts';
import { type Bench, bench } from './world.ts';

/** Hundreds of states: in memory where that is possible, for a crash of the process loses nothing of that. */
const states = new TemporaryStates(existsSync('/dev/shm') ? '/dev/shm' : tmpdir());
afterEach(() => states.clean());

const nodePlan = (node: string, after: readonly string[]) => [
  plannedStep('make', node, { after: ['make/cluster'] }),
  plannedStep('read', node, { after: [`make/${node}`] }),
  plannedStep('job', node, { after: [`read/${node}`, ...after] }),
];
const PLAN = [
  plannedStep('make', null),
  ...nodePlan('a', []),
  ...nodePlan('b', ['job/a']),
  plannedStep('do', 'a', { key: 'do/end', after: ['job/a', 'job/b'] }),
];
const WRITES = ['openAttempt', 'markUncertain', 'recordDone', 'recordFailed', 'recordMoot', 'replace'] as const;

class Crash extends Error {}

/** Throws at the n-th boundary and, as a dead process does nothing more, at every later one. */
class CrashPoint {
  passed = 0;
  private readonly at: number;

  constructor(at: number) {
    this.at = at;
  }

  readonly pass = (): void => {
    this.passed += 1;
    if (this.passed >= this.at) throw new Crash(`at boundary ${this.at}`);
  };

  journal(real: Journal): Journal {
    const pass = this.pass;
    const wrapped = Object.create(real) as Record<string, unknown>;
    for (const name of WRITES) {
      wrapped[name] = async (...args: unknown[]): Promise<unknown> => {
        pass();
        const result: unknown = await (real[name] as (...all: unknown[]) => Promise<unknown>).apply(real, args);
        pass();
        return result;
      };
    }
    return wrapped as unknown as Journal;
  }
}

/** Runs until the n-th boundary; true when the run came to its end before. */
async function runUntil(b: Bench, at: number): Promise<boolean> {
  const point = new CrashPoint(at);
  b.world.boundary = point.pass;
  try {
    await b.run({ journal: point.journal(b.journal()) });
    return true;
  } catch (error) {
    expect(error).toMatchObject({ code: 'internal', cause: expect.any(Crash) });
    return false;
  } finally {
    b.world.boundary = () => undefined;
  }
}

/** The oracle: each object and each job once, everything done, and every object known. */
function checkWorld(b: Bench): void {
  const keys = b.world.made.map(({ key }) => key).sort();
  expect(keys).toEqual(['make/a', 'make/b', 'make/cluster']);
  expect(Object.fromEntries(b.world.jobs)).toEqual({ 'job/a-g1': 1, 'job/b-g1': 1 });
  expect(
    b
      .journal()
      .listSteps()
      .every(({ state }) => state === 'done'),
  ).toBe(true);
  const adopted = b
    .journal()
    .listSteps()
    .flatMap(({ planned, output }) => (planned.kind === 'make' ? [output?.['id']] : []));
  expect(new Set(adopted)).toEqual(new Set(b.world.made.map(({ nonce }) => nonce)));
  const attempts = b
    .journal()
    .listSteps()
    .flatMap((step) => step.attempts);
  expect(attempts.every(({ state }) => state === 'ok' || state === 'moot')).toBe(true);
}

async function countBoundaries(): Promise<number> {
  const b = await bench(states, PLAN);
  const point = new CrashPoint(Number.POSITIVE_INFINITY);
  b.world.boundary = point.pass;
  await b.run({ journal: point.journal(b.journal()) });
  checkWorld(b);
  return point.passed;
}

describe('a crash at every boundary', () => {
  it('leaves, after one resume, everything made exactly once', async () => {
    const count = await countBoundaries();
    expect(count).toBeGreaterThan(35);
    for (let at = 1; at <= count; at += 1) {
      const b = await bench(states, PLAN);
      expect(await runUntil(b, at), `boundary ${at}`).toBe(false);
      await b.restart();
      expect((await b.run()).failed, `boundary ${at}`).toEqual([]);
      checkWorld(b);
      states.clean();
    }
  }, 60_000);

  it('and so does a second crash in the recovery from the first', async () => {
    const count = await countBoundaries();
    for (let at = 1; at <= count; at += 4) {
      for (const second of [1, 3]) {
        const b = await bench(states, PLAN);
        await runUntil(b, at);
        await b.restart();
        await runUntil(b, second);
        await b.restart();
        await b.run();
        checkWorld(b);
        states.clean();
      }
    }
  }, 60_000);
});
