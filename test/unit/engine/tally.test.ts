/** The counts of a plan while its steps end and are replaced. */
import { expect, it } from 'vitest';
import type { RunEvent } from '../../../src/engine/events.ts';
import type { StepRecord, StepState } from '../../../src/engine/journal.ts';
import { Tally } from '../../../src/engine/tally.ts';
import { plannedStep } from '../journal/temporary-state.ts';

function record(kind: string, node: string | null, state: StepState): StepRecord {
  return { id: 0, planned: plannedStep(kind, node), generation: 1, state, output: null, attempts: [] };
}

const step = { key: 'make/a', kind: 'make', node: 'a', generation: 1, title: 'make' };
const ended: RunEvent = { type: 'step-done', step, elapsedMs: 1, adopted: false };
const started: RunEvent = { type: 'step-started', step, attempt: 1, resumed: false };

it('counts what earlier runs did, node by node in the order of the plan, and the cluster in the sums alone', () => {
  const steps = [
    record('make', null, 'done'),
    record('make', 'b', 'done'),
    record('do', 'b', 'pending'),
    record('make', 'a', 'failed'),
  ];
  expect(new Tally(steps).count(steps)).toEqual({
    total: 4,
    done: 2,
    nodes: [
      { node: 'b', total: 2, done: 1 },
      { node: 'a', total: 1, done: 0 },
    ],
  });
});

it('counts the end of a step once it was told, however early the journal knows it', () => {
  const tally = new Tally([record('make', 'a', 'open')]);
  const steps = [record('make', 'a', 'done')];
  expect(tally.count(steps).done).toBe(0);
  tally.note(ended);
  expect(tally.count(steps).done).toBe(1);
});

it('counts a step of a replaced server as not done until its new end was told', () => {
  const tally = new Tally([record('make', 'a', 'done')]);
  expect(tally.count([record('make', 'a', 'pending')]).done).toBe(0);
  tally.note(started);
  const steps = [record('make', 'a', 'done')];
  expect(tally.count(steps).done).toBe(0);
  tally.note(ended);
  expect(tally.count(steps).done).toBe(1);
});
