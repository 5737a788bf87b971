/** How far stack.sh is: between its milestones, whatever its summary says. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { enabledServices } from '../../../src/roles/local-conf.ts';
import { COMPLETED, MILESTONES, milestoneOf, usualTimes } from '../../../src/roles/milestones.ts';
import {
  type ExpectedTimes,
  measureProgress,
  parseSummary,
  type StackProgress,
  type SummaryLine,
} from '../../../src/roles/stack-progress.ts';
import { computeOf, controllerOf } from './requests.ts';

const EASY: ExpectedTimes = {
  times: {
    'Installing package prerequisites': 20_000,
    'Installing OpenStack project source': 30_000,
    'Starting Nova': 50_000,
  },
  isLearned: true,
};
const UNKNOWN: ExpectedTimes = { ...EASY, isLearned: false };

/** Lines told at these seconds. */
function told(...lines: readonly (readonly [number, string])[]): readonly SummaryLine[] {
  return lines.map(([seconds, text]) => ({ text, atMs: seconds * 1000 }));
}

const START = [0, 'Installing package prerequisites'] as const;

function measured(lines: readonly SummaryLine[], seconds: number, expected = EASY): StackProgress {
  const progress = measureProgress(lines, expected, seconds * 1000);
  if (progress === null) throw new Error('no milestone was seen');
  return progress;
}

describe('the summary', () => {
  const readAt = Date.parse('2026-03-01T12:00:00Z');

  test('is read line by line, by the stamps of DevStack, which are UTC', () => {
    const text =
      '2026-03-01 11:22:33.456 | stack.sh log /opt/stack/logs/stack.sh.log\n2026-03-01 11:22:40.000 | Starting Nova\n';
    expect(parseSummary(text, readAt)).toEqual([
      { text: 'stack.sh log /opt/stack/logs/stack.sh.log', atMs: Date.parse('2026-03-01T11:22:33.456Z') },
      { text: 'Starting Nova', atMs: Date.parse('2026-03-01T11:22:40Z') },
    ]);
  });

  test.each(['Starting Nova', '2026-99-01 11:22:33.456 | Starting Nova', '  Starting Nova\r'])(
    'takes a line without a readable stamp as of now: %j',
    (line) => {
      expect(parseSummary(`\n${line}\n\n`, readAt)).toEqual([{ text: 'Starting Nova', atMs: readAt }]);
    },
  );
});

describe('progress', () => {
  test('is unknown before the first milestone', () => {
    expect(measureProgress([], EASY, 0)).toBeNull();
    expect(measureProgress(told([0, 'a plugin says hello']), EASY, 0)).toBeNull();
  });

  test('moves on with the time a stage is expected to take, and waits where the next one begins', () => {
    const fractions = [0, 5, 10, 20, 25, 1_000].map((seconds) => measured(told(START), seconds).fraction);
    expect(fractions).toEqual([0, 0.05, 0.1, 0.2, 0.2, 0.2]);
  });

  test('goes to where a milestone is when it is told, in its words', () => {
    expect(measured(told(START, [20, 'Installing OpenStack project source']), 20)).toMatchObject({
      fraction: 0.2,
      milestone: 'Installing OpenStack project source',
    });
  });

  test('a milestone that is not expected, and one that does not come, only make it jump', () => {
    const lines = told(START, [30, 'Starting Keystone']);
    expect(measured(lines, 40).fraction).toBe(0.5);
    expect(measured(told(START, [30, 'Starting Nova']), 30).fraction).toBe(0.5);
  });

  test('is whole when stack.sh says that it has completed, and not a moment before', () => {
    const lines = told(START, [20, 'Installing OpenStack project source'], [50, 'Starting Nova']);
    expect(measured(lines, 100_000).fraction).toBeLessThan(1);
    const end = { text: 'stack.sh completed in 101 seconds.', atMs: 101_000 };
    expect(measured([...lines, end], 101)).toEqual({
      fraction: 1,
      milestone: 'stack.sh completed in',
      remainingMs: 0,
    });
  });

  test('of a run of which nothing is expected stays at its start', () => {
    expect(measured(told(START), 50, { times: {}, isLearned: true })).toMatchObject({ fraction: 0, remainingMs: null });
  });
});

