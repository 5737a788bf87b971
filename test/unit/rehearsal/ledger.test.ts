/** The ledger: outlives its writers, serves several at once without a lock, and forgets what was torn. */
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Ledger } from '../../../src/rehearsal/ledger.ts';
import { type KeypairRow, put, remove } from '../../../src/rehearsal/world.ts';

let folder = '';
let path = '';
let wallMs = 0;
let ids = 0;
const open: Ledger[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ledger-'));
  path = join(folder, 'rehearsal', 'ledger.jsonl');
  wallMs = 1_700_000_000_000;
});
afterEach(() => {
  for (const ledger of open.splice(0)) ledger.close();
  rmSync(folder, { recursive: true });
});

function openLedger(speed = 100): Ledger {
  const ledger = new Ledger(
    path,
    speed,
    () => wallMs,
    () => `id-${(ids += 1)}`,
  );
  open.push(ledger);
  return ledger;
}

function keypair(name: string): KeypairRow {
  return { name, publicKey: '', fingerprint: '', createdAtMs: 0 };
}

function make(ledger: Ledger, name: string): void {
  ledger.record(
    () => name,
    () => ({
      deed: { operation: 'create-keypair', subject: name, requestId: 'r' },
      changes: [put('keypair', name, keypair(name))],
    }),
  );
}

function names(ledger: Ledger): readonly string[] {
  ledger.refresh();
  return [...ledger.world.keypair.keys()];
}

test('nothing is written before the first effect, and then only for its owner to read', () => {
  const ledger = openLedger();
  ledger.record(
    () => 0,
    () => null,
  );
  expect(existsSync(path)).toBe(false);
  make(ledger, 'a');
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test('what one process did the next one finds, with the time that went by meanwhile', () => {
  const first = openLedger();
  make(first, 'a');
  first.record(
    () => 0,
    () => ({ deed: { operation: 'delete-keypair', subject: 'a', requestId: 'r' }, changes: [remove('keypair', 'a')] }),
  );
  make(first, 'b');
  wallMs += 1_000;
  const second = openLedger();
  expect(names(second)).toEqual(['b']);
  expect(second.nowMs()).toBe(100_000);
});

test('two at once see each other, and each effect is decided on the newest world', () => {
  const [one, two] = [openLedger(), openLedger()];
  make(one, 'a');
  const seen = two.record(
    () => [...two.world.keypair.keys()],
    (keys) => ({
      deed: { operation: 'create-keypair', subject: 'b', requestId: 'r' },
      changes: [put('keypair', 'b', keypair(keys.join()))],
    }),
  );
  expect(seen).toEqual(['a']);
  expect(names(one)).toEqual(['a', 'b']);
});

test('who comes second with a number decides again', () => {
  const [one, two] = [openLedger(), openLedger()];
  make(one, 'first');
  let decisions = 0;
  two.record(
    () => {
      decisions += 1;
      // Between the decision and its line somebody else is faster.
      if (decisions === 1) make(one, 'between');
      return [...two.world.keypair.keys()];
    },
    (keys) => ({
      deed: { operation: 'create-keypair', subject: 'c', requestId: 'r' },
      changes: [put('keypair', keys.join('+'), keypair('c'))],
    }),
  );
  expect(decisions).toBe(2);
  expect(names(one)).toEqual(['first', 'between', 'first+between']);
  expect(names(openLedger())).toEqual(['first', 'between', 'first+between']);
});

test('a line that a killed writer left torn never happened, and the next one counts', () => {
  make(openLedger(), 'a');
  appendFileSync(path, '\n{"seq":2,"id":"torn","chan');
  const next = openLedger();
  expect(names(next)).toEqual(['a']);
  make(next, 'b');
  expect(names(openLedger())).toEqual(['a', 'b']);
});

test('another speed is recorded once, and the world goes on from where it is', () => {
  make(openLedger(100), 'a');
  wallMs += 1_000;
  const slow = openLedger(1);
  make(slow, 'b');
  make(slow, 'c');
  wallMs += 1_000;
  expect(slow.nowMs()).toBe(101_000);
  expect(readFileSync(path, 'utf8').match(/"pace"/g)).toHaveLength(2);
});
