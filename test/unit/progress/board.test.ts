/** The live display's lines: what every node does, within the rows and columns there are. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PlanCounts, RunEvent, StepSubject } from '../../../src/engine/events.ts';
import { Board } from '../../../src/progress/board.ts';

const error = { code: 'stack-failed', message: 'exit 1\u001b[2J', details: {}, causes: [] };

function stepOf(node: string | null, title: string, kind = 'step'): StepSubject {
  return { key: `${kind}/${node ?? 'cluster'}`, kind, node, generation: 1, title };
}

function start(step: StepSubject): RunEvent {
  return { type: 'step-started', step, attempt: 1, resumed: false };
}

function end(step: StepSubject): RunEvent {
  return { type: 'step-done', step, elapsedMs: 1, adopted: false };
}

const NONE = { total: 0, done: 0 };

function counts(done: Readonly<Record<string, number>>, own = NONE): PlanCounts {
  const nodes = Object.entries(done).map(([node, number]) => ({ node, total: 10, done: number }));
  return {
    total: nodes.length * 10 + own.total,
    done: nodes.reduce((sum, node) => sum + node.done, own.done),
    nodes,
  };
}

function started(done: Readonly<Record<string, number>>, own = NONE): RunEvent {
  return { type: 'run-started', ...counts(done, own), inDoubt: 0 };
}

/** A board that heard these events at its beginning. */
function boardOf(...events: readonly RunEvent[]): Board {
  const board = new Board(0);
  for (const event of events) board.apply(event, 0);
  return board;
}

/** The lines at 4 s, inner blanks made one, so that only the last tests depend on widths. */
function linesOf(board: Board, rows = 20, columns = 100): readonly string[] {
  return board.draw(rows, columns, 4_000).map(({ text }) => text.replaceAll(/ +/g, ' '));
}

const stack = stepOf('compute-1', 'run stack.sh on compute-1');

test('without a plan nothing is counted', () => {
  const board = boardOf({ type: 'notice', level: 'info', text: 'asking 3 nodes' });
  expect(board.draw(10, 60, 61_000).map(({ text }) => text)).toEqual(['at work  1:01']);
});

