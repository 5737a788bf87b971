/** The script that runs tempest in a real shell, over a real sshd, in a cloud that the stand-in has stacked with a small tempest. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RUN_TEMPEST, TEMPEST_LOGS } from '../../src/remote/commands/run-tempest.ts';
import type { CheckResult } from '../../src/verify/check.ts';
import type { CloudFacts } from '../../src/verify/facts.ts';
import { chooseChecks, judgeCloud } from '../../src/verify/index.ts';
import { readFacts } from '../../src/verify/read-answers.ts';
import { readTempest } from '../../src/verify/read-tempest.ts';
import {
  closeStackedCloud,
  expected,
  exportsOf,
  file,
  LIB,
  listAll,
  missing,
  openStackedCloud,
  openstack,
  runTempest,
  succeed,
  TEMPEST,
} from './stacked-cloud.ts';

beforeAll(async () => {
  if (missing === undefined) await openStackedCloud();
}, 120_000);
afterAll(closeStackedCloud);

function judge(tempest: CloudFacts['tempest']): readonly CheckResult[] {
  const facts = readFacts(new Map(), 'controller', null, { unknown: 'nobody tried' });
  return judgeCloud(chooseChecks(['tempest-smoke'], []), { ...facts, tempest }, expected);
}

/** Paths below the user's home, which must be the same again. */
function listFiles(): Promise<string> {
  return succeed('controller', `find /opt/stack/tempest /opt/stack/logs -name 'stack.sh.*' -prune -o -print | sort`);
}

/** Runs it with a test that does not end, until `then` has been done. */
function runMeanwhile(then: string, env: Readonly<Record<string, string>> = TEMPEST): Promise<string> {
  return succeed(
    'controller',
    `touch ${LIB}/slow-test
${file('/opt/script', RUN_TEMPEST)}${exportsOf(env)}
setsid sh /opt/script </dev/null >/opt/said 2>&1 &
until grep -qs SKIPPED ${TEMPEST_LOGS}/run.log; do sleep 0.2; done
${then}
rm -f ${LIB}/slow-test
wait $! || echo "code $?"
cat /opt/said`,
  );
}

// One cloud, so one after the other: each test leaves it well.
describe.skipIf(missing !== undefined)('verify runs tempest', { timeout: 120_000 }, () => {
  test('whose tests pass as user stack, and nothing is left of it', async () => {
    const before = await listFiles();
    expect(judge(await runTempest())).toEqual([
      {
        check: 'tempest-smoke',
        node: null,
        status: 'pass',
        sentence: '3 tests passed, 1 skipped',
        evidence: [],
        cure: null,
      },
    ]);
    expect(await listFiles()).toBe(before);
    expect(await listAll()).toEqual([]);
  });

  test('whose failures are named, with the whole log where it is said to be', async () => {
    const name = 'tempest.api.network.test_networks.NetworksTest.test_show';
    await succeed('controller', `echo ${name} >${LIB}/broken-tests`);
    const results = judge(await runTempest());
    await succeed('controller', `rm ${LIB}/broken-tests`);
    expect(results).toMatchObject([
      { status: 'fail', sentence: '1 of 4 tests failed; 2 tests passed, 1 skipped', evidence: [`failed: ${name}`] },
    ]);
    expect(results[0]?.cure).toContain(TEMPEST_LOGS);
    expect(await succeed('controller', `cat ${TEMPEST_LOGS}/run.log ${TEMPEST_LOGS}/tempest.log`)).toMatch(
      /AssertionError: 404 is not 200[^]*credentials are made/,
    );
    // The next one that is well takes it away.
    await runTempest();
    expect(await succeed('controller', 'ls /opt/stack/logs')).not.toContain('builder-verify');
  });

  test('which takes too long, and is ended: what it left is told, and told again by the next one', async () => {
    await succeed('controller', `touch ${LIB}/slow-test`);
    const late = judge(await runTempest({ TEMPEST_S: '5' }));
    await succeed('controller', `rm ${LIB}/slow-test`);
    const [left = ''] = await listAll();
    expect(late).toMatchObject([
      { status: 'fail', sentence: 'tempest took too long, and was ended when 3 tests passed, 1 skipped' },
      { check: 'removal', evidence: [expect.stringContaining(`security group ${left} (`)] },
    ]);
    expect(judge(await runTempest())).toMatchObject([
      { status: 'pass', evidence: [expect.stringContaining(`of an earlier tempest: security group ${left} (`)] },
    ]);
    await openstack(`security group delete ${left}`);
  });

  test('which is told to end in the middle, and may clean up', async () => {
    const output = await runMeanwhile('kill -TERM -- -$!\nsleep 1');
    expect(output).toContain('code 143');
    expect(await succeed('controller', 'ps -A -o args')).not.toMatch(/tempest run/);
    expect(readTempest(output, null)).toMatchObject({
      known: {
        exit: 130,
        tests: expect.objectContaining({ length: 4 }) as [],
        left: [expect.stringContaining('tempest-SecGroupTest-')],
      },
    });
    for (const name of await listAll()) await openstack(`security group delete ${name}`);
  });

  test('while it tells how far it is', async () => {
    expect(await runMeanwhile('until grep -q "4 tests have ended" /opt/said; do sleep 0.2; done')).toContain(
      '{"fact":"doing","what":"4 tests have ended, 0 of them failed"}',
    );
  });

  test('only where there is one, and where the cloud can be looked at', async () => {
    await succeed('controller', 'mv /opt/stack/tempest /opt/stack/away');
    expect(await runTempest()).toEqual({
      unknown: expect.stringMatching(/^there is no tempest in \/opt\/stack\/tempest, .* service tempest is enabled$/),
    });
    await succeed('controller', 'mv /opt/stack/away /opt/stack/tempest');
    const client = '/opt/stack/data/venv/bin/openstack';
    const fails = "#!/bin/sh\\necho 'Keystone is away' >&2\\nexit 1\\n";
    await succeed('controller', `mv ${client} ${client}.away\nprintf "${fails}" >${client}\nchmod 0755 ${client}`);
    expect(await runTempest()).toEqual({ unknown: 'Keystone is away' });
    await succeed('controller', `mv ${client}.away ${client}`);
  });
});
