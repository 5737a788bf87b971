/** Tempest's smoke tests: run only where they are named, read from what stestr prints, and judged. */
import { describe, expect, test } from 'vitest';
import { CHECK_NAMES, USUAL_CHECKS } from '../../../src/layout/check-names.ts';
import type { CheckResult } from '../../../src/verify/check.ts';
import type { CloudFacts, TempestRun } from '../../../src/verify/facts.ts';
import { chooseChecks, judgeCloud, planQuestions } from '../../../src/verify/index.ts';
import { readTempest } from '../../../src/verify/read-tempest.ts';
import { wantsTempest } from '../../../src/verify/tempest-smoke.ts';
import { SMALL } from '../layout/small-layout.ts';
import { expectSmall, GREEN } from './green-cloud.ts';

const expected = expectSmall(`${SMALL}services: {add: [tempest]}\n`);
const SMOKE = chooseChecks(['tempest-smoke'], []);
const WELL: TempestRun = {
  exit: 0,
  tests: [
    { name: 'tempest.api.a.A.test_a', outcome: 'passed' },
    { name: 'tempest.api.a.A.test_b', outcome: 'passed' },
    { name: 'setUpClass (tempest.api.c.C)', outcome: 'skipped' },
  ],
  words: '',
  before: [],
  left: [],
};

function judge(tempest: CloudFacts['tempest'], cloud = expected): readonly CheckResult[] {
  return judgeCloud(SMOKE, { ...GREEN, tempest }, cloud);
}

function judgeRun(changes: Partial<TempestRun>): CheckResult | undefined {
  return judge({ known: { ...WELL, ...changes } })[0];
}

describe('it is chosen', () => {
  const chosen = (...lists: Parameters<typeof chooseChecks>): readonly string[] =>
    chooseChecks(...lists).map(({ name }) => name);

  test('only by its name: alone, beside the usual ones, or in the list of a layout', () => {
    expect(chosen([], [])).toEqual(USUAL_CHECKS);
    expect(USUAL_CHECKS).not.toContain('tempest-smoke');
    expect(chosen([], [], ['tempest-smoke'])).toEqual(CHECK_NAMES);
    expect(chosen(['tempest-smoke', 'services'], [])).toEqual(['services', 'tempest-smoke']);
    expect(chosen(['services'], [], ['tempest-smoke'])).toEqual(['services', 'tempest-smoke']);
    expect(chosen([], ['tempest-smoke'])).toEqual(USUAL_CHECKS);
    expect(() => chosen([], [], ['tempest'])).toThrow(/no check is called "tempest"/);
  });

  test('and then waits for a cloud that is on its way, and is run where it makes sense', () => {
    expect(planQuestions(SMOKE, expected).get('controller')).toEqual(['units', 'starts', 'compute-services']);
    expect(wantsTempest(SMOKE, expected)).toBe(true);
    expect(wantsTempest(SMOKE, expectSmall())).toBe(false);
    expect(wantsTempest(chooseChecks([], []), expected)).toBe(false);
  });
});

describe('it is skipped', () => {
  test('where the API node was built without tempest, with what it takes', () => {
    expect(judge({ unknown: 'nobody ran it' }, expectSmall())).toMatchObject([
      { status: 'skip', sentence: expect.stringMatching(/^controller was built without service tempest: services: /) },
    ]);
  });

  test('where nothing boots, for its scenarios log in to servers', () => {
    const fake = expectSmall(SMALL.replace('count: 2', 'count: 2, fake_hypervisors: 2'));
    expect(judge({ unknown: 'x' }, fake)).toMatchObject([{ status: 'skip', sentence: expect.stringMatching(/fake/) }]);
  });
});

