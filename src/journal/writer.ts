/** All writes to a state: those asked for in one turn of the event loop share a transaction, fenced by our epoch. */
import { BuilderError } from '../errors.ts';
import type { Ballast } from '../host/free-space.ts';
import { atNextTurn } from '../host/next-turn.ts';
import { type Database, sql } from './database.ts';

interface Pending {
  readonly isIntent: boolean;
  readonly work: () => unknown;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** What makes the whole transaction worthless; every other error is one write's own. */
const COMMON: readonly string[] = ['disk-full', 'io', 'state-damaged', 'busy', 'fenced'];
/** After these nothing more is written: a failed fsync must not be tried again, and another builder rules. */
const FINAL: readonly string[] = ['io', 'state-damaged', 'fenced'];

function hasCode(error: unknown, codes: readonly string[]): error is BuilderError {
  return error instanceof BuilderError && codes.includes(error.code);
}

export class Writer {
  /** Transactions committed so far, for those who watch what a run costs. */
  commits = 0;
  private readonly database: Database;
  private readonly epoch: number;
  private queue: Pending[] = [];
  private notes: (() => void)[] = [];
  private callOff: (() => void) | null = null;
  private broken: BuilderError | null = null;
  private readonly ballast: Ballast;
  /** Set once we live on what the ballast gave. */
  private full: BuilderError | null = null;

  constructor(database: Database, epoch: number, ballast: Ballast) {
    this.database = database;
    this.epoch = epoch;
    this.ballast = ballast;
  }

  /**
   * Runs `work` inside the next transaction; resolves when it is on the disk. Rejects with what `work` threw (only it is undone
   * then), `fenced` when another builder took the state over, `disk-full`, `io`.
   */
  write<T>(work: () => T): Promise<T> {
    return this.enqueue(work, false);
  }

  /** As `write`, for what an effect follows: refused once the disk was full, so that what runs can still be recorded. */
  writeIntent<T>(work: () => T): Promise<T> {
    return this.full === null ? this.enqueue(work, true) : Promise.reject(this.full);
  }

  /** Runs `work` with the next commit; nobody waits for it, and where that commit fails it goes with the one after. */
  note(work: () => void): void {
    if (this.broken !== null) return;
    this.notes.push(work);
    this.schedule();
  }

  /** Writes what is waiting, then refuses everything. */
  close(): void {
    this.flush();
    this.broken ??= new BuilderError('internal', 'the state is closed', { at: this.database.file });
  }

  private enqueue<T>(work: () => T, isIntent: boolean): Promise<T> {
    if (this.broken !== null) return Promise.reject(this.broken);
    return new Promise<T>((resolve, reject) => {
      this.queue.push({ isIntent, work, resolve: resolve as (value: unknown) => void, reject });
      this.schedule();
    });
  }

  private schedule(): void {
    this.callOff ??= atNextTurn(() => this.flush());
  }

  private flush(): void {
    this.callOff?.();
    this.callOff = null;
    const { queue, notes } = this;
    if (queue.length + notes.length === 0) return;
    this.queue = [];
    this.notes = [];
    try {
      const settlements = this.commit(queue, notes);
      for (const settle of settlements) settle();
    } catch (error) {
      this.undo('ROLLBACK');
      if (hasCode(error, FINAL)) this.broken = error;
      else this.notes = notes;
      const isAgain = hasCode(error, ['disk-full']) && this.ballast.giveUp();
      if (isAgain) this.full = error;
      const isLost = ({ isIntent }: Pending): boolean => isIntent || !isAgain;
      for (const { reject } of queue.filter(isLost)) reject(error);
      this.queue = queue.filter((pending) => !isLost(pending));
      // At most once more: the ballast is gone now.
      if (isAgain) this.flush();
    }
  }

  private commit(queue: readonly Pending[], notes: readonly (() => void)[]): readonly (() => void)[] {
    this.database.execute('BEGIN IMMEDIATE');
    this.checkEpoch();
    const settlements = queue.map((pending) => this.runOne(pending));
    for (const note of notes) note();
    this.database.execute('COMMIT');
    this.commits += 1;
    return settlements;
  }

  private checkEpoch(): void {
    const ruling = this.database.first(sql.selectFrom('owner').select('epoch'))?.epoch ?? 0;
    if (ruling === this.epoch) return;
    throw new BuilderError('fenced', `another builder took over (epoch ${ruling}, ours is ${this.epoch})`, {
      at: this.database.file,
      state: 'this builder changes nothing more; the other goes on',
      fix: 'see who works: ./builder status',
    });
  }

  private runOne({ work, resolve, reject }: Pending): () => void {
    this.database.execute('SAVEPOINT one');
    try {
      const value = work();
      this.database.execute('RELEASE one');
      return () => resolve(value);
    } catch (error) {
      if (hasCode(error, COMMON)) throw error;
      this.undo('ROLLBACK TO one; RELEASE one');
      return () => reject(error);
    }
  }

  /** Some errors make SQLite roll back by itself. */
  private undo(statement: string): void {
    if (this.database.isInTransaction) this.database.execute(statement);
  }
}
