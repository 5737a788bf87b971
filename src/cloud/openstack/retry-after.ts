/** Reading Retry-After (RFC 9110 section 10.2.3). */

const LONGEST_MS = 300_000;

/**
 * Milliseconds to wait, between 0 and 300 000: seconds, or an HTTP date, taken relative to the reply's own Date so that our
 * clock does not matter. null for none and for nonsense.
 */
export function readRetryAfter(value: string | null, date: string | null): number | null {
  if (value === null) return null;
  const text = value.trim();
  let waitMs: number;
  if (/^-?\d+$/.test(text)) waitMs = Number(text) * 1000;
  // Date.parse takes nearly anything; an HTTP date begins with the name of its day.
  else if (/^[A-Z][a-z]+,? /.test(text) && date !== null) waitMs = Date.parse(text) - Date.parse(date);
  else return null;
  return Number.isNaN(waitMs) ? null : Math.min(LONGEST_MS, Math.max(0, waitMs));
}
