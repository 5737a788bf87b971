/** The ledger: every accepted effect of a rehearsal cloud, one line each; the world is what the lines make. */
import { AppendFile } from '../host/append-file.ts';
import type { Pace } from './timeline.ts';
import { Timeline } from './timeline.ts';
import { applyChanges, type Change, emptyWorld, type World } from './world.ts';

/** Who did what: for people and for those who check a run by its ledger. */
export interface Deed {
  readonly operation: string;
  readonly subject: string;
  readonly requestId: string;
}

/** One line of the file. `id` tells whose line it is; of several with one `seq` the first counts and the others never happened. */
interface Line {
  readonly seq: number;
  readonly id: string;
  /** Modelled and wall time, milliseconds. */
  readonly atMs: number;
  readonly wallMs: number;
  readonly deed?: Deed;
  readonly changes?: readonly Change[];
  readonly pace?: Pace;
}

/** What is to be recorded, made from the newest world: a line of somebody else in between means that it is made again. */
export interface Entry {
  readonly deed: Deed;
  readonly changes: readonly Change[];
}

/** The form of a line, as far as a torn or foreign one could differ. */
function parseLine(text: string): Line | null {
  try {
    const line = JSON.parse(text) as Partial<Line> | null;
    return typeof line?.seq === 'number' && typeof line.id === 'string' ? (line as Line) : null;
  } catch {
    // JSON.parse throws for one reason only: a writer was killed in the middle of this line.
    return null;
  }
}

/**
 * Any number of processes may hold the same ledger open at once, without locks: a line carries the number it wants, and the
 * first line with a number has it. Nothing is written before the first effect.
 */
export class Ledger {
  readonly world: World = emptyWorld();
  readonly timeline = new Timeline([]);
  private readonly file: AppendFile;
  private readonly wallMs: () => number;
  private readonly makeId: () => string;
  readonly speed: number;
  private offset = 0;
  private nextSeq = 0;
  /** The line we appended, until it is seen to have its number. */
  private awaited: string | null = null;

  /** `speed`: modelled seconds per second from the next effect on. */
  constructor(path: string, speed: number, wallMs: () => number, makeId: () => string) {
    this.file = new AppendFile(path);
    this.speed = speed;
    this.wallMs = wallMs;
    this.makeId = makeId;
  }

  /** Takes in what others appended. */
  refresh(): void {
    const bytes = this.file.readFrom(this.offset);
    const end = bytes.lastIndexOf(0x0a) + 1;
    if (end === 0) return;
    this.offset += end;
    for (const text of bytes.subarray(0, end).toString('utf8').split('\n')) {
      const line = text === '' ? null : parseLine(text);
      if (line !== null && line.seq === this.nextSeq) this.take(line);
    }
  }

  /** Modelled milliseconds now; 0 until something was done. */
  nowMs(): number {
    return this.timeline.modelAt(this.wallMs());
  }

  /**
   * Records one effect and applies it. `decide` sees the newest world and may be called again when another process was
   * faster; null means that there is nothing to record. Throws `io`, `disk-full`; then nothing was done.
   */
  record<Decision>(decide: () => Decision, entryOf: (decision: Decision) => Entry | null): Decision {
    this.refresh();
    for (;;) {
      // The pace before the first effect, so that the effect has a time.
      const pace = this.timeline.paceFor(this.speed, this.wallMs());
      const decision = decide();
      const entry = entryOf(decision);
      if (entry === null) return decision;
      if (pace !== null) this.append({ pace });
      else if (this.append(entry)) return decision;
    }
  }

  close(): void {
    this.file.close();
  }

  /** False when somebody else had the number first. */
  private append(content: Pick<Line, 'pace'> | Entry): boolean {
    const wallMs = this.wallMs();
    const id = this.makeId();
    const line: Line = { seq: this.nextSeq, id, atMs: this.timeline.modelAt(wallMs), wallMs, ...content };
    // A line end first: a line that a killed writer left torn ends there.
    this.file.append(`\n${JSON.stringify(line)}\n`);
    this.awaited = id;
    this.refresh();
    const isOurs = this.awaited === null;
    this.awaited = null;
    return isOurs;
  }

  private take(line: Line): void {
    this.nextSeq = line.seq + 1;
    if (line.id === this.awaited) this.awaited = null;
    if (line.pace !== undefined) this.timeline.add(line.pace);
    if (line.changes !== undefined) applyChanges(this.world, line.changes);
  }
}
