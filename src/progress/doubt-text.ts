/** What resolve saw of each attempt in doubt, and what it made of it, as a person reads it. */
import { safeOneLine } from './safe-text.ts';
import { renderTable } from './table.ts';

export interface DoubtFacts {
  readonly cluster: string;
  readonly attempts: readonly {
    readonly step: string;
    readonly attempt: number;
    readonly nonce: string;
    readonly sentAt: string;
    readonly evidence: string;
    readonly verdict: string;
    readonly known: string;
    readonly remedy: string | null;
  }[];
  /** How many stay in doubt. */
  readonly inDoubt: number;
}

/** Cells of an attempt's row, in the order of the table. */
export function doubtCells({
  step,
  attempt,
  sentAt,
  nonce,
  verdict,
}: DoubtFacts['attempts'][number]): readonly string[] {
  return [step, String(attempt), sentAt, nonce, verdict];
}

/** A table, then what is to be said of each attempt, then how to go on. */
export function renderDoubts(facts: DoubtFacts): string {
  const { cluster, attempts, inDoubt } = facts;
  if (attempts.length === 0) return `${cluster}: nothing is in doubt\n`;
  const table = renderTable(['STEP', 'ATTEMPT', 'SENT', 'NONCE', 'NOW'], attempts.map(doubtCells));
  const notes = attempts.flatMap(({ step, evidence, known, remedy }) => [
    '',
    safeOneLine(step),
    `  looked at  ${safeOneLine(evidence)}`,
    `  known      ${safeOneLine(known)}`,
    ...(remedy === null ? [] : [`  settled by ${safeOneLine(remedy)}`]),
  ]);
  const end =
    inDoubt === 0
      ? `nothing is left in doubt; go on: ./builder create ${cluster}`
      : `${inDoubt} of ${attempts.length} still in doubt`;
  return `${table}${notes.join('\n')}\n\n${end}\n`;
}
