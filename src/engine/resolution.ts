/** What became of an attempt whose end was not recorded, and what a person may say of it. */
import type { BuilderError } from '../errors.ts';
import type { JsonObject, Trace } from './step.ts';

export type Resolution =
  | { readonly end: 'found'; readonly output: JsonObject }
  /** It had no effect; `isTold`: because a person said so. */
  | { readonly end: 'absent'; readonly isTold: boolean }
  /** Its end is open, and going on is safe: the next run takes it up. `trace`: what is seen of it, if it leaves any. */
  | { readonly end: 'resumable'; readonly trace: Trace | null }
  | { readonly end: 'failed' | 'in-doubt'; readonly error: BuilderError }
  /** The look was cut off. */
  | { readonly end: 'canceled' };

/** What somebody says who has looked, and who that is. */
export type Word = { readonly by: string } & (
  | { readonly says: 'absent' }
  | { readonly says: 'found'; readonly id: string }
);

/**
 * Whether a person's word counts after this look: where it showed nothing to the end of the settle window, or where nobody could be
 * asked. Never against what was seen, before the window is over, or in a matter of trust.
 */
export function admitsWord(error: BuilderError, look: 'observe' | 'inspect'): boolean {
  return look === 'observe' ? error.code === 'blind-list' : error.exitCode !== 10;
}
