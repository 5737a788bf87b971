/** What is learned from runs of stack.sh: the times of a whole one, and the medians of several. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { SummaryLine } from '../../../src/roles/stack-progress.ts';
import { learnTimes, timesOf } from '../../../src/roles/stage-times.ts';

const LOG = 'stack.sh log /opt/stack/logs/stack.sh.log';
const END = 'stack.sh completed in 100 seconds.';

function told(...lines: readonly (readonly [number, string])[]): readonly SummaryLine[] {
  return lines.map(([atMs, text]) => ({ text, atMs }));
}

describe('a run', () => {
  test('took from each milestone to the next one it told, whatever came between', () => {
    const lines = told(
      [0, LOG],
      [1, 'Installing package prerequisites'],
      [5, 'my plugin'],
      [30, 'Starting Nova'],
      [40, 'Configuring Nova'],
      [45, 'Starting Nova'],
      [100, END],
    );
    expect(timesOf(lines)).toEqual({
      'stack.sh log': 1,
      'Installing package prerequisites': 29,
      'Starting Nova': 10,
      'Configuring Nova': 60,
    });
  });

  test.each([
    ['nothing', told()],
    ['no start', told([1, 'Starting Nova'], [2, END])],
    ['no end', told([0, LOG], [1, 'Starting Nova'])],
    ['something after its end', told([0, LOG], [1, END], [2, 'Starting Nova'])],
    ['a clock that was set back', told([0, LOG], [-1, 'Starting Nova'], [2, END])],
    ['a clock that was set forward', told([0, LOG], [1, 'Starting Nova'], [1e12, END])],
  ])('that told %s teaches nothing', (_, lines) => {
    expect(timesOf(lines)).toBeNull();
  });
});

describe('what runs teach', () => {
  const runs = [10, 30, 20].map((ms) => ({ 'Starting Nova': ms }));

  test('is the median of each stage, which one strange run does not move', () => {
    expect(learnTimes(runs)).toEqual({ 'Starting Nova': 20 });
    expect(learnTimes([...runs, { 'Starting Nova': 80_000_000 }])).toEqual({ 'Starting Nova': 25 });
  });

  test('is no time for what most did not come to', () => {
    expect(learnTimes([...runs, { 'Starting Nova': 20, 'Starting Swift': 5 }])).toEqual({ 'Starting Nova': 20 });
  });

  test.each([
    ['none', []],
    ['no runs', [null, 7, 'nonsense', [1, 2], {}]],
    ['no times', [{ 'Starting Nova': -1 }, { 'Starting Nova': '20' }, { 'Starting Nova': null }]],
    ['times without end', [{ 'Starting Nova': 1e300 }]],
    ['no milestones of today', [{ 'Starting the engine': 20, __proto__: { 'Starting Nova': 5 } }]],
    ['two that have nothing in common', [{ 'Starting Nova': 0, 'Starting Swift': 0 }]],
  ])('is nothing where there are %s', (_, kept) => {
    expect(learnTimes(kept)).toBeNull();
  });

  test('is not spoiled by what is none of them', () => {
    expect(learnTimes([...runs, null, { 'Starting Nova': -5 }, ['x']])).toEqual({ 'Starting Nova': 20 });
  });

  test('is sound or nothing, whatever was kept', () => {
    fc.assert(
      fc.property(fc.array(fc.anything()), (kept) => {
        const times = learnTimes(kept);
        if (times === null) return;
        expect(Object.keys(times).length).toBeGreaterThan(0);
        for (const ms of Object.values(times)) expect(ms).toBeGreaterThan(0);
      }),
    );
  });
});
