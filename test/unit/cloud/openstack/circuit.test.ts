/** A service that fails is left in peace; one that hiccups is not given up. */
import { beforeEach, describe, expect, it } from 'vitest';
import { Circuit, type Opened } from '../../../../src/cloud/openstack/circuit.ts';

let nowMs: number;
let told: Opened[];
let circuit: Circuit;

beforeEach(() => {
  nowMs = 0;
  told = [];
  circuit = new Circuit(
    () => nowMs,
    (why) => told.push(why),
  );
});

function send(count: number, isRetry: boolean): number {
  let passed = 0;
  for (let index = 0; index < count; index += 1) {
    const pass = circuit.enter(isRetry);
    pass?.end('bad');
    if (pass !== null) passed += 1;
  }
  return passed;
}

/** Twenty retries of five calls, and one more. */
function breakIt(): void {
  send(5, false);
  expect(send(21, true)).toBe(20);
}

describe('a closed circuit', () => {
  it('lets calls through, however many', () => {
    expect(send(1000, false)).toBe(1000);
    expect(circuit.blockage()).toBeNull();
  });
  it('lets twenty retries a minute through, however few the calls: a hiccup of a small cluster', () => {
    send(3, false);
    expect(send(20, true)).toBe(20);
    expect(told).toEqual([]);
    nowMs = 60_000;
    expect(send(20, true)).toBe(20);
    expect(told).toEqual([]);
  });
  it('lets a fifth of many calls be retries, and no more', () => {
    send(400, false);
    expect(send(200, true)).toBe(100);
    expect(told).toEqual([{ retries: 100, calls: 500, waitMs: 30_000 }]);
  });
});

describe('an open circuit', () => {
  it('lets nothing through for 30 s, then one request alone', () => {
    breakIt();
    expect(told).toEqual([{ retries: 20, calls: 25, waitMs: 30_000 }]);
    nowMs = 29_999;
    expect(circuit.enter(false)).toBeNull();
    expect(circuit.blockage()).toEqual({ waitMs: 1 });
    nowMs = 30_000;
    expect(circuit.blockage()).toBeNull();
    expect(circuit.enter(true)).not.toBeNull();
    expect(circuit.enter(false)).toBeNull();
  });
  it('closes with a good answer, forgets the past, and wakes who waits', async () => {
    breakIt();
    nowMs = 31_000;
    const probe = circuit.enter(true);
    const blockage = circuit.blockage();
    probe?.end('good');
    await (blockage !== null && 'ended' in blockage ? blockage.ended : Promise.reject(new Error('nothing waits')));
    expect(circuit.blockage()).toBeNull();
    expect(send(20, true)).toBe(20);
  });
  it('stays open as long again with a bad one, without a word', () => {
    breakIt();
    nowMs = 30_000;
    circuit.enter(true)?.end('bad');
    expect(circuit.blockage()).toEqual({ waitMs: 30_000 });
    expect(told).toHaveLength(1);
  });
  it('lets the next one try at once when the request was called off', () => {
    breakIt();
    nowMs = 30_000;
    circuit.enter(true)?.end('lost');
    expect(circuit.enter(false)).not.toBeNull();
  });
});
