/** The renderers of a run: what each writes for the same events. */
import { describe, expect, test, vi } from 'vitest';
import type { RunEvent, StepSubject } from '../../../src/engine/events.ts';
import type { Clock } from '../../../src/host/clock.ts';
import { openRenderer, type ProgressMode, type StreamFacts } from '../../../src/progress/renderer.ts';

const stack: StepSubject = {
  key: 'run-stack/controller',
  kind: 'run-stack',
  node: 'controller',
  generation: 1,
  title: 'run stack.sh',
};
const port: StepSubject = { ...stack, key: 'create-port/compute-1', node: 'compute-1', title: 'create port' };
const error = { code: 'stack-failed', message: 'exit 1\u001b[2J', details: {}, causes: [] };
const events: readonly RunEvent[] = [
  {
    type: 'run-started',
    total: 9,
    done: 2,
    inDoubt: 1,
    nodes: [
      { node: 'controller', total: 4, done: 2 },
      { node: 'compute-1', total: 4, done: 0 },
    ],
  },
  { type: 'step-started', step: stack, attempt: 1, resumed: false },
  { type: 'step-progress', step: stack, text: 'Starting Keystone' },
  { type: 'step-progress', step: stack, text: 'Starting Keystone' },
  { type: 'step-started', step: port, attempt: 2, resumed: false },
  { type: 'step-done', step: port, elapsedMs: 12_400, adopted: false },
  { type: 'step-failed', step: stack, error, elapsedMs: 252_000 },
  { type: 'run-ended', done: 3, failed: 1, blocked: 5, elapsedMs: 260_000 },
];

/** A clock whose sleepers wake when the test says so. */
function openClock(): Clock & { advance(ms: number): Promise<void> } {
  let ms = 0;
  let sleepers: { readonly due: number; wake(): void }[] = [];
  return {
    now: () => new Date(2026, 0, 2, 3, 4, 5),
    monotonicMs: () => ms,
    sleep: (duration, signal) =>
      new Promise((resolve, reject) => {
        sleepers.push({ due: ms + duration, wake: resolve });
        signal.addEventListener('abort', () => reject(signal.reason as Error));
      }),
    async advance(step) {
      ms += step;
      const due = sleepers.filter((sleeper) => sleeper.due <= ms);
      sleepers = sleepers.filter((sleeper) => sleeper.due > ms);
      for (const sleeper of due) sleeper.wake();
      await new Promise(setImmediate);
    },
  };
}

const pipe: StreamFacts = { isTTY: false, columns: 80, rows: 24, color: false };
const tty: StreamFacts = { isTTY: true, columns: 60, rows: 10, color: false };

async function open(mode: ProgressMode, facts: StreamFacts) {
  const clock = openClock();
  const written: string[] = [];
  const renderer = await openRenderer(mode, facts, (text) => written.push(text), clock);
  return { renderer, clock, written };
}

