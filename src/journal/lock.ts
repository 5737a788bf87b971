/** The lock of a state: a second SQLite file held with BEGIN EXCLUSIVE, which the kernel lets go when the process dies. */
import { join } from 'node:path';
import { BuilderError, type ErrorCode } from '../errors.ts';
import { Database } from './database.ts';

export interface Lock {
  release(): void;
}

const FILE = 'lock.db';
/** Longer than a reader's look at the lock, shorter than a person notices. */
const PATIENCE_MS = 250;

function hasCode(error: unknown, code: ErrorCode): boolean {
  return error instanceof BuilderError && error.code === code;
}

/** Takes the lock for the life of the process; null when another process has it. Throws `io`, `state-damaged`. */
export function takeLock(folder: string): Lock | null {
  const database = new Database(join(folder, FILE), { isReadonly: false, mustExist: false, timeoutMs: PATIENCE_MS });
  try {
    database.execute('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (hasCode(error, 'busy')) return null;
    throw error;
  }
  return { release: () => database.close() };
}

/** Whether some process has the lock now; asking does not take it. Throws `state-damaged`. */
export function isLocked(folder: string): boolean {
  let database: Database | undefined;
  try {
    database = new Database(join(folder, FILE), { isReadonly: true, mustExist: true, timeoutMs: 0 });
    database.execute('SELECT 1 FROM sqlite_schema');
    return false;
  } catch (error) {
    if (hasCode(error, 'busy')) return true;
    // No such file: nobody ever took the lock here.
    if (hasCode(error, 'io')) return false;
    throw error;
  } finally {
    database?.close();
  }
}
