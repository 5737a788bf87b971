/** Chance that a seed rules: the same words give the same number in every process. */
import { createHash } from 'node:crypto';

/** At least 0, less than 1. */
export function spread(seed: number, ...words: readonly (string | number)[]): number {
  const digest = createHash('sha256')
    .update(JSON.stringify([seed, ...words]))
    .digest();
  return digest.readUIntBE(0, 6) / 2 ** 48;
}