describe('each node has a line, in the order of the layout', () => {
  test('that says whether it is ready, runs or waits, and how many of its steps are done', () => {
    const board = boardOf(started({ controller: 10, 'compute-1': 8, 'compute-2': 9 }), start(stack), {
      type: 'step-progress',
      step: stack,
      text: 'Configuring Neutron',
    });
    expect(board.draw(20, 60, 4_000)).toEqual([
      { tone: 'good', text: '✓ controller  ready                                    10/10' },
      { tone: 'plain', text: '> compute-1   run stack.sh: Configuring Neutron  0:04   8/10' },
      { tone: 'faint', text: '· compute-2   waits                                     9/10' },
      { tone: 'faint', text: '27 of 30 steps done, 1 running  0:04' },
    ]);
  });

  test('that says how far its step is and how long it still takes, and cuts the words first', () => {
    const far = { percent: 52, milestone: 'Configuring Neutron', remainingMs: 230_000 };
    const board = boardOf(started({ 'compute-1': 8 }), start(stack), {
      type: 'step-progress',
      step: stack,
      text: 'Configuring Neutron',
      ...far,
    });
    expect(linesOf(board)[0]).toBe('> compute-1 run stack.sh: 52 %, about 4 min left: Configuring Neutron 0:04 8/10');
    expect(linesOf(board, 20, 70)[0]).toBe('> compute-1 run stack.sh: 52 %, about 4 min left: Config… 0:04 8/10');
  });

  test('and is ready when its last step is done', () => {
    const board = boardOf(started({ a: 9 }), start(stepOf('a', 'last')), end(stepOf('a', 'last')));
    expect(linesOf(board)).toEqual(['✓ a ready 10/10', '10 of 10 steps done, 0 running 0:04']);
  });

  test('that shows the newest of several running steps, and the other when that one ends', () => {
    const [older, newer] = [stepOf('a', 'older', 'one'), stepOf('a', 'newer', 'two')];
    const board = boardOf(started({ a: 0 }), start(older), start(newer));
    expect(linesOf(board)).toEqual(['> a newer 0:04 0/10', '0 of 10 steps done, 2 running 0:04']);
    board.apply(end(newer), 0);
    expect(linesOf(board)[0]).toBe('> a older 0:04 1/10');
  });

  test('that shows the cause of a failure, without what could harm a terminal', () => {
    const board = boardOf(started({ 'compute-1': 3 }), start(stack), {
      type: 'step-failed',
      step: stack,
      error,
      elapsedMs: 1,
    });
    expect(linesOf(board)).toEqual([
      'x compute-1 run stack.sh: exit 1 3/10',
      '3 of 10 steps done, 0 running, 1 failed 0:04',
    ]);
  });

  test.each([
    ['in doubt', { type: 'step-in-doubt', step: stack, error }, 'run stack.sh: in doubt: exit 1'],
    [
      'about to be tried again',
      { type: 'step-retrying', step: stack, error, waitMs: 1 },
      'run stack.sh: waits, then tries again: exit 1',
    ],
  ] as const)('that shows the cause of a step %s', (_, event, text) => {
    const board = boardOf(started({ 'compute-1': 3 }), start(stack), event);
    expect(linesOf(board)[0]).toBe(`? compute-1 ${text} 3/10`);
  });

  test('that prefers a failure to what may still end well', () => {
    const doubtful = stepOf('compute-1', 'other', 'other');
    const board = boardOf(
      started({ 'compute-1': 3 }),
      { type: 'step-failed', step: stack, error, elapsedMs: 1 },
      { type: 'step-in-doubt', step: doubtful, error },
    );
    expect(linesOf(board)[0]).toBe('x compute-1 run stack.sh: exit 1 3/10');
  });

  test('that forgets a failure when the step is tried again', () => {
    const board = boardOf(started({ 'compute-1': 3 }), { type: 'step-failed', step: stack, error, elapsedMs: 1 });
    board.apply(start(stack), 0);
    board.apply(end(stack), 0);
    expect(linesOf(board)).toEqual(['· compute-1 waits 4/10', '4 of 10 steps done, 0 running 0:04']);
  });

  test('and the cluster has one in front while a step of its own runs', () => {
    const own = stepOf(null, 'create the security group');
    const board = boardOf(started({ a: 0 }, { total: 2, done: 1 }), start(own));
    expect(linesOf(board)).toEqual([
      '> cluster create the security group 0:04 1/2',
      '· a waits 0/10',
      '1 of 12 steps done, 1 running 0:04',
    ]);
    board.apply(end(own), 0);
    expect(linesOf(board)).toEqual(['· a waits 0/10', '2 of 12 steps done, 0 running 0:04']);
  });
});

describe('a replaced server', () => {
  const replaced: RunEvent = { type: 'node-replaced', node: 'compute-1', generation: 2, reason: 'gone' };

  test('says its number, has no failure any more, and is counted anew', () => {
    const board = boardOf(
      started({ controller: 9, 'compute-1': 8 }),
      { type: 'step-failed', step: stack, error, elapsedMs: 1 },
      replaced,
      { type: 'plan-changed', ...counts({ controller: 9, 'compute-1': 2 }) },
    );
    expect(linesOf(board)).toEqual([
      '· controller waits 9/10',
      '· compute-1 server 2: waits 2/10',
      '11 of 20 steps done, 0 running 0:04',
    ]);
    board.apply(start(stepOf('compute-1', 'remove the server of generation 1')), 0);
    expect(linesOf(board)[1]).toBe('> compute-1 server 2: remove the server of generation 1 0:04 2/10');
  });

  test('keeps its place and its number when it was replaced before the first step', () => {
    const board = boardOf(replaced, started({ controller: 10, 'compute-1': 0 }));
    expect(linesOf(board).slice(0, 2)).toEqual(['✓ controller ready 10/10', '· compute-1 server 2: waits 0/10']);
  });
});