describe('the time left', () => {
  test('is what such runs took, less what is over', () => {
    expect(measured(told(START), 0).remainingMs).toBe(100_000);
    expect(measured(told(START), 15).remainingMs).toBe(85_000);
    expect(measured(told(START, [20, 'Installing OpenStack project source']), 40).remainingMs).toBe(60_000);
  });

  test('grows where a run is slower than those before it', () => {
    const slow = measured(told(START, [60, 'Installing OpenStack project source']), 60).remainingMs ?? 0;
    expect(slow).toBeGreaterThan(100_000);
    expect(slow).toBeLessThan(240_000);
    const stuck = measured(told(START), 120).remainingMs ?? 0;
    expect(stuck).toBeGreaterThan(80_000);
  });

  test('is not told of a machine nobody knows, until a good part of the run has shown its pace', () => {
    expect(measured(told(START), 10, UNKNOWN).remainingMs).toBeNull();
    const lines = told(START, [200, 'Installing OpenStack project source']);
    // Ten times as slow as the machine that was measured.
    expect(measured(lines, 200, UNKNOWN).remainingMs).toBe(800_000);
  });
});

describe('whatever the summary says', () => {
  const services = [...enabledServices(controllerOf()), 'tempest', 'horizon'];
  const expectations = fc.oneof(
    fc.constant<ExpectedTimes>({ times: usualTimes('controller', services), isLearned: false }),
    fc.constant<ExpectedTimes>({ times: usualTimes('compute', enabledServices(computeOf())), isLearned: false }),
    fc.record({
      times: fc.dictionary(
        fc.constantFrom(...MILESTONES.map(({ words }) => words)),
        fc.integer({ min: 0, max: 5_000_000 }),
        { noNullPrototype: true },
      ),
      isLearned: fc.boolean(),
    }),
  );
  const texts = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.constantFrom(...MILESTONES.map(({ words, isOpenEnded }) => words + (isOpenEnded ? ' 7' : ''))),
    },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
  );
  const times = fc.integer({ min: -10_000_000, max: 10_000_000 });
  const lines = fc.array(fc.record({ text: texts, atMs: times }), { maxLength: 40 });
  const isOver = (all: readonly SummaryLine[]): boolean => all.some(({ text }) => milestoneOf(text) === COMPLETED);

  test('more of it, and more time, never take anything back', () => {
    fc.assert(
      fc.property(lines, lines, expectations, times, fc.nat(1e9), (before, more, expected, nowMs, laterMs) => {
        const first = measureProgress(before, expected, nowMs);
        const second = measureProgress([...before, ...more], expected, nowMs + laterMs);
        expect(second?.fraction ?? 0).toBeGreaterThanOrEqual(first?.fraction ?? 0);
      }),
    );
  });

  test('the fraction is one, whole only at the end, and the time left is a time', () => {
    fc.assert(
      fc.property(lines, expectations, times, (all, expected, nowMs) => {
        const progress = measureProgress(all, expected, nowMs);
        if (progress === null) return;
        const { fraction, remainingMs } = progress;
        expect(fraction).toBeGreaterThanOrEqual(0);
        expect(fraction === 1).toBe(isOver(all));
        expect(fraction).toBeLessThanOrEqual(1);
        expect(remainingMs === null || (Number.isFinite(remainingMs) && remainingMs >= 0)).toBe(true);
      }),
    );
  });

  test('it is never beyond where the next milestone would put it', () => {
    fc.assert(
      fc.property(lines, expectations, times, (all, expected, nowMs) => {
        const progress = measureProgress(all, expected, nowMs);
        const place = MILESTONES.findIndex(({ words }) => words === progress?.milestone);
        const next = MILESTONES.find(({ words }, index) => index > place && (expected.times[words] ?? 0) > 0);
        if (progress === null || next === undefined) return;
        const line = { text: next.words + (next.isOpenEnded ? ' 7' : ''), atMs: nowMs };
        const there = measureProgress([...all, line], expected, nowMs);
        expect(progress.fraction).toBeLessThanOrEqual(there?.fraction ?? 0);
      }),
    );
  });

  test('lines that are no milestones change nothing', () => {
    const noise = fc.array(fc.string({ unit: 'binary' }).filter((text) => milestoneOf(text) === null));
    fc.assert(
      fc.property(lines, noise, expectations, times, (all, words, expected, nowMs) => {
        const noisy = [...all, ...words.map((text) => ({ text, atMs: nowMs }))];
        expect(measureProgress(noisy, expected, nowMs)).toEqual(measureProgress(all, expected, nowMs));
      }),
    );
  });

  test('every text can be read', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        for (const line of parseSummary(text, 5)) expect(Number.isFinite(line.atMs)).toBe(true);
      }),
    );
  });
});
