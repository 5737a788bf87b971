/** What a class of failures of stack.sh is: the lines that show it, the sentence that says it, and what mends it. */

/**
 * `sentence` and `cure` have blanks: `{host}`, or `{host|the mirror}` where the log may not say which. Named groups of the
 * patterns fill them, and `{cluster}` and `{node}` are known to who asks.
 */
export interface FailureClass {
  /** Stable: programs read it. */
  readonly name: string;
  /** One line of the log that matches one of these is the evidence. No pattern may need more than linear time. */
  readonly patterns: readonly RegExp[];
  /** What lines near the evidence add to the blanks; the nearest counts. */
  readonly details?: readonly RegExp[];
  readonly sentence: string;
  readonly cure: string;
  /** Whether the same attempt again, on a fresh server and with nothing changed, may go through. */
  readonly isRetryable: boolean;
  /** It reports that something before it failed: a cause up to so many lines above it is believed first. */
  readonly causeWithin?: number;
  /** stack.sh waited for a service in vain: the cause stands in that service's journal, and not in the log. */
  readonly isServices?: boolean;
  /** Runs that go through print it too: it counts only in the last lines before the end. */
  readonly isOftenHarmless?: boolean;
}

const BLANK = /\{(\w+)(?:\|([^}]*))?\}/g;
/** Values are cut where an error's first line would lose its end (reliability.md section 4). */
const VALUE_LENGTH = 72;

/** The text with its blanks filled; what is not known becomes the words after `|`, or the blank's name in capitals. */
export function fillBlanks(text: string, facts: Readonly<Record<string, string | undefined>>): string {
  return text.replaceAll(BLANK, (_, name: string, fallback: string | undefined) => {
    const value = facts[name]?.trim() ?? '';
    if (value === '') return fallback ?? name.toUpperCase();
    return shorten(value);
  });
}

/** Of a URL or a path the end says more than its middle; of a sentence the beginning says most. */
function shorten(value: string): string {
  if (value.length <= VALUE_LENGTH) return value;
  const end = value.includes(' ') ? '' : value.slice(1 - VALUE_LENGTH / 2);
  return `${value.slice(0, VALUE_LENGTH - 1 - end.length)}…${end}`.toWellFormed();
}
