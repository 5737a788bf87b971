/** The lock of a state: a second SQLite file held with BEGIN EXCLUSIVE, which the kernel lets go when the process dies. */
import { join } from 'node:path';
import { BuilderError } from '../errors.ts';
import { Database } from './database.ts';

export interface Lock {
  release(): void;
}

const FILE = 'lock.db';
/** Longer than a reader's look at the lock, shorter than a person notices. */
const PATIENCE_MS = 250;

function isBusy(error: unknown): boolean {
  return error instanceof BuilderError && error.code === 'busy';
}

/** Takes the lock for the life of the process; null when another process has it. Throws `io`, `state-damaged`. */
export function takeLock(folder: string): Lock | null {
  const database = new Database(join(folder, FILE), { isReadonly: false, mustExist: false, timeoutMs: PATIENCE_MS });
  try {
    database.execute('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (isBusy(error)) return null;
    throw error;
  }
  return { release: () => database.close() };
}

/** Whether some process has the lock now; asking does not take it. */
export function isLocked(folder: string): boolean {
  let database: Database;
  try {
    database = new Database(join(folder, FILE), { isReadonly: true, mustExist: true, timeoutMs: 0 });
  } catch (error) {
    // No such file: nobody ever took the lock here.
    if (error instanceof BuilderError && error.code === 'io') return false;
    throw error;
  }
  try {
    database.execute('SELECT 1 FROM sqlite_schema');
    return false;
  } catch (error) {
    if (isBusy(error)) return true;
    throw error;
  } finally {
    database.close();
  }
}
