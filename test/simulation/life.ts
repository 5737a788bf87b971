/** The life of one simulated builder: it may die at a boundary, and who is dead does nothing more. */
import Sqlite from 'better-sqlite3';
import type { Clock } from '../../src/host/clock.ts';

/** Thrown at the boundary where a builder dies, and at every later one. */
export class Crash extends Error {
  override readonly name = 'Crash';
}

/** Counts boundaries by name; dies at the n-th. */
export class Life {
  /** Names in the order in which they were passed. */
  readonly passed: string[] = [];
  private at: number;

  /** `at` counts from 1; without it the builder lives to its end. */
  constructor(at = Number.POSITIVE_INFINITY) {
    this.at = at;
  }

  get isOver(): boolean {
    return this.passed.length >= this.at;
  }

  /** Ends it here, wherever it is. */
  end(): void {
    this.at = 0;
  }

  /** Throws `Crash` from the n-th boundary on. */
  readonly pass = (name: string): void => {
    if (!this.isOver) this.passed.push(name);
    if (this.isOver) throw new Crash(`at boundary ${this.passed.length}: ${this.passed.at(-1)}`);
  };

  /** A clock for this builder: the dead do not wait. */
  clock(clock: Clock): Clock {
    return {
      now: () => clock.now(),
      monotonicMs: () => clock.monotonicMs(),
      sleep: (ms, signal) => {
        if (this.isOver) return Promise.reject(new Crash('dead'));
        return clock.sleep(ms, signal);
      },
    };
  }
}

const realExec = Sqlite.prototype.exec;

/**
 * Every commit of the process is a boundary of `life` before and after, until the returned function is called: the driver
 * below the journal is where a commit really happens.
 */
export function watchCommits(life: Life): () => void {
  Sqlite.prototype.exec = function exec(this: Sqlite.Database, text: string) {
    if (life.isOver && text !== 'ROLLBACK') throw new Crash('dead');
    const isCommit = /(^|; )COMMIT$/.test(text.trim());
    if (isCommit) life.pass('journal.before-commit');
    const result = realExec.call(this, text);
    if (isCommit) life.pass('journal.after-commit');
    return result;
  };
  return () => {
    Sqlite.prototype.exec = realExec;
  };
}
