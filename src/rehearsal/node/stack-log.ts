/** The log and the summary of a run of stack.sh up to a time: told once, and stamped line by line as time comes to them. */
import type { Hold, StackRow } from '../world.ts';
import { elapsedMs, ownMs } from './hold.ts';
import { endAfterMs, LOG_FILE, milestonesOf } from './stack-run.ts';
import { tellStack } from './stack-story.ts';
import type { NodeView } from './view.ts';

type Wall = Pick<NodeView, 'wallAt'>;

/** Room for a stamp, which is always as long, so that no byte of a log depends on time but those of its stamps. */
const NO_STAMP = ' '.repeat('2026-03-01 12:00:00.123 | '.length);
const RELEASED = 'Other nodes are ready';
/** As many nodes as a builder works on at once at the most; others are told again when asked for. */
const LOGS_KEPT = 256;

function stamp(time: Date): string {
  return `${time.toISOString().replace('T', ' ').replace('Z', '')} | `;
}

class ToldLog {
  private readonly bytes: Buffer;
  private readonly afterMs: Float64Array;
  /** Where each line begins, and at last where the text ends. */
  private readonly offsets: Float64Array;
  private readonly isStamped: Uint8Array;
  private stampedLines = 0;

  constructor(row: StackRow) {
    const lines = tellStack(row);
    this.afterMs = new Float64Array(lines.length);
    this.isStamped = new Uint8Array(lines.length);
    this.offsets = new Float64Array(lines.length + 1);
    let offset = 0;
    const texts = lines.map(({ text, afterMs, isPlain }, index) => {
      const whole = `${isPlain ? '' : NO_STAMP}${text}\n`;
      offset += Buffer.byteLength(whole);
      this.afterMs[index] = afterMs;
      this.isStamped[index] = isPlain ? 0 : 1;
      this.offsets[index + 1] = offset;
      return whole;
    });
    this.bytes = Buffer.from(texts.join(''));
  }

  /** A line is stamped only when its time has come: the pace of the world may change before, but never afterwards. */
  until(startMs: number, untilMs: number, wall: Wall, hold: Hold | null): Buffer {
    const count = this.linesUntil(ownMs(hold, untilMs - startMs));
    for (; this.stampedLines < count; this.stampedLines += 1) {
      if (this.isStamped[this.stampedLines] === 1) this.stampLine(this.stampedLines, startMs, wall, hold);
    }
    return this.bytes.subarray(0, this.offsets[count]);
  }

  nextAfterMs(afterMs: number, hold: Hold | null): number {
    return elapsedMs(hold, this.afterMs[this.linesUntil(ownMs(hold, afterMs))] ?? Infinity);
  }

  private stampLine(line: number, startMs: number, wall: Wall, hold: Hold | null): void {
    const time = wall.wallAt(startMs + elapsedMs(hold, this.afterMs[line] ?? 0));
    this.bytes.write(stamp(time), this.offsets[line] ?? 0, 'latin1');
  }

  /** How many lines are there at a time: the times are in order. */
  private linesUntil(afterMs: number): number {
    let low = 0;
    let high = this.afterMs.length;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if ((this.afterMs[middle] ?? 0) <= afterMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** By the row itself, which stays the same object for as long as its run is in the world; the last asked for comes last. */
const told = new Map<StackRow, ToldLog>();

function logOf(row: StackRow): ToldLog {
  const log = told.get(row) ?? new ToldLog(row);
  told.delete(row);
  told.set(row, log);
  const [oldest] = told.keys();
  if (told.size > LOGS_KEPT && oldest !== undefined) told.delete(oldest);
  return log;
}

/** What stands in the log at a time. */
export function stackLog(
  row: StackRow,
  startMs: number,
  untilMs: number,
  wall: Wall,
  hold: Hold | null = null,
): Buffer {
  return logOf(row).until(startMs, untilMs, wall, hold);
}

/** When the next line comes; infinite after the last. */
export function nextStackLineMs(row: StackRow, startMs: number, nowMs: number, hold: Hold | null = null): number {
  return startMs + logOf(row).nextAfterMs(nowMs - startMs, hold);
}

/** What stands in the summary at a time: milestones, the words of its hold, and the line of success. */
export function stackSummary(
  row: StackRow,
  startMs: number,
  untilMs: number,
  wall: Wall,
  hold: Hold | null = null,
): Buffer {
  const endMs = endAfterMs(row);
  const passed = milestonesOf(row).filter(({ afterMs }) => afterMs <= endMs);
  const lines = [{ name: '', afterMs: 0, line: `stack.sh log ${LOG_FILE}` }, ...passed].flatMap((milestone) =>
    hold !== null && milestone.name === 'waiting' && hold.afterMs < endMs
      ? [milestone, { name: '', afterMs: hold.afterMs + 1, line: RELEASED }]
      : [milestone],
  );
  if (row.failsAt === null) {
    const seconds = Math.round(elapsedMs(hold, endMs) / 1000);
    lines.push({ name: '', afterMs: endMs, line: `stack.sh completed in ${seconds} seconds.` });
  }
  const due = lines.map(({ afterMs, line }) => ({ atMs: startMs + elapsedMs(hold, afterMs), line }));
  const passedBy = due.filter(({ atMs }) => atMs <= untilMs);
  return Buffer.from(passedBy.map(({ atMs, line }) => `${stamp(wall.wallAt(atMs))}${line}\n`).join(''));
}
