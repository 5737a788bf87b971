/** The beginning of a stack.sh that waits for other nodes: when it is done, and what it says of one that does not wait. */
import { describe, expect, test } from 'vitest';
import type { StepContext } from '../../../src/engine/step.ts';
import { BuilderError } from '../../../src/errors.ts';
import type { JobResult, JobSpec } from '../../../src/remote/remote.ts';
import { WAITING } from '../../../src/roles/waiting.ts';
import type { StepPorts } from '../../../src/steps/ports.ts';
import { runStack } from '../../../src/steps/run-stack.ts';
import { startStack } from '../../../src/steps/start-stack.ts';
import { unstack } from '../../../src/steps/unstack.ts';
import { load } from '../layout/small-layout.ts';

const LAYOUT = 'version: 1\nname: one\ngroups:\n  c1: {role: allinone}\n';
const ACCESS = { node: 'c1', user: 'debian', access: 'fixed', restack: 0 } as const;
const SOURCES = '2026-03-01 12:00:00.000 | Installing OpenStack project source\n';
const HELD = `${SOURCES}2026-03-01 12:01:00.000 | ${WAITING.begun}\n`;
const RELEASED = `${HELD}2026-03-01 12:11:00.000 | ${WAITING.over}\n`;

/** What a played node shows, and how its job ends; it never does where nothing is said. */
interface Scene {
  readonly summary: string;
  readonly end?: Partial<JobResult>;
  readonly log?: string;
  /** What the node answers to a short job; by default that stack.sh has completed. */
  readonly answer?: () => Partial<JobResult & { readonly output: string }>;
  /** Of the sleeps, those of at least so long end at once. */
  readonly isLate?: boolean;
}

class PlayedNode {
  readonly specs: JobSpec[] = [];
  isClosed = false;
  readonly stop = new AbortController();
  /** Under which number its logs were opened. */
  readonly logs: (number | undefined)[] = [];
  private readonly scene: Scene;
  private readonly layout: string;

  constructor(scene: Scene, layout = LAYOUT) {
    this.scene = scene;
    this.layout = layout;
  }

  context(key: string): StepContext<StepPorts> {
    const { summary, log = '', isLate = false } = this.scene;
    const aborted = (signal: AbortSignal): Promise<never> =>
      new Promise((_resolve, reject) => {
        const end = (): void => reject(new BuilderError('canceled', 'told to stop'));
        if (signal.aborted) end();
        else signal.addEventListener('abort', end, { once: true });
      });
    const node = {
      runJob: async (spec: JobSpec, _log: unknown, signal: AbortSignal) => {
        this.specs.push(spec);
        if (this.scene.end === undefined) return await aborted(signal);
        return { verdict: 'exited', code: 0, logBytes: 1, logSha256: '', ...this.scene.end };
      },
      runShortJob: async (spec: JobSpec) => {
        this.specs.push(spec);
        return { verdict: 'exited', code: 0, output: 'stack.sh completed in 700 seconds.', ...this.scene.answer?.() };
      },
      readFile: async (_path: string, offset: number, limit: number) =>
        Buffer.from(summary).subarray(offset, offset + limit),
    };
    const sleep = async (ms: number, signal: AbortSignal): Promise<void> => {
      if (isLate && ms > 60 * 60_000) return;
      await aborted(signal);
    };
    const close = async (): Promise<void> => {
      this.isClosed = true;
    };
    const ports = {
      node: () => node,
      secrets: { get: () => '' },
      keys: { publicOf: () => '' },
      cluster: { name: 'lab', layout: load(this.layout) },
      clock: { now: () => new Date('2026-03-01T12:02:00Z'), sleep },
      stackTimes: { list: () => [], record: () => undefined },
      openLog: async (_context: unknown, restack?: number) => {
        this.logs.push(restack);
        return { path: 'the log', tail: async () => log, close };
      },
    };
    const facts = { key, generation: 2, attempt: 1, epoch: 1, signal: this.stop.signal };
    const access = { outputOf: () => ({ address: '' }), findOutput: () => null, report: () => undefined };
    return { ...facts, ...access, ports } as unknown as StepContext<StepPorts>;
  }
}

