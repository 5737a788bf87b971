/** What is in doubt is settled by evidence or by a proven word: resolve makes, begins and deletes nothing, and create does nothing twice. */
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import type { ServerRow } from '../../src/rehearsal/world.ts';
import { type Ended, killHard, waitForOutput } from '../support/run-builder.ts';
import { type RehearsalOfTest, rehearse } from './rehearse.ts';

const SPEED = ['--rehearsal-speed', '2000'] as const;
const CREATE = ['create', '--cloud', 'rehearsal', '-l', 'all-in-one', '--settle', '1', ...SPEED] as const;
const RESOLVE = ['resolve', ...SPEED, '-f', 'json'] as const;
const STEP = 'create-server/controller';
/** Without the project's default security group no list is believed. */
const BLIND = '{on: list-security-groups, of: default, omit: true, times: always}';
const LOST = '{on: create-server, of: controller, reply: lost}';
/** Made, and no list shows it. */
const HIDDEN = '{on: list-servers, of: controller, omit: true, times: always}';
const REFUSED = '{on: create-server, of: controller, status: 503}';

function faults({ state }: RehearsalOfTest, ...rules: readonly string[]): readonly string[] {
  const file = join(state, 'faults.yaml');
  writeFileSync(file, `version: 1\nfaults:\n${rules.map((rule) => `- ${rule}\n`).join('')}`);
  return ['--rehearsal-faults', file];
}

/** A create that is killed as soon as its output says so. */
async function createUntil(rehearsal: RehearsalOfTest, word: string, ...rules: readonly string[]): Promise<void> {
  const first = rehearsal.start(...CREATE, '--progress', 'plain', ...faults(rehearsal, ...rules));
  await waitForOutput(first, (output) => output.includes(word));
  await killHard(first);
}

/** The create of a server whose end nobody knows. */
function createInDoubt(rehearsal: RehearsalOfTest, ...rules: readonly string[]): Promise<void> {
  return createUntil(rehearsal, 'checking whether', ...rules);
}

function attemptsOf({ stdout, stderr }: Ended): readonly object[] {
  expect(stdout, stderr).not.toBe('');
  return (JSON.parse(stdout) as { readonly attempts: readonly object[] }).attempts;
}

function read(rehearsal: RehearsalOfTest, query: string): readonly unknown[] {
  const database = new Sqlite(join(rehearsal.state, 'state.db'), { readonly: true });
  try {
    return database.prepare(query).pluck().all();
  } finally {
    database.close();
  }
}

function statesOf(rehearsal: RehearsalOfTest, key = STEP): readonly unknown[] {
  return read(
    rehearsal,
    `SELECT attempts.state FROM attempts JOIN steps ON steps.id = step_id WHERE key = '${key}' ORDER BY attempts.id`,
  );
}

/** Everything that was ever made or begun in the cloud. */
function deedsOf({ countMade }: RehearsalOfTest): readonly number[] {
  return [
    countMade('server'),
    countMade('port'),
    countMade('floating-ip'),
    countMade('security-group'),
    countMade('job'),
  ];
}

function serverOf(rehearsal: RehearsalOfTest): ServerRow {
  const [server] = rehearsal.world().server.values();
  if (server === undefined) throw new Error('there is no server');
  return server;
}

/** As if somebody else had made it. */
function changeMark(rehearsal: RehearsalOfTest, metadata: Readonly<Record<string, string>>): void {
  const ledger = join(rehearsal.state, 'rehearsal', 'ledger.jsonl');
  const last = JSON.parse(readFileSync(ledger, 'utf8').trimEnd().split('\n').at(-1) ?? '') as { seq: number };
  const server = serverOf(rehearsal);
  const row = { ...server, metadata: { ...server.metadata, ...metadata } };
  const line = { ...last, seq: last.seq + 1, id: 'planted', changes: [{ kind: 'server', key: row.id, row }] };
  appendFileSync(ledger, `${JSON.stringify(line)}\n`);
}

