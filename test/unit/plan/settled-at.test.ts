/** How long destroy must reckon with creates that were sent before it. */
import { expect, test } from 'vitest';
import type { AttemptState, StepRecord } from '../../../src/engine/journal.ts';
import { settledAt, visibleAt } from '../../../src/plan/settled-at.ts';

const NOW = new Date('2026-01-01T12:00:00Z');
const SENT = new Date('2026-01-01T11:59:00Z');
const NEVER = new Date(0);

function create(state: AttemptState): StepRecord {
  const planned = {
    key: 'create-server/a',
    kind: 'create-server',
    version: 1,
    node: 'a',
    lifetime: 'server',
    input: {},
    after: [],
  } as const;
  const attempt = {
    id: 1,
    stepId: 1,
    number: 1,
    nonce: 'n',
    epoch: 1,
    state,
    intendedAt: SENT,
    endedAt: null,
    error: null,
  };
  return { id: 1, planned, generation: 1, state: 'open', output: null, attempts: [attempt] };
}

function settled(steps: readonly StepRecord[], resources: Parameters<typeof settledAt>[1] = []): Date {
  return settledAt(steps, resources, (kind) => kind === 'create-server', 120_000, NOW);
}

test.each(['intent', 'uncertain'] as const)(
  'a create in state %s may show up for the whole window since it was sent',
  (state) => {
    expect(settled([create(state)])).toEqual(new Date('2026-01-01T12:01:00Z'));
  },
);

test.each(['ok', 'failed', 'moot'] as const)('a create in state %s is known: nothing is waited for', (state) => {
  expect(settled([create(state)])).toEqual(NEVER);
});

test('a step that makes nothing is not waited for', () => {
  expect(settledAt([create('intent')], [], () => false, 120_000, NOW)).toEqual(NEVER);
});

test('a create that was superseded while its end was unknown is waited for from now on', () => {
  expect(settled([], [{ cloudId: null, state: 'surplus' }])).toEqual(new Date('2026-01-01T12:02:00Z'));
  expect(settled([], [{ cloudId: 'x', state: 'surplus' }])).toEqual(NEVER);
});

test('an object that was only answered for may become visible for the whole window since then', () => {
  expect(visibleAt(SENT, 120_000, NOW)).toEqual(new Date('2026-01-01T12:01:00Z'));
  expect(visibleAt(null, 120_000, NOW)).toEqual(NEVER);
});

test('a clock that was set back does not make the window longer', () => {
  expect(visibleAt(new Date('2026-01-02T00:00:00Z'), 120_000, NOW)).toEqual(new Date('2026-01-01T12:02:00Z'));
});
