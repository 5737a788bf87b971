/** Modelled time: faster than ours, changed in its pace, and never backwards. */
import { expect, test } from 'vitest';
import { Timeline } from '../../../src/rehearsal/timeline.ts';

const start = { wallMs: 1_000_000, modelMs: 0, speed: 100 };

test('nothing has happened before the first effect', () => {
  const none = new Timeline([]);
  expect(none.modelAt(5_000)).toBe(0);
  expect(none.paceFor(100, 1_000_000)).toEqual(start);
});

test('a pace holds from its begin on, and both directions agree', () => {
  const timeline = new Timeline([start]);
  expect(timeline.modelAt(1_000_500)).toBe(50_000);
  expect(timeline.wallAt(50_000)).toBe(1_000_500);
});

test('another speed goes on from where the world is, and what was is not moved', () => {
  const timeline = new Timeline([start]);
  const slower = timeline.paceFor(1, 1_001_000);
  expect(slower).toEqual({ wallMs: 1_001_000, modelMs: 100_000, speed: 1 });
  if (slower !== null) timeline.add(slower);
  expect(timeline.modelAt(1_000_500)).toBe(50_000);
  expect(timeline.modelAt(1_002_000)).toBe(101_000);
  expect(timeline.wallAt(101_000)).toBe(1_002_000);
  expect(timeline.paceFor(1, 1_003_000)).toBeNull();
});

test('a wall clock that is set back stops the world, but does not turn it', () => {
  const timeline = new Timeline([start, { wallMs: 1_001_000, modelMs: 100_000, speed: 1 }]);
  expect(timeline.modelAt(999_000)).toBe(0);
  expect(timeline.paceFor(100, 999_000)).toMatchObject({ wallMs: 1_001_000 });
});
