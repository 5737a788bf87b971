/** When a failure is answered with a fresh server. */
import { describe, expect, test } from 'vitest';
import { callsForReplacement, isWithinBudget, needsFreshServer } from '../../../src/plan/recover.ts';

describe('a fresh server is the answer where nothing else helps', () => {
  test.each(['server-error', 'no-capacity', 'server-stuck', 'server-gone', 'job-lost', 'server-rebooted'] as const)(
    '%s',
    (code) => {
      expect(callsForReplacement({ code }, 'continue')).toBe(true);
      expect(callsForReplacement({ code }, 'replace')).toBe(true);
      expect(callsForReplacement({ code }, 'stop')).toBe(false);
    },
  );
  test.each(['stack-failed', 'stack-timeout', 'no-ssh'] as const)('%s only when asked for', (code) => {
    expect(callsForReplacement({ code }, 'continue')).toBe(false);
    expect(callsForReplacement({ code }, 'replace')).toBe(true);
  });
  test.each(['quota-reached', 'host-key', 'ssh-auth', 'distro', 'drift'] as const)('never for %s', (code) => {
    expect(callsForReplacement({ code }, 'replace')).toBe(false);
  });
});

describe('the budget', () => {
  test('two for each node', () => {
    expect(isWithinBudget('a', new Map([['a', 1]]), 20)).toBe(true);
    expect(isWithinBudget('a', new Map([['a', 2]]), 20)).toBe(false);
  });
  test('two for a small run, a fifth of the nodes for a large one', () => {
    const two = new Map([
      ['a', 1],
      ['b', 1],
    ]);
    expect(isWithinBudget('c', two, 3)).toBe(false);
    expect(isWithinBudget('c', two, 15)).toBe(true);
  });
});

test('a stack.sh that failed before is never begun again on its server', () => {
  expect(needsFreshServer('run-stack', 'stack-failed')).toBe(true);
  expect(needsFreshServer('start-stack', 'stack-failed')).toBe(true);
  expect(needsFreshServer('release-stack', 'job-failed')).toBe(false);
  expect(needsFreshServer('wait-server', 'server-error')).toBe(true);
  expect(needsFreshServer('wait-ssh', 'no-ssh')).toBe(false);
  expect(needsFreshServer('install-packages', 'job-failed')).toBe(false);
});
