/** Opening a state: folder, lock, database and epoch, each checked before anything is changed (reliability.md section 2.1). */
import { join } from 'node:path';
import { BuilderError, failureOf } from '../errors.ts';
import type { Clock } from '../host/clock.ts';
import { installFile, readFileSize, readFolderFacts, syncFile } from '../host/file-system.ts';
import { removeFile } from '../host/files.ts';
import { ensureFolder } from '../host/folders.ts';
import { keepBallast } from '../host/free-space.ts';
import { type ProcessFacts, readProcessFacts } from '../host/process-facts.ts';
import { checkFolder } from './check-folder.ts';
import { Database, sql } from './database.ts';
import { checkWhole, LOST_STATE_FIX, makeDurable } from './durability.ts';
import { type Lock, takeLock } from './lock.ts';
import { checkNotNewer, lastNumber, migrate, readVersion } from './migrate.ts';
import { Reader } from './reader.ts';
import type { Owner, State, StateReader, Verb } from './state.ts';
import { Store } from './store.ts';
import { MIGRATIONS, type Migration } from './tables.ts';

export interface OpenOptions {
  readonly verb: Verb;
  readonly argv: readonly string[];
  /** Begin a state where there is none. */
  readonly allowNew: boolean;
  /** The epoch to begin with at least, where a lost state is followed by a new one. */
  readonly leastEpoch?: number;
}

export interface OpenPorts {
  readonly clock: Clock;
  /** For tests; the process's own otherwise. */
  readonly processFacts?: ProcessFacts;
  readonly migrations?: readonly Migration[];
}

const FILE = 'state.db';
const BALLAST = 'ballast';
const WAIT_MS = 5_000;

/** The time as a part of a file's name. */
function stampOf(clock: Clock): string {
  return clock.now().toISOString().replaceAll(':', '-');
}

/** A kill leaves either no state or a whole one; a stray draft of an earlier try goes first. */
async function bear(file: string, migrations: readonly Migration[]): Promise<void> {
  const draft = `${file}.new`;
  for (const suffix of ['', '-wal', '-shm', '-journal']) await removeFile(`${draft}${suffix}`);
  const database = new Database(draft, { isReadonly: false, mustExist: false, timeoutMs: WAIT_MS });
  try {
    makeDurable(database);
    migrate(database, migrations);
  } finally {
    // The last connection's close checkpoints: the draft is one file then.
    database.close();
  }
  await installFile(draft, file);
}

/**
 * Throws `state-empty`, for SQLite would take a file without bytes for a new database; and `state-damaged` where only the log of
 * a state is left, for SQLite would play it into the next one.
 */
async function isBorn(file: string): Promise<boolean> {
  const size = await readFileSize(file);
  if (size === 0) {
    throw new BuilderError('state-empty', `${file} is empty`, {
      at: file,
      state: 'it was not taken for a new state; nothing was touched',
      fix: LOST_STATE_FIX,
    });
  }
  if (size === null && ((await readFileSize(`${file}-wal`)) ?? 0) > 0) {
    throw new BuilderError('state-damaged', `${file} is gone, and its log is left`, {
      at: `${file}-wal`,
      state: 'it was not taken for a new state; nothing was touched',
      fix: LOST_STATE_FIX,
    });
  }
  return size !== null;
}

/** An older state is copied before its schema changes. */
async function upgrade(
  folder: string,
  database: Database,
  migrations: readonly Migration[],
  clock: Clock,
): Promise<void> {
  const version = readVersion(database);
  if (version === lastNumber(migrations)) return;
  const copy = join(folder, `backup-v${version}-${stampOf(clock)}.db`);
  database.copyTo(copy);
  await syncFile(copy);
  migrate(database, migrations);
}

/** The first transaction under the lock: from its commit on, every older builder is fenced. */
function raiseEpoch(database: Database, least: number, owner: Omit<Owner, 'epoch'>): number {
  database.execute('BEGIN IMMEDIATE');
  const last = database.first(sql.selectFrom('owner').select('epoch'))?.epoch ?? 0;
  const epoch = Math.max(last + 1, least);
  database.run(sql.replaceInto('owner').values({ one: 1, epoch, ...owner }));
  database.execute('COMMIT');
  return epoch;
}