async function endWell(rehearsal: RehearsalOfTest): Promise<void> {
  const again = await rehearsal.run('create', ...SPEED);
  expect(again.code, again.stderr).toBe(0);
  expect(rehearsal.countMade('server')).toBe(1);
}

describe.concurrent('resolve', { timeout: 240_000 }, () => {
  test('adopts what a lost create made, and makes nothing', async (context) => {
    const rehearsal = rehearse(context);
    await createInDoubt(rehearsal, LOST, HIDDEN);
    const before = deedsOf(rehearsal);
    const ended = await rehearsal.run(...RESOLVE);
    context.expect(ended.code, ended.stderr).toBe(0);
    context.expect(attemptsOf(ended)).toMatchObject([
      {
        step: STEP,
        node: 'controller',
        attempt: 1,
        nonce: serverOf(rehearsal).metadata['dsb_nonce'],
        verdict: 'found',
      },
    ]);
    context.expect([statesOf(rehearsal), deedsOf(rehearsal)]).toEqual([['ok'], before]);
    const again = await rehearsal.run('resolve', ...SPEED);
    context.expect(again).toMatchObject({ code: 0, stdout: 'devstack: nothing is in doubt\n' });
  });

  test('records what is proven absent, and the next create tries it anew', async (context) => {
    const rehearsal = rehearse(context);
    await createInDoubt(rehearsal, REFUSED);
    const ended = await rehearsal.run(...RESOLVE);
    context.expect(ended.code, ended.stderr).toBe(0);
    context.expect(attemptsOf(ended)).toMatchObject([{ verdict: 'absent', remedy: null }]);
    context.expect([statesOf(rehearsal), rehearsal.countMade('server')]).toEqual([['moot'], 0]);
    await endWell(rehearsal);
    context.expect(statesOf(rehearsal)).toEqual(['moot', 'ok']);
  });

  test('says what would settle it while the lists are blind, and then believes who has looked', async (context) => {
    const rehearsal = rehearse(context);
    await createInDoubt(rehearsal, REFUSED);
    const blind = faults(rehearsal, BLIND);
    const doubtful = await rehearsal.run('resolve', ...SPEED, ...blind);
    context.expect(doubtful.code, doubtful.stderr).toBe(75);
    context.expect(doubtful.stdout).toContain("the cloud's lists cannot be believed");
    context.expect(doubtful.stdout).toContain(`./builder resolve devstack ${STEP} --absent, or --found ID`);
    context.expect(statesOf(rehearsal)).toEqual(['uncertain']);

    const told = await rehearsal.run(...RESOLVE, STEP, '--absent', ...blind);
    context.expect(told.code, told.stderr).toBe(0);
    context.expect(attemptsOf(told)).toMatchObject([{ verdict: 'absent' }]);
    const [event] = read(rehearsal, "SELECT body FROM events WHERE kind = 'step-told'").map(
      (body) => JSON.parse(String(body)) as object,
    );
    context.expect(event).toMatchObject({ attempt: 1, says: 'absent', id: null, by: expect.stringMatching(/.@./) });
    context.expect([statesOf(rehearsal), rehearsal.countMade('server')]).toEqual([['moot'], 0]);
    await endWell(rehearsal);
  });

  test('what is seen goes before what is said', async (context) => {
    const rehearsal = rehearse(context);
    await createInDoubt(rehearsal, LOST, HIDDEN);
    const ended = await rehearsal.run(...RESOLVE, 'devstack', STEP, '--absent');
    context.expect(ended.code, ended.stderr).toBe(0);
    context.expect(attemptsOf(ended)).toMatchObject([{ verdict: 'found' }]);
    context
      .expect([statesOf(rehearsal), read(rehearsal, "SELECT 1 FROM events WHERE kind = 'step-told'")])
      .toEqual([['ok'], []]);
  });

  test('adopts the object that is named, which lists leave out, once its mark proves it', async (context) => {
    const rehearsal = rehearse(context);
    await createInDoubt(rehearsal, LOST, HIDDEN);
    const hidden = faults(rehearsal, HIDDEN);
    const { id } = serverOf(rehearsal);
    const ended = await rehearsal.run(...RESOLVE, STEP, '--found', id, ...hidden);
    context.expect(ended.code, ended.stderr).toBe(0);
    context.expect(attemptsOf(ended)).toMatchObject([{ verdict: 'found', known: expect.stringContaining(id) }]);
    const [event] = read(rehearsal, "SELECT body FROM events WHERE kind = 'step-told'").map(
      (body) => JSON.parse(String(body)) as object,
    );
    context.expect(event).toMatchObject({ says: 'found', id });
    context.expect(read(rehearsal, "SELECT cloud_id FROM resources WHERE kind = 'server'")).toEqual([id]);
    await endWell(rehearsal);
  });

  test('never adopts what cannot be proven ours', async (context) => {
    const rehearsal = rehearse(context);
    await createInDoubt(rehearsal, LOST, HIDDEN);
    const { id } = serverOf(rehearsal);
    const [port] = rehearsal.world().port.values();
    const refuse = async (named: string, why: string): Promise<void> => {
      const ended = await rehearsal.run('resolve', ...SPEED, STEP, '--found', named);
      context
        .expect(ended, ended.stderr)
        .toMatchObject({ code: 10, stderr: expect.stringContaining('E10005 not-ours') });
      context.expect(ended.stderr.replaceAll('\n         ', ' ')).toContain(why);
    };
    await refuse(port?.id ?? '', 'is not there');
    changeMark(rehearsal, { dsb_key: 'create-server/other' });
    await refuse(id, 'was made by create-server/other');
    changeMark(rehearsal, { dsb_cluster: 'a'.repeat(26) });
    await refuse(id, 'carries the mark of another cluster');
    changeMark(rehearsal, { dsb_cluster: '' });
    await refuse(id, 'carries no mark of ours');
    context.expect(statesOf(rehearsal)).toEqual(['uncertain']);
    context.expect(read(rehearsal, "SELECT cloud_id FROM resources WHERE kind = 'server'")).toEqual([null]);
  });

  test('asks the node about a job that was cut off, and begins none', async (context) => {
    const rehearsal = rehearse(context);
    await createUntil(rehearsal, 'run stack.sh on controller', '{on: run-stack, of: x, exit: 1}');
    const before = deedsOf(rehearsal);
    const denied = await rehearsal.run(...RESOLVE, ...faults(rehearsal, '{on: connect, ssh: denied, times: always}'));
    context.expect(denied.code, denied.stderr).toBe(75);
    context
      .expect(attemptsOf(denied))
      .toMatchObject([
        { step: 'run-stack/controller', verdict: 'in-doubt', evidence: 'the record of job run-stack-g1 on controller' },
      ]);
    const ended = await rehearsal.run(...RESOLVE);
    context.expect(ended.code, ended.stderr).toBe(0);
    context.expect(attemptsOf(ended)).toMatchObject([{ verdict: 'resumable', known: expect.stringMatching(/job/) }]);
    context.expect([deedsOf(rehearsal), statesOf(rehearsal, 'run-stack/controller')]).toEqual([before, ['uncertain']]);
  });

  test('is asked in vain: of what is not in doubt, without a step, of a cluster that is half destroyed', async (context) => {
    const rehearsal = rehearse(context);
    await createInDoubt(rehearsal, REFUSED);
    const refuse = async (code: number, words: RegExp, ...args: readonly string[]): Promise<void> => {
      const ended = await rehearsal.run('resolve', ...SPEED, ...args);
      context.expect(ended, ended.stderr).toMatchObject({ code, stderr: expect.stringMatching(words) });
    };
    await refuse(2, /E1009 not-in-doubt[^]*in doubt: create-server\/controller/, 'create-port/controller', '--absent');
    await refuse(2, /--absent is said of one step/, '--absent');
    await refuse(2, /exclude each other/, STEP, '--absent', '--found', 'x');
    await refuse(2, /E6001 unknown-cluster/, 'other');
    const database = new Sqlite(join(rehearsal.state, 'state.db'));
    database.exec("UPDATE clusters SET phase = 'destroying'");
    database.close();
    await refuse(7, /\.\/builder destroy devstack/);
  });
});
