/** Writing: shared commits, one write's failure its own, a builder that was overtaken silenced. */
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BuilderError } from '../../../src/errors.ts';
import { Database, sql } from '../../../src/journal/database.ts';
import { migrate } from '../../../src/journal/migrate.ts';
import { toFailure } from '../../../src/journal/sqlite-failure.ts';
import { MIGRATIONS } from '../../../src/journal/tables.ts';
import { Writer } from '../../../src/journal/writer.ts';
import { TemporaryStates } from './temporary-state.ts';

const states = new TemporaryStates();
let database: Database;
let writer: Writer;
let file: string;
let hasBallast = false;

beforeEach(() => {
  file = join(states.folder(), 'state.db');
  database = states.closing(new Database(file, { isReadonly: false, mustExist: false, timeoutMs: 0 }));
  migrate(database, MIGRATIONS);
  setEpoch(7);
  hasBallast = false;
  writer = new Writer(database, 7, { giveUp });
});
afterEach(() => states.clean());

/** The file may not grow any more. */
function fillDisk(): void {
  database.pragma(`max_page_count = ${Number(database.pragma('page_count'))}`);
}

function giveUp(): boolean {
  const had = hasBallast;
  hasBallast = false;
  if (had) database.pragma('max_page_count = 100000');
  return had;
}

function setEpoch(epoch: number): void {
  database.run(sql.replaceInto('owner').values({ one: 1, epoch, pid: 1, host: 'h', since: 's', verb: 'create' }));
}

const startRun = (verb: string) => (): number =>
  database.run(
    sql.insertInto('runs').values({
      cluster_id: null,
      verb,
      argv: '[]',
      epoch: 7,
      started_at: 's',
      ended_at: null,
      exit_code: null,
      error: null,
    }),
  ).id;
const verbs = (): readonly string[] =>
  database.all(sql.selectFrom('runs').select('verb').orderBy('id')).map(({ verb }) => verb);
const sqliteError = (code: string): Error => new Sqlite.SqliteError('it says no', code);
const failing = (code: string) => (): never => {
  throw toFailure(sqliteError(code), file);
};

