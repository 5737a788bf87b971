/** Failed steps that a replacement may mend: asked about one after the other, each on the plan as the one before left it. */
import type { BuilderError } from '../errors.ts';
import type { Replacement, StepRecord } from './journal.ts';

export interface Failure {
  readonly step: StepRecord;
  readonly error: BuilderError;
}

export class Recovery {
  private readonly waiting: Failure[] = [];
  private current: Replacement | null = null;
  private held: ReadonlySet<number> = new Set();

  add(failure: Failure): void {
    this.waiting.push(failure);
  }

  /** The next failure to ask about; null while a replacement is under way or nothing failed. */
  next(): Failure | null {
    return this.current === null ? (this.waiting.shift() ?? null) : null;
  }

  /** From now on none of its superseded steps may begin. */
  begin(replacement: Replacement): void {
    this.current = replacement;
    this.held = new Set(replacement.supersede);
  }

  isHeld(stepId: number): boolean {
    return this.held.has(stepId);
  }

  /** The replacement that can be made now: none of the steps it supersedes runs any more. */
  due(running: ReadonlyMap<number, unknown>): Replacement | null {
    return this.current?.supersede.some((id) => running.has(id)) === true ? null : this.current;
  }

  end(): void {
    this.current = null;
    this.held = new Set();
  }
}
