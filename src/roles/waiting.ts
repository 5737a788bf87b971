/** What a stack.sh says in its summary while our plugin holds it until other nodes are ready: that is no stage of its work. */
import type { SummaryLine } from './stack-progress.ts';

export const WAITING = {
  begun: 'Waiting for other nodes',
  over: 'Other nodes are ready',
} as const;

export function isWaitingWord({ text }: Pick<SummaryLine, 'text'>): boolean {
  return text === WAITING.begun || text === WAITING.over;
}

/** A run as if it had never waited. */
export interface Worked {
  readonly lines: readonly SummaryLine[];
  readonly nowMs: number;
  readonly hasWaited: boolean;
  readonly waitedMs: number;
}

/** Takes the waiting out of a run's summary, in the order in which it was told; while it waits, its time stands still. */
export function leaveOutWaiting(lines: readonly SummaryLine[], nowMs: number): Worked {
  const begun = lines.find(({ text }) => text === WAITING.begun);
  if (begun === undefined) return { lines, nowMs, hasWaited: false, waitedMs: 0 };
  const end = lines.findIndex(({ text }) => text === WAITING.over);
  const waitedMs = Math.max(0, (lines[end]?.atMs ?? nowMs) - begun.atMs);
  return {
    lines: lines.flatMap((line, index) => {
      if (isWaitingWord(line)) return [];
      return end >= 0 && index > end ? [{ text: line.text, atMs: line.atMs - waitedMs }] : [line];
    }),
    nowMs: nowMs - waitedMs,
    hasWaited: true,
    waitedMs,
  };
}