/** Who has the state, for a message; null where it cannot be read. */
async function readOwner(folder: string): Promise<Owner | null> {
  try {
    const reader = await readState(folder);
    try {
      return reader.owner();
    } finally {
      reader.close();
    }
  } catch (error) {
    failureOf(error);
    return null;
  }
}

async function refuseBusy(folder: string): Promise<never> {
  const owner = await readOwner(folder);
  const who =
    owner === null ? 'another builder' : `pid ${owner.pid} on "${owner.host}" since ${owner.since} (${owner.verb})`;
  throw new BuilderError('busy', `${who} works on this state`, {
    at: folder,
    state: 'nothing was touched',
    fix: 'let it end, or stop it with Ctrl-C, then run the same command again',
    details: owner === null ? {} : { owner },
  });
}

async function openUnderLock(folder: string, lock: Lock, options: OpenOptions, ports: OpenPorts): Promise<Store> {
  const file = join(folder, FILE);
  const migrations = ports.migrations ?? MIGRATIONS;
  if (!(await isBorn(file))) await bear(file, migrations);
  const database = new Database(file, { isReadonly: false, mustExist: true, timeoutMs: WAIT_MS });
  try {
    checkNotNewer(database, migrations);
    makeDurable(database);
    checkWhole(database);
    await upgrade(folder, database, migrations, ports.clock);
    const { pid, host } = ports.processFacts ?? readProcessFacts();
    const owner = { pid, host, since: ports.clock.now().toISOString(), verb: options.verb };
    const epoch = raiseEpoch(database, options.leastEpoch ?? 1, owner);
    const ballast = await keepBallast(join(folder, BALLAST));
    return new Store(folder, database, lock, epoch, ports.clock, ballast);
  } catch (error) {
    database.close();
    throw error;
  }
}

/**
 * Takes a state for this process alone. Throws `busy` (naming who has it), `state-fs`, `io`, `state-empty`, `state-damaged`,
 * `state-newer`, `disk-full`; `unknown-cluster` where there is no state and none may be begun.
 */
export async function openState(folder: string, options: OpenOptions, ports: OpenPorts): Promise<State> {
  if (!options.allowNew && !(await isBorn(join(folder, FILE)))) {
    throw new BuilderError('unknown-cluster', `there is no state in ${folder}`, {
      at: folder,
      fix: 'name its folder with --state; where it was lost: ./builder recover',
    });
  }
  await ensureFolder(folder);
  checkFolder(folder, await readFolderFacts(folder));
  const lock = takeLock(folder);
  if (lock === null) return await refuseBusy(folder);
  try {
    return await openUnderLock(folder, lock, options, ports);
  } catch (error) {
    lock.release();
    throw error;
  }
}

/**
 * Moves a state that cannot be trusted out of the way, all its files under one new name, which it returns: it is never repaired
 * in place. Throws `busy`, `io`.
 */
export async function setAside(folder: string, clock: Clock): Promise<string> {
  const lock = takeLock(folder);
  if (lock === null) return await refuseBusy(folder);
  try {
    const name = `lost-${stampOf(clock)}.db`;
    for (const suffix of ['', '-wal', '-shm']) {
      const file = join(folder, `${FILE}${suffix}`);
      if ((await readFileSize(file)) !== null) await installFile(file, join(folder, `${name}${suffix}`));
    }
    return name;
  } finally {
    lock.release();
  }
}

/** Reads a state without its lock, also while a builder works on it; where there is none, an empty one. Throws as `openState`. */
export async function readState(folder: string): Promise<StateReader> {
  const file = join(folder, FILE);
  if (!(await isBorn(file))) return new Reader(folder, openEmpty());
  const database = new Database(file, { isReadonly: true, mustExist: true, timeoutMs: WAIT_MS });
  try {
    readVersion(database);
    return new Reader(folder, database);
  } catch (error) {
    database.close();
    throw error;
  }
}

function openEmpty(): Database {
  const database = new Database(':memory:', { isReadonly: false, mustExist: false, timeoutMs: 0 });
  migrate(database, MIGRATIONS);
  return database;
}
