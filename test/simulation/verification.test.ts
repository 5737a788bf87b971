/** What create built is verified at its end: once when all was well, and by the next create where it was cut or found something. */
import { describe, expect, test } from 'vitest';
import { readFaults } from '../../src/rehearsal/faults.ts';
import { Life } from './life.ts';
import { Simulation } from './simulated-builder.ts';

function withSimulation(act: (simulation: Simulation) => Promise<void>): () => Promise<void> {
  return async () => {
    const simulation = new Simulation();
    try {
      await act(simulation);
    } finally {
      simulation.dispose();
    }
  };
}

describe('what was built', () => {
  test(
    'is verified once, and not again by a create that has nothing to do',
    withSimulation(async (simulation) => {
      expect(await simulation.create()).toBe(0);
      expect(simulation.verified).toEqual([0]);
      expect(await simulation.create()).toBe(0);
      expect(simulation.verified).toEqual([0]);
    }),
  );

  test('is verified by the next create, wherever in the verification this one was cut', async () => {
    const whole = new Life();
    const unverified = new Life();
    await withSimulation(async (simulation) => void (await simulation.create(whole)))();
    await withSimulation(async (simulation) => void (await simulation.create(unverified, false)))();
    const begin = unverified.passed.length - 2;
    expect(whole.passed.length).toBeGreaterThan(begin + 20);
    for (let at = begin; at <= whole.passed.length; at += 5) {
      await withSimulation(async (simulation) => {
        expect(await simulation.create(new Life(at))).toBe('crashed');
        const wasTold = simulation.verified.length === 1;
        expect(await simulation.create(), `died at ${at}`).toBe(0);
        const { length } = simulation.verified;
        // Who was told may have died before or after that was recorded.
        expect(length, `died at ${at}`).toBeOneOf(wasTold ? [1, 2] : [1]);
        expect(await simulation.create()).toBe(0);
        expect(simulation.verified.length, `died at ${at}`).toBe(length);
      })();
    }
  }, 120_000);

  test('is not verified where nobody wishes it, and then by the first create that does', () =>
    withSimulation(async (simulation) => {
      expect(await simulation.create(new Life(), false)).toBe(0);
      expect(simulation.verified).toEqual([]);
      expect(await simulation.create()).toBe(0);
      expect(simulation.verified).toEqual([0]);
    })());

  test('stays, and is verified again, where a check failed', async () => {
    const rule = 'version: 1\nfaults:\n- {on: verify-guests, exit: 3, times: 1}\n';
    const simulation = new Simulation({ faults: readFaults(rule, 'faults.yaml') });
    try {
      expect(await simulation.create()).toBe(0);
      expect(simulation.verified).toEqual([expect.any(Number)]);
      expect(simulation.verified[0]).toBeGreaterThan(0);
      expect(await simulation.create()).toBe(0);
      expect(simulation.verified.at(-1)).toBe(0);
      expect(simulation.verified.length).toBe(2);
    } finally {
      simulation.dispose();
    }
  });
});
