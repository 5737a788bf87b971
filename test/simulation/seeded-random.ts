/** Chance that a seed rules, in the form of the port: a history is the same each time. */
import type { Random } from '../../src/host/random.ts';

const LETTERS = 'abcdefghijklmnopqrstuvwxyz234567';

/** At least 0, less than 1, and the same for a seed everywhere. */
export type Chance = () => number;

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