/** What a terminal shows after these writes: newlines, `ESC[nA`, `\r` and `ESC[0J` are all that may come. */
function screen(written: readonly string[]): string[] {
  const lines: string[] = [''];
  for (const part of written.join('').split(/(\u001b\[\d+A\r\u001b\[0J|\n)/)) {
    const up = /^\u001b\[(\d+)A/.exec(part);
    if (part === '\n') lines.push('');
    else if (up !== null) lines.splice(lines.length - 1 - Number(up[1]), Number.POSITIVE_INFINITY, '');
    else lines[lines.length - 1] += part;
  }
  expect(lines.join('')).not.toContain('\u001b');
  return lines;
}

describe('plain', () => {
  test('writes one line per event, time and node first, repeated progress once', async () => {
    const { renderer, written } = await open('auto', pipe);
    for (const event of events) renderer.emit(event);
    renderer.close();
    expect(written.join('')).toBe(
      [
        '03:04:05 cluster  resuming: 2 of 9 steps done, 1 in doubt',
        '03:04:05 controller  run stack.sh … started',
        '03:04:05 controller  run stack.sh … Starting Keystone',
        '03:04:05 compute-1   create port … started (attempt 2)',
        '03:04:05 compute-1   create port … done (12 s)',
        '03:04:05 controller  run stack.sh … failed (4 min 12 s): stack-failed: exit 1',
        '03:04:05 cluster     ended: 3 steps done, 1 failed, 5 not started (4 min 20 s)',
        '',
      ].join('\n'),
    );
  });

  test('says how far the plan is after it changed', async () => {
    const { renderer, written } = await open('plain', pipe);
    renderer.emit({ type: 'plan-changed', total: 10, done: 2, nodes: [{ node: 'controller', total: 10, done: 2 }] });
    expect(written).toEqual(['03:04:05 cluster  plan changed: 2 of 10 steps done\n']);
  });

  test('colours only where colour is wanted', async () => {
    const { renderer, written } = await open('plain', { ...pipe, color: true });
    renderer.emit({ type: 'notice', level: 'warning', text: 'quiet' });
    expect(written[0]).toContain('\u001b[33mquiet\u001b[39m');
  });
});

/** A step that moves on from one milestone to the next. */
const moving: readonly RunEvent[] = [
  ['Starting Keystone', 52],
  ['Starting Keystone', 53],
  ['Starting Keystone', 60],
  ['Configuring Nova', 78],
].map(([milestone, percent]) => ({
  type: 'step-progress',
  step: stack,
  text: String(milestone),
  percent: Number(percent),
  milestone: String(milestone),
  remainingMs: 240_000,
}));

test('plain writes a line for each milestone, not for each percent', async () => {
  const { renderer, written } = await open('plain', pipe);
  for (const event of moving) renderer.emit(event);
  expect(written).toEqual([
    '03:04:05 controller  run stack.sh … 52 %, about 4 min left: Starting Keystone\n',
    '03:04:05 controller  run stack.sh … 78 %, about 4 min left: Configuring Nova\n',
  ]);
});

test('json tells programs each percent, the milestone and the time left', async () => {
  const { renderer, written } = await open('json', pipe);
  for (const event of moving) renderer.emit(event);
  expect(written.map((text) => JSON.parse(text) as RunEvent)).toMatchObject(
    [52, 53, 60, 78].map((percent) => ({ percent, milestone: expect.any(String), remainingMs: 240_000 })),
  );
});

test('json writes one object per line', async () => {
  const { renderer, written } = await open('json', tty);
  for (const event of events) renderer.emit(event);
  const parsed = written
    .join('')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as RunEvent & { time: string });
  expect(parsed.map(({ type }) => type)).toEqual(events.map(({ type }) => type));
  expect(parsed[0]?.time).toBe(new Date(2026, 0, 2, 3, 4, 5).toISOString());
});

test('none writes nothing', async () => {
  const { renderer, written } = await open('none', tty);
  for (const event of events) renderer.emit(event);
  renderer.close();
  expect(written).toEqual([]);
});

test('a closed terminal ends the display, not the work', async () => {
  const write = vi.fn(() => {
    throw Object.assign(new Error('write EPIPE'), { code: 'EPIPE' });
  });
  const renderer = await openRenderer('plain', pipe, write, openClock());
  for (const event of events) renderer.emit(event);
  expect(write).toHaveBeenCalledTimes(1);
});

describe('terminal', () => {
  test('shows every node, the running ones with progress and elapsed time, and redraws them in place', async () => {
    const { renderer, clock, written } = await open('auto', tty);
    written.push('earlier output\n');
    for (const event of events.slice(0, 3)) renderer.emit(event);
    await clock.advance(61_000);
    expect(screen(written)).toEqual([
      'earlier output',
      'cluster  resuming: 2 of 9 steps done, 1 in doubt',
      '> controller  run stack.sh: Starting Keystone     1:01  2/4',
      '· compute-1   waits                                     0/4',
      '2 of 9 steps done, 1 running  1:01',
      '',
    ]);
    renderer.close();
  });

  test('leaves only lasting lines when closed, and writes nothing afterwards', async () => {
    const { renderer, clock, written } = await open('auto', tty);
    for (const event of events) renderer.emit(event);
    renderer.close();
    const before = written.length;
    renderer.emit({ type: 'notice', level: 'info', text: 'late' });
    await clock.advance(1000);
    expect(written).toHaveLength(before);
    expect(screen(written)).toEqual([
      'cluster  resuming: 2 of 9 steps done, 1 in doubt',
      'controller  run stack.sh … failed (4 min 12 s): stack-failed: exit 1',
      'cluster  ended: 3 steps done, 1 failed, 5 not started (4 min 20 s)',
      '',
    ]);
  });

  test('draws at most four frames a second however many events come', async () => {
    const { renderer, clock, written } = await open('auto', tty);
    renderer.emit({ type: 'step-started', step: stack, attempt: 1, resumed: false });
    await clock.advance(0);
    const before = written.length;
    for (let count = 0; count < 100; count++) {
      renderer.emit({ type: 'step-progress', step: stack, text: `line ${count}` });
      await clock.advance(10);
    }
    expect(written.length - before).toBeGreaterThanOrEqual(3);
    expect(written.length - before).toBeLessThanOrEqual(4);
    renderer.close();
  });

  test('leaves Ctrl-C to the builder', async () => {
    const before = process.listenerCount('SIGINT');
    const { renderer } = await open('auto', tty);
    expect(process.listenerCount('SIGINT')).toBe(before);
    renderer.close();
  });
});