describe('it is judged', () => {
  test('well, with how many passed and were skipped', () => {
    expect(judgeRun({})).toMatchObject({ status: 'pass', sentence: '2 tests passed, 1 skipped', evidence: [] });
  });

  test('by the tests that failed: the first ten by name, and where the whole log is', () => {
    const broken = Array.from({ length: 12 }, (_, index) => `tempest.api.x.X.test_${index}`);
    const failed = broken.map((name) => ({ name, outcome: 'failed' as const }));
    expect(judgeRun({ exit: 1, tests: [...WELL.tests, ...failed] })).toEqual({
      check: 'tempest-smoke',
      node: null,
      status: 'fail',
      sentence: '12 of 15 tests failed; 2 tests passed, 1 skipped',
      evidence: [...broken.slice(0, 10).map((name) => `failed: ${name}`), 'and 2 more'],
      cure: 'read run.log and tempest.log in /opt/stack/logs/builder-verify-tempest on controller: ./builder ssh controller',
    });
  });

  test.each([124, 137])('late, with what had ended by then: exit %d', (exit) => {
    expect(judgeRun({ exit })?.sentence).toBe('tempest took too long, and was ended when 2 tests passed, 1 skipped');
    const tests = [{ name: 'a', outcome: 'failed' as const }];
    expect(judgeRun({ exit, tests })?.sentence).toMatch(/^1 of 1 tests failed; .*; tempest took too long/);
  });

  test('by its own words where it ran nothing, or ended badly though no test failed', () => {
    expect(judgeRun({ exit: 2, tests: [], words: 'a\nNo such file\n' })?.sentence).toBe(
      'tempest ended with exit 2: No such file',
    );
    expect(judgeRun({ exit: 1 })?.sentence).toBe('tempest ended with exit 1: it says nothing');
    expect(judgeRun({ tests: [] })).toMatchObject({
      status: 'fail',
      sentence: 'no test passed; 0 tests passed, 0 skipped',
    });
  });

  test('together with what it left in the cloud; what an earlier one left is told', () => {
    const [before, left] = ['project tempest-A-1 (0a)', 'server tempest-B-2 (0b)'];
    expect(judge({ known: { ...WELL, before: [before], left: [left] } })).toMatchObject([
      { status: 'pass', evidence: [`there before, of an earlier tempest: ${before}`] },
      { check: 'removal', status: 'fail', sentence: '1 object of tempest left in the cloud', evidence: [left] },
    ]);
  });

  test('as not known where it could not be run', () => {
    expect(judge({ unknown: 'controller is away' })).toMatchObject([
      { status: 'fail', sentence: 'could not be asked', evidence: ['controller is away'] },
    ]);
  });
});

describe('what it tells is read', () => {
  const encode = (text: string): string => Buffer.from(text).toString('base64');
  const told = { fact: 'tempest', exit: 1, outcomes: '', words: encode('bye\n'), before: [], left: ['project x (1)'] };

  test('test by test, as stestr prints them', () => {
    const outcomes = `{0} tempest.api.a.A.test_a [0.162034s] ... ok
{1} setUpClass (tempest.api.b.B) [0.000000s] ... FAILED
{10} tempest.api.c.C.test_c ... SKIPPED: Skipped until bug 1 ... ok is fixed
{0} tempest.api.d.D.test_d [] ... inprogress
not a test ... ok
`;
    const output = `noise\n${JSON.stringify({ ...told, outcomes: encode(outcomes) })}\n`;
    expect(readTempest(output, null)).toEqual({
      known: {
        exit: 1,
        tests: [
          { name: 'tempest.api.a.A.test_a', outcome: 'passed' },
          { name: 'setUpClass (tempest.api.b.B)', outcome: 'failed' },
          { name: 'tempest.api.c.C.test_c', outcome: 'skipped' },
          { name: 'tempest.api.d.D.test_d', outcome: 'failed' },
        ],
        words: 'bye\n',
        before: [],
        left: ['project x (1)'],
      },
    });
  });

  test('or why there is nothing to read', () => {
    const stopped = JSON.stringify({ fact: 'stopped', why: encode('a\nthere is no tempest\n') });
    expect(readTempest(stopped, null)).toEqual({ unknown: 'there is no tempest' });
    expect(readTempest('', 'timeout')).toEqual({ unknown: 'running tempest did not come to its end: timeout' });
    expect(readTempest('Killed\n', null)).toEqual({
      unknown: 'running tempest did not come to its end: it says nothing',
    });
  });
});
