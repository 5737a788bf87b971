/** Files and steps of a layout stand in the plan at their barriers, on their nodes, each once. */
import { describe, expect, test } from 'vitest';
import { planNodes } from '../../../src/layout/nodes.ts';
import type { UserParts } from '../../../src/plan/choices.ts';
import { planCreate } from '../../../src/plan/create.ts';
import { answerLater } from '../../../src/plan/recover.ts';
import { STEP_KINDS } from '../../../src/steps/index.ts';
import { load, SMALL } from '../layout/small-layout.ts';
import { choicesFor } from './choices-fixture.ts';

const LAYOUT = load(SMALL);
const NODES = planNodes(LAYOUT);
const IDS = new Map(NODES.map(({ name }) => [name, `uuid-${name}`]));
const step = (name: string, at: UserParts['steps'][number]['at'], nodes: readonly string[], isOnce = false) =>
  ({ sha256: name, name, at, repeat: isOnce ? 'once' : 'idempotent', nodes }) as const;

const STEPS = planCreate(
  LAYOUT,
  NODES,
  choicesFor(NODES, {
    userParts: {
      files: [{ sha256: 'f', path: '/etc/a', mode: '0644', owner: 'root', nodes: ['compute'] }],
      steps: [
        step('first', 'before-stack', []),
        step('second', 'before-stack', ['compute'], true),
        step('keys', 'after-stack', ['controller']),
        step('seed', 'after-discovery', ['controller'], true),
        step('more', 'after-discovery', ['controller']),
      ],
    },
  }),
  IDS,
);

function before(key: string): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (name: string): void => {
    for (const next of STEPS.find((each) => each.key === name)?.after ?? []) {
      if (found.has(next)) continue;
      found.add(next);
      visit(next);
    }
  };
  visit(key);
  return found;
}

describe('each step stands', () => {
  test('on its nodes alone', () => {
    const keys = STEPS.map(({ key }) => key).filter((key) => /^(user-step|install-files)/.test(key));
    expect(keys.toSorted()).toEqual([
      'install-files/compute-1',
      'install-files/compute-2',
      'user-step-1/compute-1',
      'user-step-1/compute-2',
      'user-step-1/controller',
      'user-step-3/controller',
      'user-step-5/controller',
      'user-step-once-2/compute-1',
      'user-step-once-2/compute-2',
      'user-step-once-4/controller',
    ]);
  });

  test('before stack.sh in its order, after the files', () => {
    expect(before('run-stack/compute-1')).toContain('user-step-once-2/compute-1');
    expect(before('user-step-once-2/compute-1')).toContain('user-step-1/compute-1');
    expect(before('user-step-1/compute-1')).toContain('install-files/compute-1');
    expect(before('user-step-1/compute-1')).not.toContain('run-stack/controller');
  });

  test('after stack.sh of its node, and before that of nodes that come later', () => {
    expect(before('user-step-3/controller')).toContain('run-stack/controller');
    expect(before('run-stack/compute-1')).toContain('user-step-3/controller');
  });

  test('when all hypervisors are mapped, in its order', () => {
    expect(before('user-step-once-4/controller')).toContain('discover-hosts/cluster');
    expect(before('user-step-5/controller')).toContain('user-step-once-4/controller');
  });
});

test('every kind is known and accepts its input', () => {
  for (const { kind, input } of STEPS) expect(STEP_KINDS.get(kind)?.input.safeParse(input).success, kind).toBe(true);
});

test('once is once for each server: one job whatever the attempt, and a fresh server when it failed', () => {
  const once = STEP_KINDS.get('user-step-once-2');
  expect(once?.repeat).toBe('once');
  const planned = { key: 'run/a', input: {} };
  expect([once?.jobId?.(2, 1, planned), once?.jobId?.(2, 5, planned)]).toEqual([
    'user-step-once-2-g2',
    'user-step-once-2-g2',
  ]);
  expect(STEP_KINDS.get('user-step-2')?.jobId?.(2, 5, planned)).toBe('user-step-2-g2-a5');
  const answer = (kind: string) =>
    answerLater(
      { planned: { ...planned, kind, version: 1, node: 'a', lifetime: 'server', after: [] }, attempts: [] },
      new Map([['a', 'compute']]),
      'continue',
    );
  expect(answer('user-step-once-2')).toBe('fresh-server');
  expect(answer('user-step-2')).toBeNull();
});
