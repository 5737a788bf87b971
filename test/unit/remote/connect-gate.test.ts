/** The gate: never more inside than allowed, first come first served. */
import { expect, it } from 'vitest';
import { openGate } from '../../../src/remote/connect-gate.ts';

const never = new AbortController().signal;

it('lets the next in when one leaves, in the order they came', async () => {
  const gate = openGate(1);
  const order: number[] = [];
  const leave = await gate.enter(never);
  const others = [1, 2].map(async (number) => {
    const go = await gate.enter(never);
    order.push(number);
    go();
  });
  expect(order).toEqual([]);
  leave();
  await Promise.all(others);
  expect(order).toEqual([1, 2]);
});

it('counts one departure once', async () => {
  const gate = openGate(1);
  const leave = await gate.enter(never);
  leave();
  leave();
  await gate.enter(never);
  const third = gate.enter(AbortSignal.timeout(20));
  await expect(third).rejects.toThrow();
});

it('lets those who give up out of the line', async () => {
  const gate = openGate(1);
  const leave = await gate.enter(never);
  const patience = new AbortController();
  const impatient = gate.enter(patience.signal);
  const next = gate.enter(never);
  patience.abort(new Error('enough'));
  await expect(impatient).rejects.toThrow('enough');
  leave();
  await expect(next).resolves.toBeTypeOf('function');
  await expect(gate.enter(AbortSignal.abort(new Error('late')))).rejects.toThrow('late');
});