describe('a turn of the event loop', () => {
  it('shares one commit, in the order it was asked for', async () => {
    const ids = await Promise.all(['a', 'b', 'c'].map((verb) => writer.write(startRun(verb))));
    expect([ids, verbs(), writer.commits]).toEqual([[1, 2, 3], ['a', 'b', 'c'], 1]);
  });

  it('a later turn has its own', async () => {
    await writer.write(startRun('a'));
    await writer.write(startRun('b'));
    expect(writer.commits).toBe(2);
  });

  it('nothing is seen before the promise resolves', async () => {
    const written = writer.write(startRun('a'));
    expect(verbs()).toEqual([]);
    await written;
    expect(verbs()).toEqual(['a']);
  });

  it('a write that breaks a rule fails alone', async () => {
    const twice = (): void => {
      startRun('half')();
      database.execute("INSERT INTO runs (id, verb, argv, epoch, started_at) VALUES (1, 'x', '[]', 7, 's')");
    };
    const results = await Promise.allSettled([
      writer.write(startRun('a')),
      writer.write(twice),
      writer.write(startRun('b')),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(results[1]).toMatchObject({
      reason: { code: 'internal', message: expect.stringContaining('SQLITE_CONSTRAINT') },
    });
    expect([verbs(), writer.commits]).toEqual([['a', 'b'], 1]);
  });

  it('a bug in a write is thrown on as it is', async () => {
    const bug = new TypeError('undefined is not a function');
    await expect(
      writer.write(() => {
        throw bug;
      }),
    ).rejects.toBe(bug);
  });
});

describe('notes', () => {
  it('go with the commit of the turn, or make one of their own', async () => {
    writer.note(startRun('note'));
    await writer.write(startRun('write'));
    expect([verbs(), writer.commits]).toEqual([['write', 'note'], 1]);
    writer.note(startRun('alone'));
    await new Promise(setImmediate);
    expect([verbs().at(-1), writer.commits]).toEqual(['alone', 2]);
  });

  it('are kept for the next commit when one fails, and written at the latest when the state is closed', async () => {
    writer.note(startRun('note'));
    await expect(writer.write(failing('SQLITE_FULL'))).rejects.toMatchObject({ code: 'disk-full' });
    expect(verbs()).toEqual([]);
    writer.close();
    expect(verbs()).toEqual(['note']);
  });
});

describe('when writing cannot go on', () => {
  it('a full disk undoes the whole turn, and the next one may succeed', async () => {
    fillDisk();
    const big = (): number => startRun('x'.repeat(100_000))();
    const results = await Promise.allSettled([writer.write(startRun('small')), writer.write(big)]);
    for (const result of results)
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'disk-full', exitCode: 9 } });
    expect(verbs()).toEqual([]);
    database.pragma('max_page_count = 100000');
    await writer.write(startRun('after'));
    expect(verbs()).toEqual(['after']);
  });

  it('the ballast pays for what was done, and nothing new is begun on it', async () => {
    fillDisk();
    hasBallast = true;
    const outcome = 'x'.repeat(100_000);
    writer.note(startRun('note'));
    const [intent, done] = await Promise.allSettled([
      writer.writeIntent(startRun('intent')),
      writer.write(startRun(outcome)),
    ]);
    expect([intent, done]).toMatchObject([
      { status: 'rejected', reason: { code: 'disk-full' } },
      { status: 'fulfilled', value: 1 },
    ]);
    await expect(writer.writeIntent(startRun('later'))).rejects.toMatchObject({ code: 'disk-full', exitCode: 9 });
    await writer.write(startRun('last'));
    expect(verbs()).toEqual([outcome, 'note', 'last']);
  });

  it('a disk that fills up again after the ballast was given refuses what does not fit', async () => {
    fillDisk();
    hasBallast = true;
    await writer.write(startRun('x'.repeat(100_000)));
    fillDisk();
    await expect(writer.write(startRun('y'.repeat(100_000)))).rejects.toMatchObject({ code: 'disk-full' });
  });

  it('a failed sync is not tried again', async () => {
    await expect(writer.write(failing('SQLITE_IOERR_FSYNC'))).rejects.toMatchObject({ code: 'io', exitCode: 9 });
    await expect(writer.write(startRun('a'))).rejects.toMatchObject({ code: 'io' });
    writer.note(startRun('note'));
    writer.close();
    expect(verbs()).toEqual([]);
  });

  it('a builder that was overtaken writes nothing more', async () => {
    setEpoch(8);
    const [write, other] = await Promise.allSettled([writer.write(startRun('a')), writer.write(startRun('b'))]);
    for (const result of [write, other]) {
      expect(result).toMatchObject({
        reason: { code: 'fenced', exitCode: 7, message: 'another builder took over (epoch 8, ours is 7)' },
      });
    }
    setEpoch(7);
    await expect(writer.write(startRun('c'))).rejects.toMatchObject({ code: 'fenced' });
    expect(verbs()).toEqual([]);
  });

  it('a state without an owner is nobody’s', async () => {
    database.run(sql.deleteFrom('owner'));
    await expect(writer.write(startRun('a'))).rejects.toMatchObject({ code: 'fenced' });
  });

  it('another program in the middle of a write is waited for, then named', async () => {
    const other = states.closing(new Sqlite(file));
    other.exec('BEGIN IMMEDIATE');
    await expect(writer.write(startRun('a'))).rejects.toMatchObject({ code: 'busy' });
    other.exec('ROLLBACK');
    await writer.write(startRun('b'));
    expect(verbs()).toEqual(['b']);
  });

  it('writes after the close are a bug', async () => {
    writer.close();
    await expect(writer.write(startRun('a'))).rejects.toMatchObject({ code: 'internal' });
  });
});

describe('what SQLite says', () => {
  it.each([
    ['SQLITE_FULL', 'disk-full'],
    ['SQLITE_IOERR_WRITE', 'io'],
    ['SQLITE_CANTOPEN', 'io'],
    ['SQLITE_READONLY_DBMOVED', 'io'],
    ['SQLITE_NOTADB', 'state-damaged'],
    ['SQLITE_CORRUPT_INDEX', 'state-damaged'],
    ['SQLITE_BUSY_SNAPSHOT', 'busy'],
    ['SQLITE_CONSTRAINT_UNIQUE', 'internal'],
    ['SQLITE_ERROR', 'internal'],
  ])('%s means %s', (code, meant) => {
    const failure = toFailure(sqliteError(code), '/s/state.db') as BuilderError;
    expect(failure).toMatchObject({ code: meant, at: '/s/state.db', message: expect.stringContaining(code) });
  });

  it('what is not SQLite’s stays as it is', () => {
    const bug = new RangeError('x');
    expect(toFailure(bug, '')).toBe(bug);
  });
});
