/** A sweep over images of disks: how long it goes on, and what it has to tell. */
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { spread } from '../../../src/rehearsal/chance.ts';
import type { Chance } from '../../simulation/seeded-random.ts';
import type { Verdict } from './inspect.ts';

/** Ends after so many images, or with the first one after so many minutes. */
export type SweepWishes = { readonly seed: number } & ({ readonly cases: number } | { readonly minutes: number });

export interface SweepReport {
  readonly seed: number;
  /** Images that were opened by the builder's own code. */
  readonly images: number;
  /** The most acknowledged commits that one image should have held: a sweep of empty images proves nothing. */
  readonly mostCommits: number;
  /** Acknowledged commits that were not there, summed over all images. */
  readonly lostCommits: number;
  readonly damagedImages: number;
  /** The first few of what went wrong, each with the image that shows it. */
  readonly complaints: readonly string[];
}

const MAX_COMPLAINTS = 10;

export class Sweep {
  private images = 0;
  private mostCommits = 0;
  private lostCommits = 0;
  private damagedImages = 0;
  private readonly complaints: string[] = [];
  private readonly wishes: SweepWishes;
  private readonly startedMs = performance.now();

  constructor(wishes: SweepWishes) {
    this.wishes = wishes;
  }

  get isOver(): boolean {
    if ('cases' in this.wishes) return this.images >= this.wishes.cases;
    return performance.now() - this.startedMs >= this.wishes.minutes * 60_000;
  }

  add(image: string, commits: number, { lost, damage }: Verdict): void {
    this.images += 1;
    this.mostCommits = Math.max(this.mostCommits, commits);
    this.lostCommits += lost;
    this.damagedImages += Number(damage.length > 0);
    const found = [...(lost > 0 ? [`${lost} acknowledged commits lost`] : []), ...damage];
    if (found.length > 0 && this.complaints.length < MAX_COMPLAINTS)
      this.complaints.push(`${image}: ${found.join('; ')}`);
  }

  report(): SweepReport {
    const { images, mostCommits, lostCommits, damagedImages, complaints } = this;
    return { seed: this.wishes.seed, images, mostCommits, lostCommits, damagedImages, complaints };
  }
}

/** A row of numbers that the seed and the words decide. */
export function chanceOf(seed: number, ...words: readonly (string | number)[]): Chance {
  let count = 0;
  return () => spread(seed, ...words, count++);
}

/** In memory where that can be: the traces know what was synced, the folders of images need not be. */
export function scratchParent(): string {
  return existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
}
