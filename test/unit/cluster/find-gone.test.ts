/** What a resumed create does not see: invisible yet, left out of a list, or gone. */
import { expect, test } from 'vitest';
import type { Cloud, Server, Survey } from '../../../src/cloud/cloud.ts';
import { findGone } from '../../../src/cluster/find-gone.ts';
import { EMPTY_SURVEY, server } from '../plan/cloud-fixture.ts';
import { began, makeAttempt, makeStep } from './fake-state.ts';

const WINDOW_MS = 120_000;
const ANSWERED = makeAttempt('ok', { endedAt: began });
const STEP = makeStep('create-server', 'a', 'done', { output: { serverId: 's1' }, attempts: [ANSWERED] });

interface World {
  readonly listed: (ms: number) => readonly Server[];
  readonly found: (ms: number) => Server | null;
}

/** How it ends, after how long, and what was said. */
async function look({ listed, found }: World) {
  let ms = 0;
  const texts: string[] = [];
  const survey = async (): Promise<Survey> => ({ ...EMPTY_SURVEY, servers: listed(ms) });
  const cloud = { survey, getServer: async () => found(ms) } as unknown as Cloud;
  const { gone } = await findGone(await survey(), {
    cloud,
    steps: [STEP],
    settleMs: WINDOW_MS,
    emit: (event) => void (event.type === 'notice' && texts.push(event.text)),
    clock: {
      now: () => new Date(began.getTime() + ms),
      monotonicMs: () => ms,
      sleep: async (waitMs) => void (ms += waitMs),
    },
    signal: new AbortController().signal,
  });
  return { gone: gone.map(({ id }) => id), ms, texts };
}

const S1 = server('s1');

test('what is listed is not waited for', async () => {
  expect(await look({ listed: () => [S1], found: () => S1 })).toEqual({ gone: [], ms: 0, texts: [] });
});

test('what its id finds is there, whatever the list says', async () => {
  expect(await look({ listed: () => [], found: () => S1 })).toEqual({ gone: [], ms: 0, texts: [] });
});

test('what is not visible yet is waited for, and that is said once', async () => {
  const late = await look({ listed: (ms) => (ms > 40_000 ? [S1] : []), found: () => null });
  expect(late.gone).toEqual([]);
  expect(late.ms).toBeLessThan(60_000);
  expect(late.texts).toEqual(['waiting up to 120 s: create-server/a was answered, but is not visible yet']);
});

test('what never shows is gone when the window ends', async () => {
  const never = await look({ listed: () => [], found: () => null });
  expect(never).toMatchObject({ gone: ['s1'], ms: WINDOW_MS });
});

test('a softly deleted server is gone too', async () => {
  const soft = await look({ listed: () => [], found: () => server('s1', { status: 'SOFT_DELETED' }) });
  expect(soft.gone).toEqual(['s1']);
});
