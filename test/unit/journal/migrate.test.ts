/** Bringing a state's schema up to date. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterEach, describe, expect, it } from 'vitest';
import { openState } from '../../../src/journal/open.ts';
import { MIGRATIONS } from '../../../src/journal/tables.ts';
import { newCluster, noon, plannedStep, standingClock, TemporaryStates, toCreate } from './temporary-state.ts';

const states = new TemporaryStates();
afterEach(() => states.clean());

async function wholeState(): Promise<string> {
  const folder = states.folder();
  const state = await states.openState(folder);
  await state.createCluster(newCluster([plannedStep('create', 'a')]));
  state.close();
  return folder;
}

it('is made of migrations that are numbered in their order', () => {
  expect(MIGRATIONS.map(({ number }) => number)).toEqual(MIGRATIONS.map((_, index) => index + 1));
});

describe('a newer schema', () => {
  const today = MIGRATIONS.length;
  const more = [
    ...MIGRATIONS,
    { number: today + 1, name: 'add-mood', sql: 'ALTER TABLE clusters ADD COLUMN mood TEXT' },
  ];

  it('is brought in after a copy of the old state was kept', async () => {
    const folder = await wholeState();
    const state = states.closing(await openState(folder, toCreate, { clock: standingClock, migrations: more }));
    expect(state.findCluster('lab')?.id).toBe('cluster-a');
    const copy = `backup-v${today}-${noon.toISOString().replaceAll(':', '-')}.db`;
    expect(readdirSync(folder)).toContain(copy);
    const kept = states.closing(new Sqlite(join(folder, copy), { readonly: true }));
    expect([
      kept.pragma('user_version', { simple: true }),
      kept.prepare('SELECT name FROM clusters').pluck().all(),
    ]).toEqual([today, ['lab']]);
  });

  it('that cannot be brought in leaves the old one as it was', async () => {
    const folder = await wholeState();
    const broken = [
      ...more,
      { number: today + 2, name: 'break', sql: 'CREATE TABLE half (a); CREATE TABLE clusters (a)' },
    ];
    await expect(openState(folder, toCreate, { clock: standingClock, migrations: broken })).rejects.toMatchObject({
      code: 'internal',
    });
    const kept = states.closing(new Sqlite(join(folder, 'state.db')));
    expect(kept.pragma('user_version', { simple: true })).toBe(today + 1);
    expect(kept.prepare("SELECT count(*) FROM sqlite_schema WHERE name = 'half'").pluck().get()).toBe(0);
  });

  it('survives a failure that made SQLite roll back by itself', async () => {
    const folder = await wholeState();
    const broken = [...MIGRATIONS, { number: today + 1, name: 'break', sql: 'ROLLBACK; nonsense' }];
    await expect(openState(folder, toCreate, { clock: standingClock, migrations: broken })).rejects.toMatchObject({
      code: 'internal',
      message: expect.stringContaining('syntax error'),
    });
    expect((await states.openState(folder)).findCluster('lab')?.id).toBe('cluster-a');
  });
});
