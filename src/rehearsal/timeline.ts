/** Modelled time: how far the world is at a wall time, when it runs faster than ours and its speed was changed on the way. */

/** From this wall time on the world runs at this speed (modelled seconds per second). */
export interface Pace {
  readonly wallMs: number;
  readonly modelMs: number;
  readonly speed: number;
}

/** Pure: paces in order, the first at modelled time 0. */
export class Timeline {
  private readonly paces: Pace[];

  constructor(paces: readonly Pace[]) {
    this.paces = [...paces];
  }

  /** Modelled milliseconds at a wall time; never runs backwards when the wall clock does. */
  modelAt(wallMs: number): number {
    const pace = this.paces.findLast((candidate) => candidate.wallMs <= wallMs) ?? this.paces[0];
    if (pace === undefined) return 0;
    return pace.modelMs + Math.max(0, wallMs - pace.wallMs) * pace.speed;
  }

  /** The wall time of a modelled one, future ones at today's speed. */
  wallAt(modelMs: number): number {
    const pace = this.paces.findLast((candidate) => candidate.modelMs <= modelMs) ?? this.paces[0];
    if (pace === undefined) return 0;
    return pace.wallMs + (modelMs - pace.modelMs) / pace.speed;
  }

  /** Whether there is a pace. */
  get hasBegun(): boolean {
    return this.paces.length > 0;
  }

  /** What must be recorded to go on at another speed; null when it is this one already. */
  paceFor(speed: number, wallMs: number): Pace | null {
    const last = this.paces.at(-1);
    if (last === undefined) return { wallMs, modelMs: 0, speed };
    if (last.speed === speed) return null;
    return { wallMs: Math.max(wallMs, last.wallMs), modelMs: this.modelAt(wallMs), speed };
  }

  add(pace: Pace): void {
    this.paces.push(pace);
  }
}
