/** Faults that take minutes or hours, or a server of their own, to come about: what the steps say of them. */
import { describe, expect, test } from 'vitest';
import type { Server } from '../../../src/cloud/cloud.ts';
import type { StepContext } from '../../../src/engine/step.ts';
import { BuilderError } from '../../../src/errors.ts';
import type { JobResult } from '../../../src/remote/remote.ts';
import { checkServer } from '../../../src/steps/check-server.ts';
import type { StepPorts } from '../../../src/steps/ports.ts';
import { runStack } from '../../../src/steps/run-stack.ts';
import { waitServer } from '../../../src/steps/wait-server.ts';
import { load } from '../layout/small-layout.ts';
import { server } from '../plan/cloud-fixture.ts';

const OUTPUTS: Readonly<Record<string, object>> = {
  'create-server/c1': { serverId: 's1' },
  'create-port/c1': { portId: 'p1', macAddress: 'fa:16:3e:00:00:01', address: '10.0.0.5' },
  'make-host-key/c1': { hostKey: 'ssh-ed25519 AAAA' },
};

/** Its only node is `c1`. */
const LAYOUT = 'version: 1\nname: one\ngroups:\n  c1: {role: allinone}\n';

const ACCESS = { node: 'c1', user: 'debian', access: 'fixed', isHeld: false, restack: 0 } as const;

function contextOf(ports: object, reports: string[] = []): StepContext<StepPorts> {
  return {
    key: 'step/c1',
    generation: 1,
    attempt: 1,
    nonce: 'n1',
    epoch: 1,
    intendedAt: new Date(0),
    signal: new AbortController().signal,
    report: (text: string) => reports.push(text),
    outputOf: (key: string) => OUTPUTS[key],
    findOutput: (key: string) => OUTPUTS[key] ?? null,
    ports: { secrets: { get: () => '' }, keys: { publicOf: () => '' }, ...ports },
  } as unknown as StepContext<StepPorts>;
}

async function failureOf(work: Promise<unknown>): Promise<BuilderError> {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof BuilderError)) throw new Error('no BuilderError was thrown', { cause: error });
  return error;
}

describe('waiting for a server', () => {
  let nowMs = 0;

  /** The polls show one of these after the other, and the last one on and on; each takes so long. */
  function waitFor(shown: readonly (Server | null)[], found: Server | null, pollMs = 60_000): Promise<unknown> {
    nowMs = 0;
    let polls = 0;
    const next = (): Server | null => shown[Math.min(polls++, shown.length - 1)] ?? null;
    const ports = {
      clock: { monotonicMs: () => nowMs },
      cluster: { settleMs: 120_000 },
      cloud: { getServer: async () => found },
      servers: {
        async wait(_id: string, isSettled: (seen: Server | null) => boolean) {
          for (;;) {
            const seen = next();
            if (isSettled(seen)) return seen;
            nowMs += pollMs;
          }
        },
      },
    };
    return waitServer.perform(contextOf(ports), { node: 'c1' });
  }

  test('stuck in BUILD for 20 minutes: it is to be replaced', async () => {
    const building = server('s1', { status: 'BUILD' });
    expect(await failureOf(waitFor([building], building))).toMatchObject({
      id: 'E4015',
      code: 'server-stuck',
      message: 'c1: the server is in BUILD for 20 minutes',
      exitCode: 5,
    });
  });

  test('not listed and not found: it is gone', async () => {
    expect(await failureOf(waitFor([null], null))).toMatchObject({ code: 'server-gone', exitCode: 5 });
  });

  test('answered a moment ago and not visible yet: it is waited for, not replaced', async () => {
    const late = [...Array.from({ length: 20 }, () => null), server('s1', { zone: 'az1' })];
    expect(await waitFor(late, null, 5_000)).toEqual({ zone: 'az1' });
  });

  test('seen, then no more: it is gone at once', async () => {
    const seen = [server('s1', { status: 'BUILD' }), null];
    const error = await failureOf(waitFor(seen, null, 5_000));
    expect(error.code).toBe('server-gone');
    expect(nowMs).toBeLessThan(60_000);
  });

  test('not listed, but found: the list is wrong, and the server is kept', async () => {
    expect(await failureOf(waitFor([null], server('s1')))).toMatchObject({
      code: 'blind-list',
      disposition: 'retryable',
      exitCode: 75,
    });
  });
});

