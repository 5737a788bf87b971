/** After a boot nothing is called broken, or well, before it had its time. */
import { describe, expect, test } from 'vitest';
import type { CloudFacts } from '../../../src/verify/facts.ts';
import { chooseChecks, judgeCloud } from '../../../src/verify/index.ts';
import { whyEarly } from '../../../src/verify/patience.ts';
import { change, expectSmall, GREEN, isCompute, NOW, unitsWith } from './green-cloud.ts';

const expected = expectSmall();
const early = (facts: Partial<CloudFacts>): string | null => whyEarly({ ...GREEN, ...facts }, expected);

function startedWith(node: string, changes: object): CloudFacts['starts'] {
  return new Map([
    ...GREEN.starts,
    [node, { known: { now: NOW, system: 'running', computeStartedAt: NOW - 600, ...changes } }],
  ]);
}

describe('it is too early', () => {
  test.each<[string, Partial<CloudFacts>, string]>([
    ['while a node boots', { starts: startedWith('compute-1', { system: 'starting' }) }, 'compute-1 is still booting'],
    [
      'while a unit starts',
      { units: unitsWith('compute-2', 'n-cpu', 'activating') },
      'devstack@n-cpu on compute-2 is activating',
    ],
    [
      'while a nova-compute that runs has not reported, and the API calls it up for what it said before',
      { starts: startedWith('compute-1', { computeStartedAt: NOW - 20 }) },
      'nova-compute on compute-1 runs for 20 s and has not reported: what the API says of it is older',
    ],
  ])('%s', (_title, facts, why) => {
    expect(early(facts)).toBe(why);
  });
});

describe('it is time to judge', () => {
  test.each<[string, Partial<CloudFacts>]>([
    ['where all is well', {}],
    ['where a unit has failed', { units: unitsWith('compute-1', 'n-cpu', 'failed') }],
    ['where a system runs with something failed', { starts: startedWith('compute-1', { system: 'degraded' }) }],
    ['where nobody says when anything started', { starts: new Map() }],
    ['where a compute has reported since', { starts: startedWith('compute-1', { computeStartedAt: NOW - 70 }) }],
    [
      'where another clock is wrong',
      { starts: startedWith('compute-1', { now: NOW - 5_000, computeStartedAt: NOW - 5_600 }) },
    ],
    [
      'where nova does not say when it last heard',
      { computeServices: change(GREEN.computeServices, isCompute('compute-1'), { updatedAt: null }) },
    ],
    ['where nova does not answer', { computeServices: { unknown: 'HTTP 503' } }],
  ])('%s', (_title, facts) => {
    expect(early(facts)).toBeNull();
  });
});

test('a compute that never reports is broken, whatever the API calls it', () => {
  const facts = { ...GREEN, starts: startedWith('compute-1', { computeStartedAt: NOW - 20 }) };
  expect(judgeCloud(chooseChecks(['compute-services'], []), facts, expected)).toMatchObject([
    {
      status: 'fail',
      sentence: expect.stringMatching(/^nova-compute on compute-1 runs for 20 s and has not reported/),
    },
  ]);
});
