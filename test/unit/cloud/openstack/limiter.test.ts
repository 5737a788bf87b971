/** Slots grow, shrink and are given in order. */
import { expect, it } from 'vitest';
import { Limiter } from '../../../../src/cloud/openstack/limiter.ts';
import { never } from '../wire-cloud.ts';

/** Work that ends when told. */
function hold(
  limiter: Limiter,
  signal = never,
): { readonly end: () => void; readonly done: Promise<void>; hasBegun: boolean } {
  const { promise, resolve } = Promise.withResolvers<void>();
  const held = {
    end: resolve,
    hasBegun: false,
    done: limiter.run(signal, () => {
      held.hasBegun = true;
      return promise;
    }),
  };
  return held;
}

function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

it('runs no more at once than its limit, the others in order', async () => {
  const limiter = new Limiter(2, 2);
  const works = [hold(limiter), hold(limiter), hold(limiter), hold(limiter)];
  await settled();
  expect(works.map(({ hasBegun }) => hasBegun)).toEqual([true, true, false, false]);
  works[1]?.end();
  await settled();
  expect(works.map(({ hasBegun }) => hasBegun)).toEqual([true, true, true, false]);
  for (const { end } of works) end();
  await Promise.all(works.map(({ done }) => done));
  expect(works[3]?.hasBegun).toBe(true);
});

it('frees the slot of work that failed', async () => {
  const limiter = new Limiter(1, 1);
  await expect(limiter.run(never, () => Promise.reject(new Error('x')))).rejects.toThrow('x');
  await expect(limiter.run(never, () => Promise.resolve('next'))).resolves.toBe('next');
});

it('grows with good answers to its most and halves under overload to its least', async () => {
  const limiter = new Limiter(4, 16);
  const countAdmitted = async (): Promise<number> => {
    const works = Array.from({ length: 20 }, () => hold(limiter));
    await settled();
    const admitted = works.filter(({ hasBegun }) => hasBegun).length;
    for (const { end } of works) end();
    await Promise.all(works.map(({ done }) => done));
    return admitted;
  };
  expect(await countAdmitted()).toBe(4);
  for (let good = 0; good < 4; good += 1) limiter.reward();
  expect(await countAdmitted()).toBe(5);
  for (let good = 0; good < 1000; good += 1) limiter.reward();
  expect(await countAdmitted()).toBe(16);
  limiter.punish();
  expect(await countAdmitted()).toBe(8);
  limiter.punish();
  limiter.punish();
  expect(await countAdmitted()).toBe(4);
});

it('lets go who stops waiting, and never begins their work', async () => {
  const limiter = new Limiter(1, 1);
  const first = hold(limiter);
  const stop = new AbortController();
  const second = hold(limiter, stop.signal);
  const third = hold(limiter);
  stop.abort(new Error('stopped'));
  await expect(second.done).rejects.toThrow('stopped');
  await expect(hold(limiter, stop.signal).done).rejects.toThrow('stopped');
  first.end();
  third.end();
  await Promise.all([first.done, third.done]);
  expect([second.hasBegun, third.hasBegun]).toEqual([false, true]);
});
