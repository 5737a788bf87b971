/** A rehearsal of the tests: the builder as a user starts it, a state of its own, and the ledger as the judge of what exists. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'vitest';
import { applyChanges, type Change, emptyWorld, type Kind, type World } from '../../src/rehearsal/world.ts';
import { type Ended, type Running, runBuilder, startBuilder } from '../support/run-builder.ts';

/** What the ledger says was done, in order. */
export interface LedgerLine {
  readonly seq: number;
  readonly deed?: { readonly operation: string; readonly subject: string };
  readonly changes?: readonly Change[];
}

export interface RehearsalOfTest {
  readonly state: string;
  run(...args: readonly string[]): Promise<Ended>;
  start(...args: readonly string[]): Running;
  /** Lines that counted. */
  ledger(): readonly LedgerLine[];
  /** Everything that exists, what is about to go by itself included. */
  world(): World;
  /** How many of a kind were ever made. */
  countMade(kind: Kind): number;
}

/** Variables of the tests' own cloud, which a rehearsal must not look at. */
export const NO_CLOUD = Object.fromEntries(
  Object.keys(process.env)
    .filter((name) => name.startsWith('OS_'))
    .map((name) => [name, undefined]),
);

function readLedger(state: string): readonly LedgerLine[] {
  const lines = readFileSync(join(state, 'rehearsal', 'ledger.jsonl'), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as LedgerLine);
  // The first line with a number counts.
  return lines.filter((line, index) => lines.findIndex(({ seq }) => seq === line.seq) === index);
}

/** Removed with everything in it when the test ends. */
export function rehearse({ onTestFinished }: Pick<TestContext, 'onTestFinished'>): RehearsalOfTest {
  const state = mkdtempSync(join(tmpdir(), 'builder-rehearsal-'));
  onTestFinished(() => rmSync(state, { recursive: true, force: true }));
  const options = { state, environment: NO_CLOUD };
  return {
    state,
    run: (...args) => runBuilder(args, options),
    start: (...args) => startBuilder(args, options),
    ledger: () => readLedger(state),
    world() {
      const world = emptyWorld();
      for (const { changes = [] } of readLedger(state)) applyChanges(world, changes);
      return world;
    },
    countMade: (kind) =>
      new Set(
        readLedger(state).flatMap(({ changes = [] }) =>
          changes.filter((change) => change.kind === kind).map(({ key }) => key),
        ),
      ).size,
  };
}
