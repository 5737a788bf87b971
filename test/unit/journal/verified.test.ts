/** What the journal keeps of a verification: up to where it covers what was done. */
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Run, State } from '../../../src/journal/state.ts';
import { newCluster, noon, plannedStep, TemporaryStates } from './temporary-state.ts';

const states = new TemporaryStates();
const plan = [plannedStep('create', 'a'), plannedStep('create', 'b')];
let folder: string;
let state: State;
let run: Run;

beforeEach(async () => {
  folder = states.folder();
  state = await states.openState(folder);
  await state.createCluster(newCluster(plan));
  run = await state.startRun('cluster-a', 'create', []);
});
afterEach(() => states.clean());

const idOf = (key: string): number => run.journal.listSteps().find(({ planned }) => planned.key === key)?.id ?? 0;
const begin = (key: string) => run.journal.openAttempt(idOf(key), key, noon, 'server');

describe('a verification that ended well', () => {
  it('covers what was done before it, and nothing that is tried later, in any run', async () => {
    expect(run.isVerified()).toBe(false);
    await run.journal.recordDone((await begin('create/a')).id, {}, null);
    await run.recordVerified();
    expect(run.isVerified()).toBe(true);
    const later = await state.startRun('cluster-a', 'create', []);
    expect(later.isVerified()).toBe(true);
    await begin('create/b');
    expect(later.isVerified()).toBe(false);
    await later.recordVerified();
    expect(later.isVerified()).toBe(true);
  });

  it('is one of its own cluster', async () => {
    await run.recordVerified();
    await state.createCluster(newCluster([], { id: 'cluster-b', name: 'empty' }));
    expect((await state.startRun('cluster-b', 'create', [])).isVerified()).toBe(false);
  });

  it('that nobody can read any more proves nothing', async () => {
    await run.recordVerified();
    const database = states.closing(new Sqlite(join(folder, 'state.db')));
    database.exec("UPDATE events SET body = '[]'");
    expect(run.isVerified()).toBe(false);
  });
});
