/** What a failure is answered with: stack.sh again on the same server, a fresh server, or nothing. */
import { describe, expect, test } from 'vitest';
import type { PlannedStep } from '../../../src/engine/step.ts';
import { answerAtOnce, answerLater, isWithinBudget, type OnFailure } from '../../../src/plan/recover.ts';

const ROLES = new Map(
  ['controller', 'api', 'database', 'messaging', 'child-cell', 'compute', 'network', 'allinone', 'unknown'].map(
    (role) => [role, role] as const,
  ),
);
const ALL: readonly OnFailure[] = ['stop', 'continue', 'replace'];

function planned(kind: string, node: string | null, input: PlannedStep['input'] = {}): PlannedStep {
  return { key: `${kind}/${node}`, kind, version: 1, node, lifetime: 'server', input, after: [] };
}

/** For each of stop, continue, replace: in the same run. */
function atOnce(step: PlannedStep, code: string, details: Readonly<Record<string, unknown>> = {}): readonly unknown[] {
  return ALL.map((onFailure) => answerAtOnce(step, { code, details }, ROLES, onFailure));
}

/** For each of them: on the next command. */
function later(step: PlannedStep, code: string, details: { isRetryable?: boolean } = {}): readonly unknown[] {
  const error = { code, message: '', details, causes: [] };
  const attempt = { id: 1, stepId: 1, number: 1, nonce: 'n', epoch: 1, intendedAt: new Date(0), endedAt: null };
  const failed = [{ ...attempt, state: 'failed' as const, error }];
  return ALL.map((onFailure) => answerLater({ planned: step, attempts: failed }, ROLES, onFailure));
}

const TEMPORARY = { isRetryable: true };

describe('stack.sh again on the same server', () => {
  test.each(['compute', 'network'])('for a %s whose stack.sh may go through another time', (node) => {
    for (const kind of ['start-stack', 'run-stack']) {
      const step = planned(kind, node);
      expect(atOnce(step, 'stack-failed', TEMPORARY)).toEqual([null, 'restack', 'fresh-server']);
      expect(later(step, 'stack-failed', TEMPORARY)).toEqual(['restack', 'restack', 'fresh-server']);
    }
  });
  test.each(['job-lost', 'server-rebooted'])('where its end is unknown: %s', (code) => {
    expect(atOnce(planned('run-stack', 'compute'), code)).toEqual([null, 'restack', 'fresh-server']);
    expect(later(planned('run-stack', 'compute'), code)).toEqual(['restack', 'restack', 'fresh-server']);
  });
  test('twice, and then never', () => {
    const after = (restack: number) => atOnce(planned('run-stack', 'compute', { restack }), 'job-lost')[1];
    expect([0, 1, 2, 3].map(after)).toEqual(['restack', 'restack', 'fresh-server', 'fresh-server']);
    const last = planned('run-stack', 'compute', { restack: 2 });
    expect(atOnce(last, 'stack-failed', TEMPORARY)).toEqual([null, null, 'fresh-server']);
    expect(later(last, 'stack-failed', TEMPORARY)).toEqual(['fresh-server', 'fresh-server', 'fresh-server']);
  });
  test.each(['controller', 'api', 'database', 'messaging', 'child-cell', 'allinone', 'unknown'])(
    'never for a %s: others hang on it',
    (node) => {
      expect(atOnce(planned('run-stack', node), 'job-lost')).toEqual([null, 'fresh-server', 'fresh-server']);
      expect(later(planned('run-stack', node), 'stack-failed', TEMPORARY)[1]).toBe('fresh-server');
    },
  );
  test('not where it would end so again, for a full disk, for a run without an end, or for a step that is no stack.sh', () => {
    const step = planned('run-stack', 'compute');
    for (const code of ['stack-failed', 'server-disk-full', 'stack-timeout']) {
      expect(atOnce(step, code, { isRetryable: false })).toEqual([null, null, 'fresh-server']);
      expect(later(step, code)).toEqual(['fresh-server', 'fresh-server', 'fresh-server']);
    }
    expect(later(planned('install-packages', 'compute'), 'job-lost')).toEqual([null, null, null]);
    expect(atOnce(planned('discover-hosts', null), 'stack-failed', TEMPORARY)[1]).toBeNull();
  });
});

describe('an unstack.sh that fails', () => {
  const of = (cause: string): PlannedStep => planned('unstack', 'compute', { restack: 1, cause });
  test('is answered as the stack.sh before it would have been without it', () => {
    expect(atOnce(of('job-lost'), 'job-failed')).toEqual([null, 'fresh-server', 'fresh-server']);
    expect(atOnce(of('stack-failed'), 'job-failed')).toEqual([null, null, 'fresh-server']);
    expect(atOnce(of('stack-failed'), 'server-gone')).toEqual([null, 'fresh-server', 'fresh-server']);
    expect(atOnce(planned('unstack', 'compute'), 'job-failed')).toEqual([null, null, null]);
  });
  test('is never begun again', () => {
    expect(later(of('stack-failed'), 'job-failed')).toEqual(['fresh-server', 'fresh-server', 'fresh-server']);
  });
});

describe('a fresh server is the answer where nothing else helps', () => {
  test.each(['server-error', 'no-capacity', 'server-stuck', 'server-gone', 'job-lost', 'server-rebooted'])(
    '%s',
    (code) => {
      expect(atOnce(planned('wait-ssh', 'controller'), code)).toEqual([null, 'fresh-server', 'fresh-server']);
    },
  );
  test.each(['stack-failed', 'stack-timeout', 'no-ssh'])('%s only when asked for', (code) => {
    expect(atOnce(planned('wait-ssh', 'controller'), code)).toEqual([null, null, 'fresh-server']);
  });
  test.each(['quota-reached', 'host-key', 'ssh-auth', 'distro', 'drift'])('never for %s', (code) => {
    expect(atOnce(planned('wait-ssh', 'controller'), code)).toEqual([null, null, null]);
  });
  test('later, for what is begun once, and for a server that never became one', () => {
    const answers = (kind: string, code: string): unknown => later(planned(kind, 'controller'), code)[1];
    expect(answers('run-stack', 'stack-failed')).toBe('fresh-server');
    expect(answers('start-stack', 'stack-failed')).toBe('fresh-server');
    expect(answers('release-stack', 'job-failed')).toBeNull();
    expect(answers('wait-server', 'server-error')).toBe('fresh-server');
    expect(answers('wait-server', 'quota-reached')).toBeNull();
    expect(answers('wait-ssh', 'no-ssh')).toBeNull();
    expect(answers('install-packages', 'job-failed')).toBeNull();
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
