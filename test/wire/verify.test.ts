/** verify on a rehearsed cloud: green when it was built, red where a node is gone, and neither state nor cloud changed by it. */
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import type { Ended } from '../support/run-builder.ts';
import { type RehearsalOfTest, rehearse } from './rehearse.ts';

const SPEED = ['--rehearsal-speed', '2000'] as const;
const VERIFY = ['verify', ...SPEED, '--progress', 'plain'] as const;

interface Result {
  readonly check: string;
  readonly node: string | null;
  readonly status: string;
  readonly sentence: string;
  readonly evidence: readonly string[];
}

function resultsOf({ stdout, stderr }: Ended): readonly Result[] {
  expect(stdout, stderr).not.toBe('');
  return (JSON.parse(stdout) as { readonly results: readonly Result[] }).results;
}

function withStatus(ended: Ended, status: string): readonly string[] {
  return resultsOf(ended)
    .filter((result) => result.status === status)
    .map(({ check, node }) => (node === null ? check : `${check} ${node}`));
}

/** Everything that the journal says, and what was ever made. */
function stateOf({ state, countMade }: RehearsalOfTest): readonly unknown[] {
  const database = new Sqlite(join(state, 'state.db'), { readonly: true });
  try {
    const count = (table: string): unknown => database.prepare(`SELECT count(*) FROM ${table}`).pluck().get();
    const epoch = database.prepare('SELECT epoch FROM owner').pluck().get();
    return [epoch, ...['runs', 'steps', 'attempts', 'events'].map(count), countMade('server'), countMade('port')];
  } finally {
    database.close();
  }
}

/** As if its power were cut. */
function powerOff(rehearsal: RehearsalOfTest, node: string): void {
  const ledger = join(rehearsal.state, 'rehearsal', 'ledger.jsonl');
  const last = JSON.parse(readFileSync(ledger, 'utf8').trimEnd().split('\n').at(-1) ?? '') as { seq: number };
  const server = [...rehearsal.world().server.values()].find(({ name }) => name.includes(`-${node}`));
  if (server === undefined) throw new Error(`there is no server of ${node}`);
  const changes = [{ kind: 'server', key: server.id, row: { ...server, isStopped: true } }];
  appendFileSync(ledger, `${JSON.stringify({ ...last, seq: last.seq + 1, id: 'planted', changes })}\n`);
}

function faults({ state }: RehearsalOfTest, rule: string): readonly string[] {
  const file = join(state, 'faults.yaml');
  writeFileSync(file, `version: 1\nfaults:\n- ${rule}\n`);
  return ['--rehearsal-faults', file];
}

async function build(context: Parameters<typeof rehearse>[0], ...layout: readonly string[]): Promise<RehearsalOfTest> {
  const rehearsal = rehearse(context);
  const built = await rehearsal.run('create', '--no-verify', '--cloud', 'rehearsal', ...SPEED, ...layout);
  expect(built.code, built.stderr).toBe(0);
  return rehearsal;
}