describe('more nodes than rows', () => {
  const board = boardOf(
    started({ ready1: 10, wait1: 1, wait2: 1, bad: 1, run1: 1, wait3: 1, run2: 1, ready2: 10 }),
    { type: 'step-failed', step: stepOf('bad', 'create'), error, elapsedMs: 1 },
    start(stepOf('run1', 'create')),
    start(stepOf('run2', 'create')),
  );

  test('show running ones, then troubled, then waiting; ready ones are counted', () => {
    expect(linesOf(board, 5)).toEqual([
      '> run1 create 0:04 1/10',
      '> run2 create 0:04 1/10',
      'x bad create: exit 1 1/10',
      '· wait1 waits 1/10',
      '26 of 80 steps done, 2 running, 1 failed, 2 more waiting, 2 ready 0:04',
    ]);
  });

  test('say how many of the urgent ones have no room', () => {
    expect(linesOf(board, 2)).toEqual([
      '> run1 create 0:04 1/10',
      '26 of 80 steps done, 2 running, 1 failed, 2 more not shown, 3 more waiting, 2 ready 0:04',
    ]);
  });
});

describe('a narrow terminal', () => {
  const board = boardOf(started({ 'compute-1': 8, 'compute-2': 8 }), start(stack));

  test('cuts words, and keeps times and counts', () => {
    expect(board.draw(20, 28, 4_000).map(({ text }) => text)).toEqual([
      '> compute-1  ru…  0:04  8/10',
      '· compute-2  waits      8/10',
      '16 of 20 steps done, …  0:04',
    ]);
  });

  test('keeps the right end even where nothing else has room', () => {
    expect(board.draw(20, 7, 4_000).map(({ text }) => text)).toEqual(['4  8/10', '…  8/10', '…  0:04']);
  });
});

test('no events make a line longer than the terminal or more lines than rows', () => {
  const texts = fc.string({ unit: 'binary', maxLength: 120 });
  const nodes = fc.constantFrom('controller', 'compute-1', 'a-node-with-a-rather-long-name', 'z');
  const steps = fc
    .tuple(fc.option(nodes), fc.constantFrom('one', 'two'), texts)
    .map(([node, kind, title]) => stepOf(node, title, kind));
  const plans = fc.dictionary(nodes, fc.nat(10), { noNullPrototype: true }).map((done) => counts(done));
  const failures = texts.map((message) => ({ ...error, message }));
  const event: fc.Arbitrary<RunEvent> = fc.oneof(
    fc
      .tuple(fc.constantFrom('run-started' as const, 'plan-changed' as const), plans)
      .map(([type, plan]): RunEvent => Object.assign({ type, inDoubt: 0 }, plan)),
    nodes.map((node): RunEvent => ({ type: 'node-replaced', node, generation: 2, reason: 'gone' })),
    steps.map(start),
    steps.map(end),
    fc.record({ type: fc.constant('step-progress'), step: steps, text: texts }),
    fc.record({
      type: fc.constant('step-progress'),
      step: steps,
      text: texts,
      percent: fc.nat(99),
      milestone: texts,
      remainingMs: fc.option(fc.nat()),
    }),
    fc.record({ type: fc.constant('step-retrying'), step: steps, error: failures, waitMs: fc.nat() }),
    fc.record({ type: fc.constant('step-failed'), step: steps, error: failures, elapsedMs: fc.nat() }),
    fc.record({ type: fc.constant('step-in-doubt'), step: steps, error: failures }),
  );
  const size = fc.record({ rows: fc.integer({ min: 1, max: 8 }), columns: fc.integer({ min: 1, max: 130 }) });
  fc.assert(
    fc.property(fc.array(event, { maxLength: 30 }), size, fc.nat(9_999_999), (events, { rows, columns }, nowMs) => {
      const lines = boardOf(...events).draw(rows, columns, nowMs);
      expect(lines.length).toBeLessThanOrEqual(rows);
      for (const { text } of lines) {
        expect(text.length).toBeLessThanOrEqual(columns);
        expect(text).not.toMatch(/\n|\u001b/);
      }
    }),
  );
});
