/** What SQLite's result codes mean to the builder: classified here, once. */
import Sqlite from 'better-sqlite3';
import { BuilderError, type ErrorCode } from '../errors.ts';
import { LOST_STATE_FIX } from './durability.ts';

interface Meaning {
  readonly code: ErrorCode;
  readonly message: string;
  readonly fix: string;
}

/** By prefix, for extended codes like SQLITE_IOERR_FSYNC; https://sqlite.org/rescode.html */
const MEANINGS: readonly (readonly [RegExp, Meaning])[] = [
  [
    /^SQLITE_FULL/,
    {
      code: 'disk-full',
      message: 'no space is left for the state',
      fix: 'free some space, then run the same command again',
    },
  ],
  [
    /^SQLITE_(IOERR|CANTOPEN|READONLY|PERM|AUTH)/,
    {
      code: 'io',
      message: 'the state cannot be read or written',
      fix: 'check the disk and the owner and mode of the state folder, or choose another with --state',
    },
  ],
  [
    /^SQLITE_(NOTADB|CORRUPT)/,
    {
      code: 'state-damaged',
      message: 'the state is damaged or not a database',
      fix: LOST_STATE_FIX,
    },
  ],
  [
    /^SQLITE_(BUSY|LOCKED|PROTOCOL)/,
    { code: 'busy', message: 'another program holds the state', fix: 'let it end, then run the same command again' },
  ],
  [
    /^SQLITE_CONSTRAINT/,
    {
      code: 'internal',
      message: 'an invariant of the state would be broken',
      fix: 'please report this; the state is safe',
    },
  ],
];

const UNKNOWN: Meaning = { code: 'internal', message: 'SQLite refused', fix: 'please report this; the state is safe' };

/** The `BuilderError` for what SQLite threw; anything else is given back as it is. */
export function toFailure(error: unknown, file: string): unknown {
  if (!(error instanceof Sqlite.SqliteError)) return error;
  const { code, message, fix } = MEANINGS.find(([pattern]) => pattern.test(error.code))?.[1] ?? UNKNOWN;
  return new BuilderError(code, `${message}: ${error.message} (${error.code})`, { at: file, fix, cause: error });
}
