/** Bringing a state's schema up to date, and recognising a state at all. */
import { BuilderError } from '../errors.ts';
import type { Database } from './database.ts';
import { APPLICATION_ID, type Migration } from './tables.ts';

export function lastNumber(migrations: readonly Migration[]): number {
  return Math.max(0, ...migrations.map(({ number }) => number));
}

/** The schema's number. Throws `state-damaged` where this is no state of the builder. */
export function readVersion(database: Database): number {
  const version = Number(database.pragma('user_version'));
  if (database.pragma('application_id') !== APPLICATION_ID || version === 0) {
    throw new BuilderError('state-damaged', `${database.file} is not a state of the builder`, {
      at: database.file,
      state: 'it was left as it is',
      fix: 'choose another folder with --state',
    });
  }
  return version;
}

/** Throws `state-newer` for a schema that only a newer builder knows. */
export function checkNotNewer(database: Database, migrations: readonly Migration[]): void {
  const [version, known] = [readVersion(database), lastNumber(migrations)];
  if (version <= known) return;
  throw new BuilderError('state-newer', `the state has schema ${version}, this builder knows ${known}`, {
    at: database.file,
    state: 'it was left as it is; status and list may still read it',
    fix: 'update the builder',
  });
}

/** Runs what is missing, each migration in its own transaction; on failure the one before it stands. */
export function migrate(database: Database, migrations: readonly Migration[]): void {
  const version = Number(database.pragma('user_version'));
  for (const { number, sql } of migrations.filter((migration) => migration.number > version)) {
    database.execute('BEGIN IMMEDIATE');
    try {
      database.execute(sql);
      database.execute(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${number}; COMMIT`);
    } catch (error) {
      // Some errors make SQLite roll back by itself.
      if (database.isInTransaction) database.execute('ROLLBACK');
      throw error;
    }
  }
}
