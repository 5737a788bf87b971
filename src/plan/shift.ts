/** What another plan changes of a stored one, step by step: what is new, what is done again, what counts no more. */
import { isDeepStrictEqual } from 'node:util';
import type { StepRecord } from '../engine/journal.ts';
import type { PlannedStep, RepeatClass } from '../engine/step.ts';
import { BuilderError } from '../errors.ts';

/** What must be known of a kind of step. */
export interface KindFacts {
  readonly repeat: RepeatClass;
  readonly input: { safeParse(value: unknown): { readonly success: boolean; readonly data?: unknown } };
}
export type Kinds = ReadonlyMap<string, KindFacts>;

export interface Shift {
  /** Ids of steps that no longer count. */
  readonly supersede: readonly number[];
  readonly insert: readonly PlannedStep[];
}

interface Wanted {
  /** The steps that count now. */
  readonly steps: readonly StepRecord[];
  /** Today's plan of what the stored one was made for: where it differs from the stored one, an earlier builder made that. */
  readonly before: readonly PlannedStep[];
  readonly after: readonly PlannedStep[];
  readonly kinds: Kinds;
  /** Neither begun nor done again: steps of nodes that leave, and whatever else is decided elsewhere. */
  isLeft(step: PlannedStep): boolean;
  /** What takes back what a step did that is in the plan no more; null where nothing has to be. */
  undo(step: PlannedStep): PlannedStep | null;
  /** Keys of steps that count no more, whatever the plans say. */
  readonly drop: ReadonlySet<string>;
}

class Shifting {
  private readonly wanted: Wanted;
  private readonly live: ReadonlyMap<string, StepRecord>;
  private readonly after: ReadonlyMap<string, PlannedStep>;
  /** Keys of today's plans. */
  private readonly planned: ReadonlySet<string>;
  private readonly dropped = new Set<string>();
  private readonly inserted = new Map<string, PlannedStep>();

  constructor(wanted: Wanted) {
    this.wanted = wanted;
    this.live = new Map(wanted.steps.map((step) => [step.planned.key, step]));
    this.after = new Map(wanted.after.map((step) => [step.key, step]));
    this.planned = new Set([...wanted.before, ...wanted.after].map(({ key }) => key));
  }

  run(): Shift {
    const { before, after, drop } = this.wanted;
    const earlier = new Map(before.map((step) => [step.key, step]));
    for (const key of drop) this.dropped.add(key);
    for (const step of after) this.take(step, earlier.get(step.key));
    for (const step of before) this.forget(step);
    this.complete();
    this.mend();
    return {
      supersede: this.wanted.steps.filter(({ planned }) => this.dropped.has(planned.key)).map(({ id }) => id),
      insert: [...this.inserted.values()],
    };
  }

  private counts(key: string): boolean {
    return this.inserted.has(key) || (this.live.has(key) && !this.dropped.has(key));
  }

  private canRepeat({ kind }: PlannedStep): boolean {
    const repeat = this.wanted.kinds.get(kind)?.repeat;
    return repeat === 'read' || repeat === 'idempotent';
  }

  /** As the step itself reads it: what an earlier builder did not say may be today's default. */
  private inputOf({ kind, input }: PlannedStep): unknown {
    const parsed = this.wanted.kinds.get(kind)?.input.safeParse(input);
    return parsed?.success === true ? parsed.data : input;
  }

  private hasSameInput(left: PlannedStep, right: PlannedStep): boolean {
    return isDeepStrictEqual(this.inputOf(left), this.inputOf(right));
  }

  private isSame(left: PlannedStep, right: PlannedStep): boolean {
    const [edges, others] = [new Set(left.after), new Set(right.after)];
    return this.hasSameInput(left, right) && edges.size === others.size && edges.isSubsetOf(others);
  }

  private take(step: PlannedStep, earlier: PlannedStep | undefined): void {
    const record = this.live.get(step.key);
    if (this.wanted.isLeft(step) || (record !== undefined && this.isSame(record.planned, step))) return;
    // Today's builder would have planned it so before: that is no reason to touch what is done.
    if (earlier !== undefined && this.isSame(earlier, step)) return;
    if (record === undefined) this.inserted.set(step.key, step);
    else if (record.attempts.length === 0 || this.canRepeat(step)) this.doAgain(this.withAdded(step, record));
    else if (!this.hasSameInput(record.planned, step)) throw this.conflict(step, 'the new layout wants it otherwise');
  }

  /** What was put into the stored plan besides, as unstack.sh is, is waited for as before. */
  private withAdded(step: PlannedStep, { planned }: StepRecord): PlannedStep {
    return { ...step, after: [...step.after, ...planned.after.filter((key) => !this.planned.has(key))] };
  }

  private doAgain(step: PlannedStep): void {
    this.dropped.add(step.key);
    this.inserted.set(step.key, step);
  }

  private forget(step: PlannedStep): void {
    const record = this.live.get(step.key);
    if (this.after.has(step.key) || this.wanted.isLeft(step) || record === undefined) return;
    this.dropped.add(step.key);
    const undoing = record.attempts.length > 0 ? this.wanted.undo(record.planned) : null;
    if (undoing !== null) this.inserted.set(step.key, undoing);
  }

  /** What new steps need and an earlier builder did not plan; a `once` step that is missing from a node is none of theirs. */
  private complete(): void {
    for (const { after } of this.inserted.values()) {
      for (const key of after) {
        const step = this.after.get(key);
        // Entries that are added meanwhile are visited too.
        if (step !== undefined && !this.counts(key) && !this.wanted.isLeft(step) && this.canRepeat(step))
          this.inserted.set(key, step);
      }
    }
  }

  /** No edge may lead to what does not count. What is done needs none. */
  private mend(): void {
    for (const step of this.inserted.values()) this.inserted.set(step.key, this.withoutLoose(step));
    for (const { planned, state, attempts } of this.live.values()) {
      if (state === 'done' || !this.counts(planned.key) || this.inserted.has(planned.key)) continue;
      const mended = this.withoutLoose(planned);
      if (mended.after.length === planned.after.length) continue;
      if (attempts.length > 0 && !this.canRepeat(planned))
        throw this.conflict(planned, 'it waits for a node that leaves');
      this.doAgain(mended);
    }
  }

  private withoutLoose(step: PlannedStep): PlannedStep {
    return { ...step, after: step.after.filter((key) => this.counts(key)) };
  }

  private conflict({ key }: PlannedStep, why: string): BuilderError {
    return new BuilderError('layout-changed', `${key} was begun for the saved layout, and ${why}`, {
      at: key,
      state: 'the saved layout is in force; nothing was touched',
      fix: 'let the builder finish with the saved layout first: the same command without the change',
    });
  }
}

/** Throws `layout-changed` where something cannot be done again that would have to be. */
export function shiftPlan(wanted: Wanted): Shift {
  return new Shifting(wanted).run();
}
