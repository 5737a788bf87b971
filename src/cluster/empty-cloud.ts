/** Removing everything that carries a cluster's mark, until two sweeps in a row find nothing (reliability.md section 2.5). */
import { blindList } from '../cloud/blind-list.ts';
import { type Sweep, Sweeper } from './sweeper.ts';

const LIMIT_MS = 15 * 60_000;
const QUIET_MS = 2_000;
const FIRST_PAUSE_MS = 1_000;
const LAST_PAUSE_MS = 5_000;

/** What is left after the deletes were sent once. */
export interface Asked {
  readonly count: number;
  /** How long something may still show up. */
  readonly unsettledMs: number;
}

/** Sends the deletes once, in order as far as that goes without waiting. */
export async function askToEmpty(options: Sweep): Promise<Asked> {
  const sweeper = new Sweeper(options);
  const { owned } = await sweeper.look();
  await sweeper.send(owned);
  return { count: owned.length, unsettledMs: sweeper.unsettledMs() };
}

/** Throws `left-behind` or `stuck` (exit 6) with the exact remainder, `blind-list` when absence cannot be believed. */
export async function emptyCloud(options: Sweep): Promise<void> {
  const { clock, signal, emit } = options;
  const sweeper = new Sweeper(options);
  const deadlineMs = clock.monotonicMs() + sweeper.unsettledMs() + LIMIT_MS;
  let emptyAt: number | null = null;
  let pauseMs = FIRST_PAUSE_MS;
  for (;;) {
    const { owned, blindness } = await sweeper.look();
    const isEmpty = owned.length === 0 && blindness.length === 0;
    const unsettledMs = sweeper.unsettledMs();
    const isSettled = unsettledMs === 0;
    if (isEmpty && isSettled && emptyAt !== null && clock.monotonicMs() - emptyAt >= QUIET_MS) return;
    if (!isEmpty) {
      emptyAt = null;
      await sweeper.send(owned);
    } else if (emptyAt === null) {
      emptyAt = clock.monotonicMs();
      const wait = isSettled ? '' : `; a late create could still show up for ${Math.ceil(unsettledMs / 1000)} s`;
      emit({ type: 'notice', level: 'info', text: `nothing is left; looking once more${wait}` });
    }
    if (sweeper.isStuck(owned) || clock.monotonicMs() > deadlineMs) {
      if (owned.length > 0) throw sweeper.remainder(owned);
      throw blindList(blindness);
    }
    await clock.sleep(isEmpty ? QUIET_MS : pauseMs, signal);
    pauseMs = Math.min(LAST_PAUSE_MS, pauseMs * 1.3);
  }
}
