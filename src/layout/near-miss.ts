/** "Did you mean": the known word nearest to an unknown one. */
import { distance } from 'fastest-levenshtein';

/** What to advise about an unknown word: the nearest known one when it is near, else all of them. */
export function adviseWord(word: string, known: readonly string[]): string {
  const [best] = known
    .map((candidate) => ({ candidate, cost: distance(word.slice(0, 80).toLowerCase(), candidate.toLowerCase()) }))
    .sort((left, right) => left.cost - right.cost);
  // Two letters swapped cost two; in a word of three that is another word.
  const slips =
    best === undefined || best.candidate.length < 4 ? 1 : Math.max(2, Math.floor(best.candidate.length / 3));
  if (best !== undefined && best.cost <= slips) {
    return `did you mean "${best.candidate}"?`;
  }
  return known.length === 0 ? 'remove it' : `known here: ${known.join(', ')}`;
}

/** A value as a message may show it: quoted, control characters escaped, cut at 80 characters. */
export function showWord(value: string): string {
  const quoted = JSON.stringify(value.length > 80 ? `${value.slice(0, 79)}…` : value);
  return quoted.replaceAll(/[^\x20-\x7e…]/gu, (char) => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`);
}