describe('stack.sh', () => {
  function runAs(verdict: JobResult['verdict'], quietMs: number, reports: string[] = []): Promise<unknown> {
    const log = { path: '/logs/run-stack.1.log', tail: async () => 'the last line\n', close: async () => undefined };
    const node = {
      async runJob(_spec: unknown, _log: unknown, _signal: unknown, onQuiet: (ms: number) => void) {
        if (quietMs > 0) onQuiet(quietMs);
        return { verdict, code: verdict === 'exited' ? 0 : null, logBytes: 0, logSha256: '' };
      },
      runShortJob: async () => ({ output: '' }),
    };
    const ports = {
      openLog: async () => log,
      node: () => ({ ...node, readFile: async () => new Uint8Array() }),
      cluster: { name: 'lab', layout: load(LAYOUT) },
      stackTimes: { list: () => [] },
      clock: {
        now: () => new Date(0),
        sleep: async (_: number, signal: AbortSignal) => {
          if (!signal.aborted)
            await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
          throw signal.reason;
        },
      },
    };
    return runStack.perform(contextOf(ports, reports), ACCESS);
  }

  test('over its wall limit: the log is named', async () => {
    expect(await failureOf(runAs('timeout', 0))).toMatchObject({
      id: 'E5005',
      code: 'stack-timeout',
      message: 'c1: stack.sh did not end within 3 h',
      fix: 'read /logs/run-stack.1.log',
      exitCode: 5,
    });
  });

  test('its end unknown: it is to be replaced', async () => {
    expect(await failureOf(runAs('lost', 0))).toMatchObject({
      id: 'E5007',
      code: 'job-lost',
      message: 'c1: the end of stack.sh is unknown: lost',
      exitCode: 5,
    });
  });

  test('ended in the middle with exit status 0: it is not taken for done', async () => {
    expect(await failureOf(runAs('exited', 0))).toMatchObject({
      id: 'E5003',
      code: 'stack-failed',
      message:
        'c1: stack.sh: exit 0: stack.sh ended in the middle, without an error; the last it printed: the last line',
      fix: expect.stringMatching(/^an exit in the localrc of --templates DIR.*\/logs\/run-stack\.1\.log/),
      details: { class: 'ended-early', isRetryable: false, lines: ['the last line'] },
    });
  });

  test('silent for 30 minutes: told, and waited for', async () => {
    const reports: string[] = [];
    await failureOf(runAs('timeout', 30 * 60_000, reports));
    expect(reports).toEqual(['W5004 quiet: no output for 30 min (running)']);
  });
});

describe('the clock of a server', () => {
  function checkAt(epochSeconds: number): Promise<unknown> {
    const output = `distro=debian\nversion=12\ndisk_free_kb=99999999\nmemory_kb=8000000\nepoch_seconds=${epochSeconds}\n`;
    const nothing = async (): Promise<void> => undefined;
    const ports = {
      clock: { now: () => new Date(1_000_000_000) },
      cluster: { layout: { devstack: { ref: 'master' } } },
      node: () => ({
        runShortJob: async () => ({ verdict: 'exited', code: 0, output, logBytes: 0, logSha256: '' }),
      }),
      openLog: async () => ({ restart: nothing, append: nothing, end: nothing, close: nothing }),
    };
    return checkServer.perform(contextOf(ports), { ...ACCESS, isForced: false });
  }

  test('off by 3 hours: both sides are to be set', async () => {
    expect(await failureOf(checkAt(1_000_000 - 3 * 3600))).toMatchObject({
      id: 'E5010',
      code: 'clock-skew',
      message: 'the clock of c1 differs from ours by 10800 s',
      fix: 'set the time on both sides, then run the same command again',
      exitCode: 5,
    });
  });

  test('off by less than 30 s: taken as it is', async () => {
    expect(await checkAt(1_000_000 - 29)).toMatchObject({ distro: 'debian' });
  });
});
