/** What a node's records tell of a lost journal: the last job of each step, found by asking alone. */
import { describe, expect, test } from 'vitest';
import { readJobs } from '../../../src/cluster/read-jobs.ts';
import type { PlannedStep } from '../../../src/engine/step.ts';
import type { JobResult, JobStatus, RemoteNode } from '../../../src/remote/remote.ts';
import { STEP_KINDS } from '../../../src/steps/index.ts';

const signal = new AbortController().signal;
const step = (kind: string, ...after: readonly string[]): PlannedStep => ({
  key: `${kind}/a`,
  kind,
  version: 1,
  node: 'a',
  lifetime: 'server',
  input: {},
  after: after.map((name) => `${name}/a`),
});
const done = (code: number, verdict: JobResult['verdict'] = 'exited'): JobStatus => ({
  state: 'done',
  result: { verdict, code, logBytes: 0, logSha256: '' },
});
const running: JobStatus = { state: 'running', logBytes: 5 };

/** A node with these records; every job asked for is noted. */
async function ask(records: Readonly<Record<string, JobStatus>>, ...steps: readonly PlannedStep[]) {
  const asked: string[] = [];
  const refuse = () => Promise.reject(new Error('nothing may be begun'));
  const node: RemoteNode = {
    waitReachable: () => Promise.resolve(),
    jobStatus: (id) => {
      asked.push(id);
      return Promise.resolve(records[id] ?? { state: 'absent', logBytes: 0 });
    },
    runShortJob: refuse,
    runJob: refuse,
    cancelJob: refuse,
    readFile: refuse,
  };
  const jobs = await readJobs(node, steps, 1, signal);
  return { asked, jobs: Object.fromEntries(jobs) };
}

describe('the last job of a step', () => {
  test.each<[string, Readonly<Record<string, JobStatus>>, object]>([
    ['ended well', { 'install-packages-g1-a1': done(0) }, { attempt: 1, end: 'succeeded' }],
    ['ended badly', { 'install-packages-g1-a1': done(1) }, { attempt: 1, end: 'failed' }],
    ['was killed', { 'install-packages-g1-a1': done(0, 'signaled') }, { attempt: 1, end: 'failed' }],
    ['runs', { 'install-packages-g1-a1': running }, { attempt: 1, end: 'open' }],
    [
      'comes behind attempts that never reached the node',
      { 'install-packages-g1-a3': running },
      { attempt: 3, end: 'open' },
    ],
    [
      'comes behind one that failed',
      { 'install-packages-g1-a1': done(1), 'install-packages-g1-a2': done(0) },
      { attempt: 2, end: 'succeeded' },
    ],
    [
      'comes behind one that ended well, since another node was replaced',
      { 'install-packages-g1-a1': done(0), 'install-packages-g1-a2': running },
      { attempt: 2, end: 'open' },
    ],
  ])('%s', async (_what, records, last) => {
    const { jobs } = await ask(records, step('install-packages'));
    expect(jobs).toEqual({ 'install-packages/a': last });
  });

  test('is looked for in as many attempts as a run makes, and no more', async () => {
    const { asked, jobs } = await ask({}, step('install-packages'));
    expect(asked).toHaveLength(STEP_KINDS.get('install-packages')?.retry.attempts ?? 0);
    expect(jobs).toEqual({});
  });

  test('is asked for once where all attempts have one id: stack.sh', async () => {
    const { asked, jobs } = await ask({ 'run-stack-g1': done(0) }, step('run-stack'));
    expect(asked).toEqual(['run-stack-g1']);
    expect(jobs).toEqual({ 'run-stack/a': { attempt: 1, end: 'succeeded' } });
  });
});

test('a step is asked for only where the steps before it left something', async () => {
  const { asked } = await ask({}, step('install-packages'), step('configure-git', 'install-packages'));
  expect(asked.every((id) => id.startsWith('install-packages'))).toBe(true);
});

describe('a stack.sh that waits for other nodes', () => {
  const steps = [
    step('start-stack'),
    step('release-stack', 'start-stack'),
    step('run-stack', 'release-stack'),
  ] as const;

  test('was begun, and is not known to go on before it was released', async () => {
    const { jobs } = await ask({ 'run-stack-g1': running }, ...steps);
    expect(jobs).toEqual({ 'start-stack/a': { attempt: 1, end: 'open' } });
  });

  test('went on once it was', async () => {
    const { jobs } = await ask({ 'run-stack-g1': running, 'release-stack-g1-a1': done(0) }, ...steps);
    expect(jobs).toEqual({
      'start-stack/a': { attempt: 1, end: 'open' },
      'release-stack/a': { attempt: 1, end: 'succeeded' },
      'run-stack/a': { attempt: 1, end: 'open' },
    });
  });
});

test('steps that leave no job on the node are not asked for, and hold up nothing', async () => {
  const { asked, jobs } = await ask(
    { 'check-server-g1-a1': done(0) },
    step('wait-ssh'),
    step('check-server', 'wait-ssh'),
  );
  expect(asked[0]).toBe('check-server-g1-a1');
  expect(jobs).toHaveProperty('check-server/a');
});
