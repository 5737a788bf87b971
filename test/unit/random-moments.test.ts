/** Random kills: drawn the same for a seed, some in every stretch of the work, in its order. */
import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { seededChance } from '../simulation/seeded-random.ts';
import { dealKills, drawKills } from '../support/random-moments.ts';
import { Told } from '../support/told.ts';

const SCALE = { controllerStackMs: 400_000, computeStackMs: 200_000, objects: 7 };

/** Told these events, line by line as the json renderer prints them. */
function tell(...events: readonly object[]): Told {
  const told = new Told();
  const stream = new PassThrough({ encoding: 'utf8' });
  told.listen(stream, () => undefined);
  stream.emit('data', events.map((event) => `${JSON.stringify(event)}\n`).join(''));
  return told;
}

describe('moments', () => {
  test('are the same for a seed, and others for another', () => {
    const draw = (seed: number): unknown => JSON.stringify(drawKills(dealKills(20), SCALE, seededChance(seed)));
    expect(draw(7)).toBe(draw(7));
    expect(draw(7)).not.toBe(draw(8));
  });

  test('of six kills lie inside both kinds of stack.sh, in destroy, in the preparation and in the beginning', () => {
    const { create, destroy } = drawKills(dealKills(6), SCALE, seededChance(1));
    expect(create.map(({ stretch }) => stretch.name)).toEqual([
      'as create begins',
      'while servers are made and prepared',
      'inside the controller’s stack.sh',
      'inside the controller’s stack.sh',
      'inside the computes’ stack.sh',
    ]);
    expect(destroy).toHaveLength(1);
  });

  test.each([0, 1, 4, 6, 23])('%i kills are as many', (kills) => {
    const { create, destroy } = drawKills(dealKills(kills), SCALE, seededChance(1));
    expect(create.length + destroy.length).toBe(kills);
  });

  test.each([1, 2, 3, 4, 5])('come one after the other within a stack.sh, with seed %i', (seed) => {
    const delays = drawKills({ ...dealKills(0), controller: 5 }, SCALE, seededChance(seed)).create.map(
      ({ delayMs }) => delayMs,
    );
    expect(delays).toEqual(delays.toSorted((one, other) => one - other));
    expect(Math.max(...delays)).toBeLessThan(SCALE.controllerStackMs);
  });
});

describe('what builders told', () => {
  const counts = { total: 49, nodes: [{}, {}, {}] };

  test('tells how much is prepared, across lives', () => {
    const done = { type: 'step-done', step: { key: 'create-port/controller' } };
    expect(tell().prepared).toBe(0);
    expect(tell({ type: 'run-started', done: 9, ...counts }).prepared).toBe(0.2);
    expect(tell({ type: 'run-started', done: 8, ...counts }, done).prepared).toBe(0.2);
    expect(tell({ type: 'run-started', done: 49, ...counts }).prepared).toBe(1);
  });

  test('tells which stack.sh has begun, and what was asked to go', () => {
    const told = tell(
      { type: 'step-started', step: { key: 'run-stack/controller' } },
      { type: 'notice', text: 'removing server dsb-x-controller-g1 (1234)' },
      { type: 'notice', text: 'removing server dsb-x-controller-g1 (1234)' },
    );
    const moment = ([one]: readonly { stretch: { isReached(told: Told, share: number): boolean } }[], share: number) =>
      one?.stretch.isReached(told, share);
    const draw = (counted: object): ReturnType<typeof drawKills> =>
      drawKills({ ...dealKills(0), ...counted }, SCALE, seededChance(1));
    expect(moment(draw({ controller: 1 }).create, 0)).toBe(true);
    expect(moment(draw({ computes: 1 }).create, 0)).toBe(false);
    expect(moment(draw({ destroying: 1 }).destroy, 0)).toBe(true);
    expect(moment(draw({ destroying: 1 }).destroy, 0.2)).toBe(false);
  });
});