describe.concurrent('verify', { timeout: 240_000 }, () => {
  test('finds a built cloud in order, tells it in each form, and leaves state and cloud as they were', async (context) => {
    const rehearsal = await build(context);
    const before = stateOf(rehearsal);
    const table = await rehearsal.run(...VERIFY);
    context.expect(table.code, table.stderr).toBe(0);
    context
      .expect(table.stdout)
      .toMatch(/^CHECK {13}NODE {8}RESULT {2}WHAT\nservices +controller +pass +\d+ units run\n/);
    context.expect(table.stdout).toMatch(/ping +- +pass +all 6 ways between hypervisors are open\n/);
    context.expect(table.stdout).toMatch(/live-migrate +- +pass +a server moved from controller to compute-1/);
    context.expect(table.stdout).toMatch(/\ndevstack: 26 passed, 0 failed, 0 skipped, in \d/);
    context.expect(table.stderr).toContain('controller: booting a server on each hypervisor');

    const file = join(rehearsal.state, 'results.xml');
    const json = await rehearsal.run(...VERIFY, 'devstack', '-f', 'json', '--junit', file);
    context.expect(json.code, json.stderr).toBe(0);
    context.expect(JSON.parse(json.stdout)).toMatchObject({
      cluster: 'devstack',
      run: context.expect.stringMatching(/^[0-9a-f]{8}$/),
      passed: 26,
      failed: 0,
    });
    context
      .expect(readFileSync(file, 'utf8'))
      .toMatch(/<testsuites tests="26" failures="0" errors="0" skipped="0" time="[\d.]+">/);

    const some = await rehearsal.run(
      ...VERIFY,
      '--only',
      'agents,chassis',
      '--only',
      'joined',
      '--skip',
      'chassis',
      '-f',
      'value',
    );
    context
      .expect(some.stdout.split('\n').map((line) => line.split('\t')[0]))
      .toEqual(['agents', 'joined', 'joined', 'joined', '']);
    context.expect(some.stderr).not.toContain('booting');
    context.expect(stateOf(rehearsal)).toEqual(before);
  });

  test('skips what one hypervisor cannot show, and says why', async (context) => {
    const rehearsal = await build(context, '-l', 'all-in-one');
    const ended = await rehearsal.run(...VERIFY, '-f', 'json');
    context.expect(ended.code, ended.stderr).toBe(0);
    context.expect(withStatus(ended, 'skip')).toEqual(['ping', 'mtu', 'live-migrate']);
    const smoke = await rehearsal.run(...VERIFY, '--only', 'tempest-smoke', '-f', 'json');
    context
      .expect(resultsOf(smoke))
      .toMatchObject([
        { status: 'skip', sentence: context.expect.stringMatching(/^controller was built without service tempest: /) },
      ]);
  });

  test('fails where a hypervisor is gone, with an exit code of its own, and tries no server there', async (context) => {
    const rehearsal = await build(context);
    powerOff(rehearsal, 'compute-1');
    const file = join(rehearsal.state, 'results.xml');
    const ended = await rehearsal.run(...VERIFY, '-f', 'json', '--junit', file);
    context.expect(ended.code, ended.stderr).toBe(5);
    context
      .expect(ended.stderr)
      .toMatch(/error E5015 verify-failed: 10 of 26 results are failures: services on\s+compute-1/);
    context
      .expect(withStatus(ended, 'fail'))
      .toEqual([
        'services compute-1',
        'compute-services',
        'hypervisors',
        'agents',
        'tunnels compute-1',
        'joined compute-1',
        'messages compute-1',
        'boot compute-1',
        'metadata',
        'ping',
      ]);
    const joined = resultsOf(ended).find(({ check, node }) => check === 'joined' && node === 'compute-1');
    context.expect(joined?.sentence).toBe('half joined: service, agents missing');
    context.expect(readFileSync(file, 'utf8')).toContain('<testsuites tests="26" failures="10"');
  });

  test('a node whose questions fail is a result, and so is a trial of servers that ends badly', async (context) => {
    const rehearsal = await build(context);
    const broken = faults(rehearsal, '{on: verify-*, of: compute-1, exit: 3, times: always}');
    const asked = await rehearsal.run(...VERIFY, '--only', 'services', '-f', 'json', ...broken);
    context.expect(asked.code, asked.stderr).toBe(5);
    context
      .expect(resultsOf(asked).filter(({ status }) => status === 'fail'))
      .toMatchObject([
        { node: 'compute-1', sentence: 'could not be asked', evidence: ['compute-1: the questions: exit 3'] },
      ]);
    const untried = faults(rehearsal, '{on: verify-guests, exit: 3, times: always}');
    const tried = await rehearsal.run(...VERIFY, '--only', 'ping', '-f', 'json', ...untried);
    context.expect(tried.code, tried.stderr).toBe(5);
    context
      .expect(resultsOf(tried))
      .toMatchObject([{ check: 'ping', evidence: ['trying servers did not come to its end: exit 3'] }]);
  });

  test('finds every hypervisor in its own cell, fake ones too, cells, database and queue where they are', async (context) => {
    const fakes = ['cell1.count=1', 'cell2.count=1', 'cell2.fake_hypervisors=2'];
    const cells = await build(context, '-l', 'multicell', ...fakes.flatMap((change) => ['--set', `groups.${change}`]));
    const told = await cells.run(...VERIFY, '-f', 'json');
    context.expect(told.code, told.stderr).toBe(0);
    const guests = ['boot', 'metadata', 'ping', 'mtu', 'floating-ip', 'live-migrate'];
    context.expect(withStatus(told, 'skip')).toEqual(guests);
    const joined = ['cell1-1', 'cell2-11', 'cell2-12'].map((name) => `joined ${name}`);
    context.expect(withStatus(told, 'pass')).toEqual(context.expect.arrayContaining(joined));
    const hosts = await build(context, '-l', 'multicell-hosts', '--set', 'groups.hv2.count=1');
    const hosted = await hosts.run(...VERIFY, '-f', 'json');
    context.expect(hosted.code, hosted.stderr).toBe(0);
    context.expect(withStatus(hosted, 'skip')).toEqual(['live-migrate']);
    const conductors = ['child2', 'child3', 'controller'].map((name) => `services ${name}`);
    context.expect(withStatus(hosted, 'pass')).toEqual(context.expect.arrayContaining(conductors));
    const split = await build(context, '-l', 'split');
    const whole = await split.run(...VERIFY, '-f', 'json');
    context.expect(whole.code, whole.stderr).toBe(0);
    context.expect(withStatus(whole, 'skip')).toEqual([]);
  });

  test('is refused with a reason: of what is not built, of checks that are none', async (context) => {
    const rehearsal = rehearse(context);
    const refuse = async (code: number, words: RegExp, ...args: readonly string[]): Promise<void> => {
      const ended = await rehearsal.run('verify', ...args);
      context
        .expect(ended, ended.stderr)
        .toMatchObject({ code, stderr: context.expect.stringMatching(words), stdout: '' });
    };
    await refuse(2, /E6001 unknown-cluster/);
    await refuse(2, /E1003 bad-option: no check is called "pong"[^]*checks: services, /, '--only', 'pong');
    const failing = faults(rehearsal, '{on: run-stack, exit: 1, times: always}');
    const built = await rehearsal.run('create', '--cloud', 'rehearsal', '-l', 'all-in-one', ...SPEED, ...failing);
    context.expect(built.code, built.stderr).toBe(5);
    await refuse(5, /E5011 partial: there is no cloud to verify: stack\.sh has not completed on controller/, ...SPEED);
    const database = new Sqlite(join(rehearsal.state, 'state.db'));
    // As recover leaves it where the plan was lost.
    database.exec("UPDATE steps SET state = 'superseded'; UPDATE layouts SET body = '{}'");
    await refuse(5, /its plan is lost/, ...SPEED);
    database.exec("UPDATE clusters SET phase = 'destroying'");
    database.close();
    await refuse(5, /it is being destroyed[^]*\.\/builder destroy devstack/, ...SPEED);
  });

  test('create verifies what it has built, and tells a failure beside the cluster that is ready', async (context) => {
    const rehearsal = rehearse(context);
    const broken = faults(rehearsal, '{on: verify-guests, exit: 3, times: 1}');
    const layout = join(rehearsal.state, 'mine.yaml');
    const write = (verify: string): void =>
      writeFileSync(layout, `version: 1\nname: mine\ngroups: {c: {role: allinone}}\nverify: ${verify}\n`);
    write('[services, boot]');
    const create = ['create', '--cloud', 'rehearsal', '-l', layout, ...SPEED] as const;
    const failed = await rehearsal.run(...create, '--progress', 'json', ...broken);
    context.expect(failed.code, failed.stderr).toBe(5);
    context.expect(failed.stderr).toMatch(/devstack is ready[^]* verification \d[^]*\nCHECK +NODE[^]*\nboot +- +fail/);
    context
      .expect(failed.stderr)
      .toMatch(/E5015 verify-failed: 1 of 2 results[^]*the cluster is ready, and what is built stays/);
    const events = failed.stderr.split('\n').filter((line) => line.startsWith('{"time"'));
    context.expect(JSON.parse(events.at(-1) ?? '')).toMatchObject({
      type: 'verified',
      failed: 1,
      results: [{ check: 'services' }, {}],
    });
    const status = JSON.parse((await rehearsal.run('status', '-f', 'json')).stdout) as { readonly phase: string };
    context.expect(status.phase).toBe('ready');

    // Other checks are no other layout, and count at once.
    write('[services]');
    const again = await rehearsal.run(...create, '-f', 'json');
    context.expect(again.code, again.stderr).toBe(0);
    context.expect(JSON.parse(again.stdout)).toMatchObject({
      verification: { passed: 1, failed: 0, results: [{ check: 'services' }] },
    });
    const third = await rehearsal.run(...create, '-f', 'json');
    context.expect(JSON.parse(third.stdout)).toMatchObject({ verification: null });
  });

  test('runs tempest where it is named, refuses to where there is none, and tells its failures in each form', async (context) => {
    const rehearsal = rehearse(context);
    const layout = join(rehearsal.state, 'smoke.yaml');
    const text = 'version: 1\nname: smoke\ngroups:\n  c: {role: controller}\n  n: {role: compute, count: 2}\n';
    writeFileSync(layout, `${text}verify: [tempest-smoke]\n`);
    const create = ['create', '--cloud', 'rehearsal', '-l', layout, ...SPEED] as const;
    const refused = await rehearsal.run(...create);
    context.expect(refused.stderr).toMatch(/smoke\.yaml:6:10 +verify\.0[^]*services: \{add: \[tempest\]\}/);
    writeFileSync(layout, `${text}verify: [tempest-smoke]\nservices: {add: [tempest]}\n`);
    const created = await rehearsal.run(...create, '-f', 'json');
    context.expect(created.code, created.stderr).toBe(0);
    context.expect(JSON.parse(created.stdout)).toMatchObject({
      verification: { results: [{ check: 'tempest-smoke', sentence: '4 tests passed, 1 skipped' }] },
    });
    context.expect(created.stderr).toContain('c: running the smoke tests of tempest');

    powerOff(rehearsal, 'n-2');
    const file = join(rehearsal.state, 'results.xml');
    const failed = await rehearsal.run(...VERIFY, '--only', 'agents', '--with', 'tempest-smoke', '--junit', file);
    context.expect(failed.code, failed.stderr).toBe(5);
    const name = 'tempest.scenario.test_server_basic_ops.TestServerBasicOps.test_server_basic_ops';
    context
      .expect(failed.stdout)
      .toMatch(
        /tempest-smoke +- +fail +1 of 5 tests failed; 3 tests passed, 1 skipped\n[^]*cure +read run\.log and tempest\.log/,
      );
    context.expect(failed.stdout).toContain(`seen   failed: ${name}`);
    context.expect(readFileSync(file, 'utf8')).toContain(`>seen: failed: ${name}&#10;cure: `);
  });

  test('its help names every check', async (context) => {
    const { stdout } = await rehearse(context).run('verify', '--help');
    const names = (await import('../../src/verify/index.ts')).CHECKS.map(({ name }) => name).join(', ');
    context.expect(stdout.replaceAll(/\s+/g, ' ')).toContain(names);
  });
});
