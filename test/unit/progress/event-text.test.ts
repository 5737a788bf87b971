/** The words of every event that a run can tell of. */
import { expect, test } from 'vitest';
import type { RunEvent, StepSubject } from '../../../src/engine/events.ts';
import { formatRemaining } from '../../../src/progress/duration.ts';
import { describeEvent } from '../../../src/progress/event-text.ts';

const step: StepSubject = {
  key: 'create-server/compute-1',
  kind: 'create-server',
  node: 'compute-1',
  generation: 1,
  title: 'create server',
};
const error = { code: 'uncertain-write', message: 'the answer\nwas lost\u001b[2J', details: {}, causes: [] };
const started = { type: 'run-started', nodes: [], inDoubt: 0 } as const;
const ended = { type: 'run-ended', failed: 0, blocked: 0, elapsedMs: 61_000 } as const;
const verified = { type: 'verified', run: '0123abcd', seconds: 61, passed: 9, skipped: 2, results: [] } as const;

test.each<[RunEvent, string, string]>([
  [{ ...started, total: 1, done: 0 }, 'starting: 1 step', 'plain'],
  [{ ...started, total: 9, done: 0, inDoubt: 2 }, 'resuming: 0 of 9 steps done, 2 in doubt', 'plain'],
  [{ ...started, total: 9, done: 3 }, 'resuming: 3 of 9 steps done', 'plain'],
  [{ type: 'run-stopping', reason: 'Ctrl-C' }, 'stopping: Ctrl-C', 'warning'],
  [{ ...ended, done: 9 }, 'ended: 9 steps done (1 min 1 s)', 'good'],
  [{ ...ended, done: 1, failed: 2, blocked: 3 }, 'ended: 1 step done, 2 failed, 3 not started (1 min 1 s)', 'bad'],
  [{ type: 'plan-changed', total: 12, done: 2, nodes: [] }, 'plan changed: 2 of 12 steps done', 'plain'],
  [{ ...verified, failed: 0 }, 'verified: 9 passed, 0 failed, 2 skipped (1 min 1 s)', 'good'],
  [{ ...verified, failed: 1 }, 'verified: 9 passed, 1 failed, 2 skipped (1 min 1 s)', 'bad'],
  [{ type: 'notice', level: 'info', text: 'by the way' }, 'by the way', 'plain'],
  [{ type: 'notice', level: 'warning', text: 'look out' }, 'look out', 'warning'],
])('of the cluster: %j', (event, text, tone) => {
  expect(describeEvent(event)).toEqual({ subject: 'cluster', text, tone });
});

test.each<[RunEvent, string, string]>([
  [
    { type: 'node-replaced', node: 'compute-1', generation: 2, reason: 'no valid\nhost' },
    'server is replaced (number 2): no valid host',
    'warning',
  ],
  [{ type: 'step-started', step, attempt: 1, resumed: false }, 'create server … started', 'plain'],
  [{ type: 'step-started', step, attempt: 3, resumed: false }, 'create server … started (attempt 3)', 'plain'],
  [{ type: 'step-started', step, attempt: 3, resumed: true }, 'create server … resumed', 'plain'],
  [{ type: 'step-progress', step, text: 'BUILD' }, 'create server … BUILD', 'plain'],
  [
    { type: 'step-progress', step, text: 'Starting Nova', percent: 52, milestone: 'Starting Nova', remainingMs: null },
    'create server … 52 %: Starting Nova',
    'plain',
  ],
  [
    { type: 'step-progress', step, text: 'a plugin\n', percent: 52, milestone: 'Starting Nova', remainingMs: 230_000 },
    'create server … 52 %, about 4 min left: a plugin',
    'plain',
  ],
  [
    { type: 'step-progress', step, text: 'slow', percent: 52, milestone: 'Starting Nova', remainingMs: 0 },
    'create server … 52 %: slow',
    'plain',
  ],
  [{ type: 'step-done', step, elapsedMs: 5000, adopted: false }, 'create server … done (5 s)', 'good'],
  [{ type: 'step-done', step, elapsedMs: 5000, adopted: true }, 'create server … found, adopted (5 s)', 'good'],
  [
    { type: 'step-retrying', step, error, waitMs: 2000 },
    'create server … again in 2 s: uncertain-write: the answer was lost',
    'warning',
  ],
  [
    { type: 'step-failed', step, error, elapsedMs: 3000 },
    'create server … failed (3 s): uncertain-write: the answer was lost',
    'bad',
  ],
  [{ type: 'step-in-doubt', step, error }, 'create server … in doubt: uncertain-write: the answer was lost', 'warning'],
])('of a node: %j', (event, text, tone) => {
  expect(describeEvent(event)).toEqual({ subject: 'compute-1', text, tone });
});

test('a step of no node concerns the cluster', () => {
  const subject = { ...step, node: null, title: 'allow traffic' };
  expect(describeEvent({ type: 'step-progress', step: subject, text: 'rules' })).toMatchObject({ subject: 'cluster' });
});

test.each([
  [0, 'about 5 s left'],
  [11_000, 'about 15 s left'],
  [55_000, 'about 55 s left'],
  [55_001, 'about 1 min left'],
  [89_000, 'about 1 min left'],
  [230_000, 'about 4 min left'],
  [59.4 * 60_000, 'about 59 min left'],
  [59.6 * 60_000, 'about 1 h left'],
  [64 * 60_000, 'about 1 h left'],
  [70 * 60_000, 'about 1 h 10 min left'],
  [118 * 60_000, 'about 2 h left'],
])('%d ms are %s', (ms, text) => {
  expect(formatRemaining(ms)).toBe(text);
});