function start(scene: Scene): { readonly played: PlayedNode; readonly done: Promise<unknown> } {
  const played = new PlayedNode(scene);
  return { played, done: startStack.perform(played.context('start-stack/c1'), ACCESS) };
}

describe('a stack.sh that begins beside others', () => {
  test('has begun well when it waits, and is left to wait as long as a builder may be away', async () => {
    const { played, done } = start({ summary: HELD });
    expect(await done).toEqual({});
    expect(played.specs).toMatchObject([{ id: 'run-stack-g2', wallLimitMs: 24 * 60 * 60_000 }]);
    expect(played.isClosed).toBe(true);
  });

  test('has begun well when it waited and is over, whatever it ended with: that is its end to tell', async () => {
    await expect(start({ summary: RELEASED, end: {} }).done).resolves.toEqual({});
    await expect(start({ summary: RELEASED, end: { code: 1 } }).done).resolves.toEqual({});
  });

  test('is told to stop with the builder, and goes on', async () => {
    const { played, done } = start({ summary: SOURCES });
    played.stop.abort(new BuilderError('canceled', 'stopped'));
    await expect(done).rejects.toMatchObject({ code: 'canceled' });
  });

  test.each<[string, Scene, object]>([
    [
      'died before',
      { summary: SOURCES, end: { code: 1 }, log: 'fatal: unable to access: Could not resolve host: opendev.org\n' },
      { code: 'stack-failed', at: 'start-stack/c1', details: { code: 1 } },
    ],
    [
      'was cut by a reboot',
      { summary: SOURCES, end: { verdict: 'rebooted', code: null } },
      { code: 'server-rebooted' },
    ],
    [
      'ended without having waited',
      { summary: SOURCES, end: {} },
      { code: 'stack-failed', message: 'c1: stack.sh did not wait for the other nodes' },
    ],
    [
      'never comes there',
      { summary: SOURCES, isLate: true },
      { code: 'stack-timeout', message: 'c1: stack.sh did not end within 3 h' },
    ],
    [
      'waited for more than a day',
      { summary: SOURCES, end: { verdict: 'timeout', code: null } },
      { code: 'stack-timeout', message: 'c1: stack.sh did not end within 24 h' },
    ],
  ])('fails where it %s', async (_how, scene, error) => {
    await expect(start(scene).done).rejects.toMatchObject(error);
  });
});

/** The same node, as a compute. */
const COMPUTE = 'version: 1\nname: two\ngroups:\n  k: {role: controller}\n  c: {role: compute, count: 1}\n';

