/** The log and the summary of a run of stack.sh up to a time: told once, and stamped line by line as time comes to them. */
import type { StackRow } from '../world.ts';
import { endAfterMs, LOG_FILE, milestonesOf } from './stack-run.ts';
import { tellStack } from './stack-story.ts';
import type { NodeView } from './view.ts';

type Wall = Pick<NodeView, 'wallAt'>;

/** Room for a stamp, which is always as long, so that no byte of a log depends on time but those of its stamps. */
const NO_STAMP = ' '.repeat('2026-03-01 12:00:00.123 | '.length);
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
  until(startMs: number, untilMs: number, wall: Wall): Buffer {
    const count = this.linesUntil(untilMs - startMs);
    for (; this.stampedLines < count; this.stampedLines += 1) {
      if (this.isStamped[this.stampedLines] === 1) this.stampLine(this.stampedLines, startMs, wall);
    }
    return this.bytes.subarray(0, this.offsets[count]);
  }

  nextAfterMs(afterMs: number): number {
    return this.afterMs[this.linesUntil(afterMs)] ?? Infinity;
  }

  private stampLine(line: number, startMs: number, wall: Wall): void {
    const time = wall.wallAt(startMs + (this.afterMs[line] ?? 0));
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
export function stackLog(row: StackRow, startMs: number, untilMs: number, wall: Wall): Buffer {
  return logOf(row).until(startMs, untilMs, wall);
}

/** When the next line comes; infinite after the last. */
export function nextStackLineMs(row: StackRow, startMs: number, nowMs: number): number {
  return startMs + logOf(row).nextAfterMs(nowMs - startMs);
}

/** What stands in the summary at a time: milestones, and the line of success. */
export function stackSummary(row: StackRow, startMs: number, untilMs: number, wall: Wall): Buffer {
  const endMs = endAfterMs(row);
  const passed = milestonesOf(row).filter(({ afterMs }) => afterMs <= endMs);
  const lines = [{ afterMs: 0, line: `stack.sh log ${LOG_FILE}` }, ...passed];
  if (row.failsAt === null) {
    lines.push({ afterMs: endMs, line: `stack.sh completed in ${Math.round(endMs / 1000)} seconds.` });
  }
  const due = lines.filter(({ afterMs }) => startMs + afterMs <= untilMs);
  return Buffer.from(due.map(({ afterMs, line }) => `${stamp(wall.wallAt(startMs + afterMs))}${line}\n`).join(''));
}
