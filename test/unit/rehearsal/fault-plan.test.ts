/** What goes wrong is decided by script, seed and the resource's own history, whatever else is asked meanwhile. */
import { describe, expect, test } from 'vitest';
import { chooseFaults, type Fault, isNamed } from '../../../src/rehearsal/fault-plan.ts';
import { type FaultScript, readFaults } from '../../../src/rehearsal/faults.ts';
import { roughDay } from '../../../src/rehearsal/rough-day.ts';
import type { FaultCountRow } from '../../../src/rehearsal/world.ts';

function scriptOf(...rules: readonly string[]): FaultScript {
  return readFaults(`version: 1\nfaults:\n${rules.map((rule) => `- {${rule}}\n`).join('')}`, 'faults.yaml');
}

/** Asks as a cloud would: what is counted stays counted. */
function cloudOf(script: FaultScript, seed = 1, counts = new Map<string, FaultCountRow>()) {
  return (operation: string, subject: string): Fault | null => {
    const chosen = chooseFaults(script, seed, operation, subject, counts);
    for (const { key, row } of chosen.counts) counts.set(key, row);
    return chosen.fault;
  };
}

function statuses(ask: ReturnType<typeof cloudOf>, subject: string, count: number): readonly (number | null)[] {
  return Array.from({ length: count }, () => {
    const refusal = ask('create-port', subject)?.refusal;
    return refusal?.kind === 'status' ? refusal.status : null;
  });
}

describe('a name', () => {
  test.each([
    ['compute-1', 'compute-1'],
    ['compute-1', 'dsb-demo-compute-1'],
    ['compute-1', 'dsb-demo-compute-1-g3'],
    ['dsb-demo-compute-1-g3', 'dsb-demo-compute-1-g3'],
    ['compute-*', 'dsb-demo-compute-12-g1'],
    ['*', ''],
  ])('%s means %s', (pattern, name) => {
    expect(isNamed(pattern, name)).toBe(true);
  });

  test.each([
    ['compute-1', 'dsb-demo-compute-11-g1'],
    ['compute-1', 'dsb-demo-mycompute-1'],
    ['compute.1', 'compute-1'],
    ['compute-1', ''],
  ])('%s does not mean %s', (pattern, name) => {
    expect(isNamed(pattern, name)).toBe(false);
  });
});

describe('counting', () => {
  test('a rule acts on each resource, from the one occurrence on, so many times', () => {
    const ask = cloudOf(scriptOf('on: create-port, from: 2, times: 2, status: 503'));
    expect(statuses(ask, 'a', 5)).toEqual([null, 503, 503, null, null]);
    expect(statuses(ask, 'b', 5)).toEqual([null, 503, 503, null, null]);
  });

  test('always is always', () => {
    const ask = cloudOf(scriptOf('on: create-port, times: always, status: 503'));
    expect(statuses(ask, 'a', 4)).toEqual([503, 503, 503, 503]);
  });

  test('operations of one rule are counted apart', () => {
    const ask = cloudOf(scriptOf('on: [create-port, show-port], status: 503'));
    expect(
      [ask('create-port', 'a'), ask('show-port', 'a'), ask('show-port', 'a')].map((fault) => fault !== null),
    ).toEqual([true, true, false]);
  });

  test('a server that replaces another is counted with it', () => {
    const ask = cloudOf(scriptOf('on: create-server, of: compute-1, error: No valid host'));
    expect(ask('create-server', 'dsb-demo-compute-1-g1')).not.toBeNull();
    expect(ask('create-server', 'dsb-demo-compute-1-g2')).toBeNull();
  });

  test('goes on where another process stopped', () => {
    const script = scriptOf('on: create-port, from: 3, status: 503');
    const counts = new Map<string, FaultCountRow>();
    expect(statuses(cloudOf(script, 1, counts), 'a', 2)).toEqual([null, null]);
    expect(statuses(cloudOf(script, 1, counts), 'a', 2)).toEqual([503, null]);
  });

  test('begins anew for a rule that was edited', () => {
    const counts = new Map<string, FaultCountRow>();
    expect(statuses(cloudOf(scriptOf('on: create-port, status: 503'), 1, counts), 'a', 2)).toEqual([503, null]);
    expect(statuses(cloudOf(scriptOf('on: create-port, status: 500'), 1, counts), 'a', 2)).toEqual([500, null]);
  });

  test('leaves no trace of rules that do not match or are done', () => {
    const script = scriptOf('on: create-port, of: a, status: 503');
    const counts = new Map<string, FaultCountRow>();
    const ask = cloudOf(script, 1, counts);
    ask('create-port', 'b');
    ask('show-port', 'a');
    expect(counts.size).toBe(0);
    ask('create-port', 'a');
    expect([...counts.keys()]).toEqual(['1/create-port/a']);
    expect(chooseFaults(script, 1, 'create-port', 'a', counts)).toEqual({ fault: null, counts: [] });
  });
});

describe('several rules', () => {
  test('act together, the first winning what both say', () => {
    const ask = cloudOf(scriptOf('on: create-server, reply: lost, delay: 5', 'on: create-*, reply: html, lag: 60'));
    expect(ask('create-server', 'a')).toEqual({ reply: 'lost', delayMs: 5000, lagMs: 60_000 });
  });

  test('leave out of a list what each of them names', () => {
    const ask = cloudOf(scriptOf('on: list-servers, of: a, omit: true', 'on: list-servers, of: b, omit: true'));
    expect(ask('list-servers', '')).toEqual({ omit: ['a', 'b'] });
    expect(ask('list-servers', '')).toBeNull();
  });
});

describe('chance', () => {
  const script = scriptOf('on: create-port, times: always, chance: 0.2, status: 503');

  test('acts about as often as it says', () => {
    const acted = statuses(cloudOf(script), 'a', 1000).filter((status) => status !== null).length;
    expect(acted).toBeGreaterThan(150);
    expect(acted).toBeLessThan(250);
  });

  test('means the same in whatever order resources are asked for', () => {
    const apart = cloudOf(script);
    const [a, b] = [statuses(apart, 'a', 30), statuses(apart, 'b', 30)];
    const mixed = cloudOf(script);
    const both = Array.from({ length: 30 }, () => [statuses(mixed, 'b', 1), statuses(mixed, 'a', 1)]);
    expect(both.map(([ofB]) => ofB?.[0])).toEqual(b);
    expect(both.map(([, ofA]) => ofA?.[0])).toEqual(a);
    expect(a).not.toEqual(b);
  });

  test('is another for another seed', () => {
    expect(statuses(cloudOf(script, 1), 'a', 30)).not.toEqual(statuses(cloudOf(script, 2), 'a', 30));
  });
});

test('a rough day ends: what is asked often enough goes well', () => {
  const ask = cloudOf(roughDay(), 7);
  const operations = ['create-server', 'delete-port', 'show-server', 'list-servers', 'connect', 'session'];
  const faults = operations.map((operation) => Array.from({ length: 1000 }, () => ask(operation, 'compute-1')));
  expect(faults.flat().some((fault) => fault !== null)).toBe(true);
  expect(faults.map((answers) => answers.slice(-300).every((fault) => fault === null))).toEqual(
    operations.map(() => true),
  );
});
