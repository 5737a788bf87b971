/** stack.sh as people see it while it runs, and what is learned from it; its job is played by the test. */
import { describe, expect, test } from 'vitest';
import type { JsonObject, Progress, StepContext } from '../../../src/engine/step.ts';
import { BuilderError } from '../../../src/errors.ts';
import type { StepPorts } from '../../../src/steps/ports.ts';
import { runStack } from '../../../src/steps/run-stack.ts';
import { load } from '../layout/small-layout.ts';

const BEGAN_MS = Date.parse('2026-03-01T12:00:00Z');
const LAYOUT = 'version: 1\nname: one\ngroups:\n  c1: {role: allinone}\n';
const OUTPUTS: Readonly<Record<string, object>> = { 'create-port/c1': { address: '10.0.0.5' } };

function line(second: number, text: string): string {
  return `${new Date(BEGAN_MS + second * 1000).toISOString().replace('T', ' ').replace('Z', '')} | ${text}\n`;
}

type Report = readonly [text: string, progress: Progress | undefined];

/** A run of stack.sh: the summary as it is at each look, a look every 3 s; the job ends after the last. */
class PlayedRun {
  readonly reports: Report[] = [];
  readonly recorded: unknown[] = [];
  learned: readonly JsonObject[] = [];
  /** Looks that fail. */
  cuts: readonly number[] = [];
  /** At this look our clock was set back by so much. */
  setBack: readonly [look: number, seconds: number] = [-1, 0];
  /** Of the looks, this one comes after such a silence. */
  quietAt = -1;
  private readonly summaries: readonly string[];
  private readonly signal: AbortSignal;
  private look = 0;
  private nowMs: number;
  private onQuiet: (quietMs: number) => void = () => undefined;
  private readonly over = Promise.withResolvers<void>();

  constructor(summaries: readonly string[], beganAfterS = 0, signal = new AbortController().signal) {
    this.summaries = summaries;
    this.nowMs = BEGAN_MS + beganAfterS * 1000;
    this.signal = signal;
  }

  run(): Promise<unknown> {
    const context = {
      key: 'run-stack/c1',
      generation: 1,
      attempt: 1,
      epoch: 1,
      signal: this.signal,
      report: (text: string, progress?: Progress) => this.reports.push([text, progress]),
      outputOf: (key: string) => OUTPUTS[key],
      findOutput: () => null,
      ports: this.ports(),
    };
    return runStack.perform(context as unknown as StepContext<StepPorts>, {
      node: 'c1',
      user: 'debian',
      access: 'fixed',
      isHeld: false,
      restack: 0,
    });
  }

  private ports(): object {
    return {
      secrets: { get: () => '' },
      keys: { publicOf: () => '' },
      cluster: { layout: load(LAYOUT) },
      openLog: async () => ({ path: '', tail: async () => '', close: async () => undefined }),
      clock: { now: () => new Date(this.nowMs), sleep: (ms: number, signal: AbortSignal) => this.sleep(ms, signal) },
      stackTimes: {
        list: () => this.learned,
        record: (kind: unknown, { key, generation }: StepContext<unknown>, times: unknown) =>
          this.recorded.push({ kind, key, generation, times }),
      },
      node: () => ({
        runJob: async (_spec: unknown, _log: unknown, _signal: unknown, onQuiet: (ms: number) => void) => {
          this.onQuiet = onQuiet;
          await this.over.promise;
          return { verdict: 'exited', code: 0, logBytes: 0, logSha256: '' };
        },
        runShortJob: async () => ({ verdict: 'exited', code: 0, output: 'stack.sh completed in 100 seconds.' }),
        readFile: async (_path: string, offset: number, limit: number) => this.read(offset, limit),
      }),
    };
  }

  private read(offset: number, limit: number): Uint8Array {
    if (this.cuts.includes(this.look)) throw new BuilderError('ssh-lost', 'cut');
    const text = this.summaries[Math.min(this.look, this.summaries.length - 1)] ?? '';
    return Buffer.from(text).subarray(offset, offset + limit);
  }

  private async sleep(ms: number, signal: AbortSignal): Promise<void> {
    this.nowMs += ms;
    this.look += 1;
    if (this.look === this.setBack[0]) this.nowMs -= this.setBack[1] * 1000;
    if (this.look === this.quietAt) this.onQuiet(30 * 60_000);
    if (this.look < this.summaries.length - 1) return;
    this.over.resolve();
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    throw signal.reason;
  }
}

const LOG = line(0, 'stack.sh log /opt/stack/logs/stack.sh.log');
const PACKAGES = line(1, 'Installing package prerequisites');
const NOVA = line(60, 'Starting Nova');
const END = line(100, 'stack.sh completed in 100 seconds.');
const TIMES = { 'stack.sh log': 1_000, 'Installing package prerequisites': 59_000, 'Starting Nova': 40_000 };

function percentsOf(reports: readonly Report[]): readonly (number | undefined)[] {
  return reports.map(([, progress]) => progress?.percent);
}

