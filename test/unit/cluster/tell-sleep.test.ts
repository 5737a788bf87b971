/** After a sleep of this machine people are told how long it was and how many jobs are held on to; nothing else is told. */
import { expect, test } from 'vitest';
import { tellSleep } from '../../../src/cluster/tell-sleep.ts';
import type { RunEvent, StepSubject } from '../../../src/engine/events.ts';
import type { Clock } from '../../../src/host/clock.ts';

const HOUR_MS = 3_600_000;

function subject(kind: string, node: string): StepSubject {
  return { key: `${kind}/${node}`, kind, node, generation: 1, title: kind };
}

function started(kind: string, node: string): RunEvent {
  return { type: 'step-started', step: subject(kind, node), attempt: 1, resumed: false };
}

/** What is told where each look at the clock comes so late, in turn. */
async function tellOf(lateMs: readonly number[], events: readonly RunEvent[]): Promise<readonly string[]> {
  const told: string[] = [];
  const left = [...lateMs];
  const allSeen = Promise.withResolvers<void>();
  let nowMs = 0;
  const clock: Clock = {
    now: () => new Date(nowMs),
    monotonicMs: () => 0,
    async sleep(ms, signal) {
      const late = left.shift();
      if (late === undefined) {
        allSeen.resolve();
        await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
      }
      nowMs += ms + (late ?? 0);
    },
  };
  const teller = tellSleep(clock, (event) => told.push(event.type === 'notice' ? event.text : event.type));
  for (const event of events) teller.note(event);
  await allSeen.promise;
  await teller.stop();
  return told;
}

test('three hours, with two jobs under way', async () => {
  const events: readonly RunEvent[] = [
    started('run-stack', 'a'),
    started('run-stack', 'b'),
    started('wait-server', 'c'),
    started('install-packages', 'd'),
    { type: 'step-done', step: subject('install-packages', 'd'), elapsedMs: 1, adopted: false },
  ];
  expect(await tellOf([0, 3 * HOUR_MS, 0], events)).toEqual(['woke after 3 h: re-attaching to 2 jobs']);
});

test('some minutes, one job, and none', async () => {
  expect(await tellOf([5 * 60_000], [started('run-stack', 'a')])).toEqual(['woke after 5 min: re-attaching to 1 job']);
  expect(await tellOf([5 * 60_000], [])).toEqual(['woke after 5 min: going on']);
});

test('a busy machine, or a clock that is set a little or back, is no sleep', async () => {
  expect(await tellOf([0, 59_000, -3 * HOUR_MS], [started('run-stack', 'a')])).toEqual([]);
});

test('a watch that died is told at the end, not by a rejection that nobody handles', async () => {
  const clock: Clock = {
    now: () => new Date(0),
    monotonicMs: () => 0,
    sleep: () => Promise.reject(new Error('broken')),
  };
  const teller = tellSleep(clock, () => undefined);
  await new Promise((resolve) => setImmediate(resolve));
  await expect(teller.stop()).rejects.toThrow('broken');
});
