/** Opening a state: one builder at a time, a whole state or none, and a named refusal for whatever is not one. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Sqlite from 'better-sqlite3';
import { afterEach, describe, expect, it } from 'vitest';
import { checkFolder } from '../../../src/journal/check-folder.ts';
import { Database, sql } from '../../../src/journal/database.ts';
import { checkSqliteVersion, makeDurable } from '../../../src/journal/durability.ts';
import { openState, readState } from '../../../src/journal/open.ts';
import { MIGRATIONS } from '../../../src/journal/tables.ts';
import { newCluster, plannedStep, standingClock, TemporaryStates, toCreate } from './temporary-state.ts';

const states = new TemporaryStates();
const children: ChildProcess[] = [];
afterEach(async () => {
  states.clean();
  for (const child of children.splice(0)) if (child.exitCode === null && child.signalCode === null) await kill(child);
});

/** Another builder's process; resolves with its first word. */
async function startOther(
  folder: string,
  ...args: readonly string[]
): Promise<{ readonly child: ChildProcess; readonly said: string }> {
  const program = fileURLToPath(new URL('./hold-state.ts', import.meta.url));
  const child = spawn(process.execPath, [program, folder, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  children.push(child);
  const [chunk] = (await once(child.stdout, 'data')) as [Buffer];
  return { child, said: chunk.toString().trim() };
}

async function kill(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

const open = (folder: string) => openState(folder, toCreate, { clock: standingClock });

/** A state folder whose state.db holds these bytes. */
function folderWith(content: string | Uint8Array): string {
  const folder = states.folder();
  writeFileSync(join(folder, 'state.db'), content);
  return folder;
}

async function wholeState(): Promise<string> {
  const folder = states.folder();
  const state = await states.openState(folder);
  await state.createCluster(newCluster([plannedStep('create', 'a')]));
  state.close();
  return folder;
}

function alter(folder: string, statement: string): void {
  const database = new Sqlite(join(folder, 'state.db'));
  database.exec(statement);
  database.close();
}

describe('one builder at a time', () => {
  it('a second process is refused and told who works, and gets the state once the first is killed', async () => {
    const folder = states.folder();
    const { child, said } = await startOther(folder);
    expect(said).toBe('ready');
    await expect(open(folder)).rejects.toMatchObject({
      code: 'busy',
      exitCode: 7,
      message: expect.stringMatching(`pid ${child.pid} on "desk" since .* \\(create\\)`),
    });
    await kill(child);
    expect((await states.openState(folder)).epoch).toBe(2);
  });

  it('a holder keeps other processes out after it refused one of its own', async () => {
    const folder = states.folder();
    await states.openState(folder);
    await expect(open(folder)).rejects.toMatchObject({ code: 'busy' });
    expect((await startOther(folder)).said).toBe('busy');
  });

  it('names nobody where the holder has not said who it is yet', async () => {
    const folder = states.folder();
    const lock = states.closing(new Sqlite(join(folder, 'lock.db')));
    lock.exec('BEGIN EXCLUSIVE');
    await expect(open(folder)).rejects.toMatchObject({ code: 'busy', message: 'another builder works on this state' });
  });

  it('what a killed builder committed is read by the next one and by a reader without the lock', async () => {
    const folder = states.folder();
    const { child } = await startOther(folder, 'plan');
    const reader = states.closing(await readState(folder));
    expect(reader.owner()).toMatchObject({ pid: child.pid, verb: 'create', epoch: 1 });
    await kill(child);
    expect([reader.owner(), reader.lastEpoch()]).toEqual([null, 1]);
    expect(reader.listSteps('cluster-a')).toMatchObject([
      { state: 'open', attempts: [{ nonce: 'its nonce', state: 'intent' }] },
    ]);
    const state = await states.openState(folder);
    expect(state.listSteps('cluster-a')).toEqual(reader.listSteps('cluster-a'));
  });

  it('the lock is let go when opening fails', async () => {
    const folder = folderWith('');
    await expect(open(folder)).rejects.toMatchObject({ code: 'state-empty' });
    await expect(open(folder)).rejects.toMatchObject({ code: 'state-empty' });
  });
});

describe('a state is whole or not there', () => {
  it('is born complete, private and without a stray draft', async () => {
    const folder = join(states.folder(), 'new');
    const mask = process.umask(0o077);
    const draft = join(folder, 'state.db.new');
    mkdirSync(folder, { mode: 0o700 });
    writeFileSync(draft, 'half written by a builder that died');
    const state = await states.openState(folder);
    process.umask(mask);
    expect(existsSync(draft)).toBe(false);
    expect(state.listClusters()).toEqual([]);
    expect(readdirSync(folder).filter((name) => (statSync(join(folder, name)).mode & 0o077) !== 0)).toEqual([]);
    expect(statSync(join(folder, 'state.db')).mode & 0o777).toBe(0o600);
  });

  it('makes its folder private', async () => {
    const folder = join(states.folder(), 'deep', 'er');
    await states.openState(folder);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
  });

  it('begins none where the verb needs one', async () => {
    const folder = join(states.folder(), 'nothing');
    await expect(
      openState(folder, { ...toCreate, verb: 'destroy', allowNew: false }, { clock: standingClock }),
    ).rejects.toMatchObject({ code: 'unknown-cluster' });
    expect(existsSync(folder)).toBe(false);
  });

  it('reads as empty where there is none, and leaves nothing behind', async () => {
    const folder = states.folder();
    const reader = states.closing(await readState(folder));
    expect([reader.listClusters(), reader.findCluster('lab'), reader.owner(), reader.lastEpoch()]).toEqual([
      [],
      null,
      null,
      0,
    ]);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('syncs on every commit', async () => {
    const folder = await wholeState();
    const database = states.closing(
      new Database(join(folder, 'state.db'), { isReadonly: false, mustExist: true, timeoutMs: 0 }),
    );
    expect([database.pragma('journal_mode'), database.pragma('synchronous')]).toEqual(['wal', 1]);
    makeDurable(database);
    expect([
      database.pragma('synchronous'),
      database.pragma('foreign_keys'),
      database.pragma('trusted_schema'),
    ]).toEqual([2, 1, 0]);
  });

  it('nothing runs behind the back of a connection: typed SQL is only compiled', async () => {
    expect(await sql.selectFrom('owner').selectAll().execute()).toEqual([]);
    expect(await sql.introspection.getTables()).toEqual([]);
  });

  it('refuses a file that cannot be kept durable, and an SQLite that loses a log', () => {
    const memory = states.closing(new Database(':memory:', { isReadonly: false, mustExist: false, timeoutMs: 0 }));
    expect(() => makeDurable(memory)).toThrow(/durable \(journal memory\)/);
    for (const version of ['3.51.2', '3.50.9', '2.99.99', '3'])
      expect(() => checkSqliteVersion(version)).toThrow(/older than 3.51.3/);
    for (const version of ['3.51.3', '3.52.0', '4.0.0']) expect(() => checkSqliteVersion(version)).not.toThrow();
  });
});

describe('what is no state is refused and left as it is', () => {
  it.each([
    ['a file without bytes', () => folderWith(''), 'state-empty'],
    ['a text file', () => folderWith('dear diary\n'.repeat(500)), 'state-damaged'],
    [
      'a database of another program',
      () => {
        const folder = states.folder();
        alter(folder, 'CREATE TABLE notes (text)');
        return folder;
      },
      'state-damaged',
    ],
    [
      'a state whose schema was never written',
      async () => {
        const folder = await wholeState();
        alter(folder, 'PRAGMA user_version = 0');
        return folder;
      },
      'state-damaged',
    ],
  ])('%s', async (_what, make, code) => {
    const folder = await make();
    const before = readFileSync(join(folder, 'state.db'));
    await expect(open(folder)).rejects.toMatchObject({ code, exitCode: 8 });
    await expect(readState(folder)).rejects.toMatchObject({ code });
    expect(readFileSync(join(folder, 'state.db'))).toEqual(before);
  });

  it.each([
    ['cut off', (bytes: Buffer) => bytes.subarray(0, bytes.length - 8192)],
    [
      'overwritten in the middle',
      (bytes: Buffer) => Buffer.concat([bytes.subarray(0, 8192), Buffer.alloc(8192, 0xa5), bytes.subarray(16384)]),
    ],
  ])('a state %s', async (_what, damage) => {
    const folder = await wholeState();
    const file = join(folder, 'state.db');
    writeFileSync(file, damage(readFileSync(file)));
    await expect(open(folder)).rejects.toMatchObject({ code: 'state-damaged', exitCode: 8 });
  });

  it('a state of a newer builder, which may still be read', async () => {
    const folder = await wholeState();
    alter(folder, 'PRAGMA user_version = 99; ALTER TABLE clusters ADD COLUMN mood TEXT');
    await expect(open(folder)).rejects.toMatchObject({
      code: 'state-newer',
      message: `the state has schema 99, this builder knows ${MIGRATIONS.length}`,
    });
    expect(states.closing(await readState(folder)).findCluster('lab')?.id).toBe('cluster-a');
  });

  it('a state with a row that its own rules forbid', async () => {
    const folder = await wholeState();
    alter(folder, "PRAGMA ignore_check_constraints = ON; UPDATE clusters SET phase = 'odd'");
    await expect(open(folder)).rejects.toMatchObject({
      code: 'state-damaged',
      message: expect.stringContaining('CHECK constraint failed in clusters'),
    });
  });
});

describe('where a state may be kept', () => {
  const good = { fileSystem: 0xef53, isOurs: true, isWritableByOthers: false };

  it('not on a file system of the network', () => {
    expect(() => checkFolder('/s', good)).not.toThrow();
    for (const [fileSystem, name] of [
      [0x6969, 'nfs'],
      [0xff534d42, 'cifs'],
      [0x65735546, 'fuse'],
    ] as const) {
      expect(() => checkFolder('/s', { ...good, fileSystem })).toThrow(`${name} cannot keep this state safely`);
    }
  });

  it('not in a folder of others, nor in one they can write to', async () => {
    expect(() => checkFolder('/s', { ...good, isOurs: false })).toThrow(/belongs to somebody else/);
    const folder = states.folder();
    chmodSync(folder, 0o777);
    await expect(open(folder)).rejects.toMatchObject({ code: 'io', exitCode: 9, fix: `chmod 700 ${folder}` });
    expect(readdirSync(folder)).toEqual([]);
  });

  it('not where a file stands in the way', async () => {
    const file = join(states.folder(), 'file');
    writeFileSync(file, '');
    await expect(open(file)).rejects.toMatchObject({
      code: 'io',
      exitCode: 9,
      fix: expect.stringContaining('--state'),
    });
    await expect(open(join(file, 'below'))).rejects.toMatchObject({ code: 'io', exitCode: 9 });
  });

  it('not where lock.db is something else', async () => {
    const damaged = states.folder();
    writeFileSync(join(damaged, 'lock.db'), 'dear diary\n'.repeat(500));
    await expect(open(damaged)).rejects.toMatchObject({ code: 'state-damaged', at: join(damaged, 'lock.db') });
    const reader = states.closing(await readState(damaged));
    expect(() => reader.owner()).toThrow(/damaged or not a database/);
  });

  it('not where lock.db cannot be a file', async () => {
    const folder = states.folder();
    mkdirSync(join(folder, 'lock.db'));
    await expect(open(folder)).rejects.toMatchObject({ code: 'io' });
  });
});
