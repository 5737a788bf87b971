/** "Did you mean": the known word nearest to an unknown one. */
import { distance } from 'fastest-levenshtein';

/** The known word nearest to a word, and how many letters are between them. */
export function nearestWord(
  word: string,
  known: readonly string[],
): { readonly word: string; readonly slips: number } | null {
  const [best] = known
    .map((candidate) => ({
      word: candidate,
      slips: distance(word.slice(0, 80).toLowerCase(), candidate.toLowerCase()),
    }))
    .sort((left, right) => left.slips - right.slips);
  return best ?? null;
}

/** What to advise about an unknown word: the nearest known one when it is near, else all of them or what is given. */
export function adviseWord(
  word: string,
  known: readonly string[],
  otherwise = `known here: ${known.join(', ')}`,
): string {
  const best = nearestWord(word, known);
  if (best === null) return 'remove it';
  // Two letters swapped cost two; in a word of three that is another word.
  const allowed = best.word.length < 4 ? 1 : Math.max(2, Math.floor(best.word.length / 3));
  return best.slips <= allowed ? `did you mean "${best.word}"?` : otherwise;
}

/** A value as a message may show it: quoted, control characters escaped, cut at 80 characters. */
export function showWord(value: string): string {
  const quoted = JSON.stringify(value.length > 80 ? `${value.slice(0, 79)}…` : value);
  return quoted.replaceAll(/[^\x20-\x7e…]/gu, (char) => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`);
}