describe('one on a compute, where another try may help', () => {
  const fail = (scene: Scene, restack: number): Promise<unknown> => {
    const input = { ...ACCESS, node: 'c-1', restack };
    return startStack.perform(new PlayedNode(scene, COMPUTE).context('start-stack/c-1'), input);
  };
  const TEMPORARY: Scene = { summary: SOURCES, end: { code: 1 }, log: 'E: Failed to fetch http://mirror/x.deb\n' };

  test('says that it is run again there, and with its last try that its server is replaced', async () => {
    await expect(fail(TEMPORARY, 0)).rejects.toMatchObject({
      fix: expect.stringMatching(/the same command again runs unstack\.sh and stack\.sh on this server, try 1 of 2$/),
      state: expect.stringMatching(/until it is stacked again$/),
    });
    await expect(fail(TEMPORARY, 1)).rejects.toMatchObject({ fix: expect.stringMatching(/try 2 of 2$/) });
    await expect(fail(TEMPORARY, 2)).rejects.toMatchObject({
      fix: expect.stringMatching(/the same command again replaces this server and goes on$/),
      state: expect.stringMatching(/until it is replaced$/),
    });
  });

  test('says so too where its end is unknown, and nothing of it where the server goes next', async () => {
    const lost: Scene = { summary: SOURCES, end: { verdict: 'lost', code: null } };
    await expect(fail(lost, 1)).rejects.toMatchObject({ code: 'job-lost', fix: expect.stringMatching(/try 2 of 2$/) });
    await expect(fail(lost, 2)).rejects.toMatchObject({ code: 'job-lost', fix: undefined });
  });

  test('is a job, a title and a log of its own each time', async () => {
    const played = new PlayedNode({ summary: HELD }, COMPUTE);
    await startStack.perform(played.context('start-stack/c-1'), { ...ACCESS, node: 'c-1', restack: 2 });
    expect(played.specs).toMatchObject([{ id: 'run-stack-g2-r2' }]);
    expect(played.logs).toEqual([2]);
    const input = { ...ACCESS, restack: 1 };
    expect(startStack.title(input)).toBe('begin stack.sh on c1 again (1 of 2)');
    expect(runStack.title({ ...input, isHeld: true })).toBe('run stack.sh on c1 again (1 of 2)');
    expect(runStack.title({ ...input, isHeld: true, restack: 0 })).toBe('run stack.sh on c1');
    for (const { jobId } of [startStack, runStack]) {
      expect(jobId?.(3, 7, { key: 'run-stack/c1', input })).toBe('run-stack-g3-r1');
      expect(jobId?.(3, 7, { key: 'run-stack/c1', input: {} })).toBe('run-stack-g3');
    }
    expect(unstack.jobId?.(3, 7, { key: 'unstack/c1', input: { restack: 1 } })).toBe('unstack-g3-r1');
    expect(unstack.title({ ...input, cause: 'job-lost' })).toBe('run unstack.sh on c1 (1 of 2)');
  });
});

describe('the end of one that was released', () => {
  const run = (scene: Scene) =>
    runStack.perform(new PlayedNode(scene).context('run-stack/c1'), { ...ACCESS, isHeld: true });

  test('says how much of its time it waited', async () => {
    expect(await run({ summary: RELEASED, end: {} })).toMatchObject({ seconds: 700, waitedSeconds: 600 });
  });

  test('has the time of any other from its release on', async () => {
    await expect(run({ summary: RELEASED, isLate: true })).rejects.toMatchObject({
      code: 'stack-timeout',
      message: 'c1: stack.sh did not end within 3 h',
    });
  });
});

describe('one that waited for a service in vain', () => {
  const SCENE: Scene = {
    summary: RELEASED,
    end: { code: 1 },
    log: "Didn't find service registered by hostname after 240 seconds\n",
  };
  const SAID = 'ERROR nova.service [None req-1 None None] Error starting thread.: no such device: gremlin\n';
  const fail = async (
    answer: Scene['answer'],
  ): Promise<{ readonly played: PlayedNode; readonly error: BuilderError }> => {
    const played = new PlayedNode(answer === undefined ? SCENE : { ...SCENE, answer });
    const ended = runStack.perform(played.context('run-stack/c1'), { ...ACCESS, isHeld: true });
    const error = await ended.then(
      () => new Error('it went well'),
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(BuilderError);
    return { played, error: error as BuilderError };
  };

  test('tells what that service says', async () => {
    const { played, error } = await fail(() => ({ output: SAID }));
    expect(played.specs.map(({ id }) => id)).toEqual(['run-stack-g2', 'run-stack-g2-errors-a1']);
    expect(error.message).toMatch(/within 240 s: Error starting thread\.: no such device: gremlin$/);
    expect(error.details).toMatchObject({ class: 'compute-not-registered', lines: [SAID.trim()] });
    expect(played.isClosed).toBe(true);
  });

  test.each<[string, Scene['answer']]>([
    [
      'does not answer any more',
      () => {
        throw new BuilderError('ssh-lost', 'cut');
      },
    ],
    ['has no journal', () => ({ code: 1, output: 'journalctl: not found' })],
  ])('is told all the same where its node %s', async (_how, answer) => {
    const { error } = await fail(answer);
    expect(error).toMatchObject({ code: 'stack-failed', message: expect.stringMatching(/within 240 s$/) });
  });
});
