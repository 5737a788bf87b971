/** What a connection must prove before anything is written through it: a sound SQLite, syncs on commit, a whole file. */
import { BuilderError } from '../errors.ts';
import type { Database } from './database.ts';

/** What mends a state that is damaged, empty or gone. */
export const LOST_STATE_FIX =
  'bring back the newest copy of the state; with none: ./builder recover, which moves it aside and makes a new one';

/** 3.7.0 to 3.51.2 can lose a WAL when it is reset: https://sqlite.org/wal.html#walresetbug */
const LEAST_SQLITE = [3, 51, 3] as const;

/** Throws `internal` for an SQLite that cannot be trusted with the state. */
export function checkSqliteVersion(version: string): void {
  const found = version.split('.').map(Number);
  const difference = LEAST_SQLITE.map((least, index) => (found[index] ?? 0) - least).find((delta) => delta !== 0) ?? 0;
  if (difference >= 0) return;
  throw new BuilderError('internal', `SQLite ${version} is older than ${LEAST_SQLITE.join('.')}`, {
    fix: 'remove node_modules, then run ./builder again: it installs its own',
  });
}

/** `synchronous` is read back: better-sqlite3 comes with NORMAL for WAL, which loses commits at a power cut. */
export function makeDurable(database: Database): void {
  checkSqliteVersion(database.version());
  const mode = database.pragma('journal_mode = WAL');
  for (const pragma of [
    'synchronous = FULL',
    'fullfsync = 1',
    'checkpoint_fullfsync = 1',
    'foreign_keys = ON',
    'trusted_schema = OFF',
    'mmap_size = 0',
    'wal_autocheckpoint = 1000',
  ]) {
    database.pragma(pragma);
  }
  if (mode === 'wal' && database.pragma('synchronous') === 2 && database.pragma('foreign_keys') === 1) return;
  throw new BuilderError('io', `SQLite would not keep the state durable (journal ${String(mode)})`, {
    at: database.file,
    fix: 'choose a folder on a local disk with --state',
  });
}

/** Throws `state-damaged` where a page or an index does not fit the others. */
export function checkWhole(database: Database): void {
  const verdict = database.pragma('quick_check');
  if (verdict === 'ok') return;
  throw new BuilderError('state-damaged', `the state is damaged: ${String(verdict).split('\n', 1)[0]}`, {
    at: database.file,
    state: 'it was left as it is',
    fix: LOST_STATE_FIX,
  });
}
