/** DevStack's summary while stack.sh runs: read as it grows, from its start, told to people with how far the run is. */
import type { Progress, StepContext } from '../engine/step.ts';
import { BuilderError } from '../errors.ts';
import { SUMMARY_FILE } from '../remote/commands/run-stack.ts';
import type { RemoteNode } from '../remote/remote.ts';
import { milestoneOf } from '../roles/milestones.ts';
import {
  type ExpectedTimes,
  measureProgress,
  parseSummary,
  type StackProgress,
  type SummaryLine,
} from '../roles/stack-progress.ts';
import { isWaitingWord, leaveOutWaiting, type Worked } from '../roles/waiting.ts';
import type { StepPorts } from './ports.ts';

type Context = Pick<StepContext<StepPorts>, 'ports' | 'report'>;

const PAUSE_MS = 3_000;
const CHUNK = 64 * 1024;
const NEWLINE = 0x0a;
const MINUTE_MS = 60_000;

export class SummaryFollower {
  private readonly context: Context;
  private readonly node: RemoteNode;
  private readonly expected: ExpectedTimes;
  /** Milestones, and the words of waiting between them. */
  private readonly lines: SummaryLine[] = [];
  private offset = 0;
  /** What was read of a line that is not whole yet. */
  private rest: Uint8Array = Buffer.alloc(0);
  private words = '';
  private percent = 0;
  private told = '';

  constructor(context: Context, node: RemoteNode, expected: ExpectedTimes) {
    this.context = context;
    this.node = node;
    this.expected = expected;
  }

  /** What was read so far, without the time in which other nodes were waited for. */
  get worked(): Worked {
    return leaveOutWaiting(this.lines, this.context.ports.clock.now().getTime());
  }

  /** Until `signal` aborts or a look was enough; a lost connection only pauses it. */
  async follow(signal: AbortSignal, isEnough: () => boolean): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.look(signal);
        if (isEnough()) return;
        await this.context.ports.clock.sleep(PAUSE_MS, signal);
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    }
  }

  private async look(signal: AbortSignal): Promise<void> {
    try {
      await this.read(signal);
      this.tell();
    } catch (error) {
      // The summary is for people only: the job itself is followed elsewhere and speaks for its own connection.
      if (!(error instanceof BuilderError)) throw error;
    }
  }

  /** Takes what came since the last look. */
  async read(signal: AbortSignal): Promise<void> {
    for (;;) {
      const bytes = await this.node.readFile(SUMMARY_FILE, this.offset, CHUNK, signal);
      this.offset += bytes.length;
      this.take(bytes);
      if (bytes.length < CHUNK) return;
    }
  }

  /** Other words for what goes on, until the summary has new ones. */
  say(words: string): void {
    this.words = words;
    this.tell();
  }

  private take(bytes: Uint8Array): void {
    const all = Buffer.concat([this.rest, bytes]);
    const end = all.lastIndexOf(NEWLINE) + 1;
    this.rest = all.subarray(end);
    const lines = parseSummary(all.toString('utf8', 0, end), this.context.ports.clock.now().getTime());
    this.lines.push(...lines.filter((line) => milestoneOf(line.text) !== null || isWaitingWord(line)));
    this.words = lines.at(-1)?.text ?? this.words;
  }

  /** What was told already is not told again: the same words at the same percent and minute. */
  private tell(): void {
    if (this.words === '') return;
    const { lines, nowMs } = this.worked;
    const seen = measureProgress(lines, this.expected, nowMs);
    const progress = seen === null ? undefined : this.toProgress(seen);
    const minutes = Math.ceil((progress?.remainingMs ?? 0) / MINUTE_MS);
    const telling = [this.words, progress?.percent ?? '', minutes].join(' ');
    if (telling === this.told) return;
    this.told = telling;
    this.context.report(this.words, progress);
  }

  /** The end is told by the step's outcome alone: until then there is no 100 %. Our clock may be set back: what was told stays. */
  private toProgress({ fraction, milestone, remainingMs }: StackProgress): Progress {
    this.percent = Math.max(this.percent, Math.min(99, Math.floor(fraction * 100)));
    return { percent: this.percent, milestone, remainingMs };
  }
}
