/** The time in which our plugin holds a stack.sh is no time of its work. */
import { describe, expect, test } from 'vitest';
import type { SummaryLine } from '../../../src/roles/stack-progress.ts';
import { leaveOutWaiting, WAITING } from '../../../src/roles/waiting.ts';

function lines(...told: readonly (readonly [second: number, text: string])[]): readonly SummaryLine[] {
  return told.map(([second, text]) => ({ text, atMs: second * 1000 }));
}

describe('waiting', () => {
  test('is taken out of a run that went on', () => {
    const told = lines([0, 'a'], [10, WAITING.begun], [70, WAITING.over], [75, 'b'], [80, 'c']);
    expect(leaveOutWaiting(told, 90_000)).toEqual({
      lines: lines([0, 'a'], [15, 'b'], [20, 'c']),
      nowMs: 30_000,
      hasWaited: true,
      waitedMs: 60_000,
    });
  });

  test('stops the time of a run that still waits', () => {
    const told = lines([0, 'a'], [10, WAITING.begun]);
    expect(leaveOutWaiting(told, 90_000)).toEqual({
      lines: lines([0, 'a']),
      nowMs: 10_000,
      hasWaited: true,
      waitedMs: 80_000,
    });
  });

  test('changes nothing where there is none', () => {
    const told = lines([0, 'a'], [10, 'b']);
    expect(leaveOutWaiting(told, 90_000)).toEqual({ lines: told, nowMs: 90_000, hasWaited: false, waitedMs: 0 });
  });

  test('takes no time where a clock was set back', () => {
    const told = lines([10, WAITING.begun], [4, WAITING.over], [5, 'b']);
    expect(leaveOutWaiting(told, 6_000)).toMatchObject({ lines: lines([5, 'b']), waitedMs: 0 });
    expect(leaveOutWaiting(lines([10, WAITING.begun]), 6_000)).toMatchObject({ nowMs: 6_000, waitedMs: 0 });
  });
});