describe('a run of stack.sh', () => {
  test('is told as it moves on, once for each percent and milestone, and never as finished', async () => {
    const played = new PlayedRun([
      '',
      LOG,
      LOG + PACKAGES,
      LOG + PACKAGES,
      LOG + PACKAGES + NOVA,
      LOG + PACKAGES + NOVA + END,
    ]);
    played.learned = [TIMES];
    await played.run();
    expect(played.reports.map(([text, progress]) => `${progress?.percent} ${text}`)).toEqual([
      '1 stack.sh log /opt/stack/logs/stack.sh.log',
      '6 Installing package prerequisites',
      '9 Installing package prerequisites',
      '60 Starting Nova',
    ]);
    expect(played.reports.at(-1)?.[1]).toMatchObject({ milestone: 'Starting Nova' });
  });

  test('says how long it still takes once that was learned', async () => {
    const played = new PlayedRun([LOG + PACKAGES, '']);
    played.learned = [TIMES];
    await played.run();
    expect(played.reports[0]?.[1]).toMatchObject({ percent: 1, remainingMs: expect.any(Number) });
    const unknown = new PlayedRun([LOG + PACKAGES, '']);
    await unknown.run();
    expect(unknown.reports[0]?.[1]).toMatchObject({ percent: 0, remainingMs: null });
  });

  test('that is attached to in the middle is known at the first look', async () => {
    const played = new PlayedRun([LOG + PACKAGES + NOVA, ''], 80);
    played.learned = [TIMES];
    await played.run();
    expect(played.reports[0]).toEqual([
      'Starting Nova',
      { percent: 80, milestone: 'Starting Nova', remainingMs: 20_000 },
    ]);
  });

  test('is told in the words of lines that are no milestones too, and as silent until it speaks again', async () => {
    const plugin = line(3, 'my plugin works');
    const played = new PlayedRun([
      LOG + PACKAGES,
      LOG + PACKAGES + plugin,
      LOG + PACKAGES + plugin,
      LOG + PACKAGES + plugin,
      END,
    ]);
    played.quietAt = 2;
    await played.run();
    const texts = played.reports.map(([text]) => text);
    expect(texts.filter((text, index) => text !== texts[index - 1])).toEqual([
      'Installing package prerequisites',
      'my plugin works',
      'W5004 quiet: no output for 30 min (running)',
    ]);
  });

  test('is told in whole lines, wherever a look cut them', async () => {
    const whole = LOG + PACKAGES + NOVA;
    const played = new PlayedRun([whole.slice(0, 40), whole.slice(0, LOG.length + 30), whole, '']);
    played.learned = [TIMES];
    await played.run();
    expect(played.reports.map(([text]) => text)).toEqual([
      'stack.sh log /opt/stack/logs/stack.sh.log',
      'Starting Nova',
    ]);
  });

  test('before its first milestone says what it has', async () => {
    const played = new PlayedRun(['hello\n', 'hello\n', '']);
    await played.run();
    expect(played.reports).toEqual([['hello', undefined]]);
  });

  test('goes on from what was told when our clock is set back', async () => {
    const played = new PlayedRun([LOG + PACKAGES, LOG + PACKAGES, LOG + PACKAGES + line(9, 'my plugin works'), '']);
    played.learned = [TIMES];
    played.setBack = [2, 30];
    await played.run();
    expect(percentsOf(played.reports)).toEqual([1, 3, 3]);
  });

  test('goes on being told after a cut', async () => {
    const played = new PlayedRun([LOG, LOG + PACKAGES, LOG + PACKAGES + NOVA, '']);
    played.cuts = [0, 1];
    played.learned = [TIMES];
    await played.run();
    expect(percentsOf(played.reports)).toEqual([60]);
  });
});

describe('what a run teaches', () => {
  const kind = [
    'https://opendev.org/openstack/devstack',
    'allinone',
    expect.stringMatching(/^c-api,.*,key,mysql,.*,n-cpu,.*,rabbit$/),
  ];

  test('is recorded from its whole summary, for runs of its role and services', async () => {
    const played = new PlayedRun([LOG, LOG + PACKAGES + NOVA + END]);
    await played.run();
    expect(played.recorded).toEqual([{ kind, key: 'run-stack/c1', generation: 1, times: TIMES }]);
  });

  test('is nothing where the end of its summary cannot be read, and the run has ended well all the same', async () => {
    const played = new PlayedRun([LOG, LOG + PACKAGES + NOVA + END]);
    played.cuts = [1];
    expect(await played.run()).toMatchObject({ seconds: 100 });
    expect(played.recorded).toEqual([]);
  });

  test('is used by the next one, and what was kept of another shape is not', async () => {
    const played = new PlayedRun([LOG + PACKAGES, '']);
    played.learned = [{ 'Starting Nova': 'soon' }, { nonsense: 5 }];
    await played.run();
    expect(played.reports[0]?.[1]).toMatchObject({ remainingMs: null });
  });
});
