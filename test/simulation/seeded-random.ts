/** Chance that a seed rules, in the form of the port: a history is the same each time. */
import type { Random } from '../../src/host/random.ts';

const LETTERS = 'abcdefghijklmnopqrstuvwxyz234567';

/** At least 0, less than 1, and the same for a seed everywhere. */
export type Chance = () => number;

/** A row of numbers that the seed alone decides (mulberry32). */
export function seededChance(seed: number): Chance {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A whole number, at least 0, less than `count`. */
export function below(count: number, chance: Chance): number {
  return Math.floor(chance() * count);
}

export function seededRandom(chance: Chance): Random {
  const word = (length: number, letters: string): string =>
    Array.from({ length }, () => letters[below(letters.length, chance)]).join('');
  const hex = (length: number): string => word(length, '0123456789abcdef');
  return {
    id: () => word(26, LETTERS),
    uuid: () => `${hex(8)}-${hex(4)}-4${hex(3)}-8${hex(3)}-${hex(12)}`,
    password: () => word(20, LETTERS),
    fraction: chance,
  };
}
