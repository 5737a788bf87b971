/** What verify found, as a person reads it: a table, then of each failure what was seen and what mends it. */
import { formatDuration } from './duration.ts';
import { safeOneLine } from './safe-text.ts';
import { renderTable } from './table.ts';

export interface ResultFacts {
  readonly check: string;
  readonly node: string | null;
  readonly status: 'pass' | 'fail' | 'skip';
  readonly sentence: string;
  readonly evidence: readonly string[];
  readonly cure: string | null;
}

export interface VerifyFacts {
  readonly cluster: string;
  readonly startedAt: string;
  readonly seconds: number;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly results: readonly ResultFacts[];
}

/** Longer sentences are told below the table. */
const SENTENCE = 90;

/** Cells of a result's row, in the order of the table. */
export function resultCells({ check, node, status, sentence }: ResultFacts): readonly string[] {
  return [check, node ?? '-', status, sentence];
}

function shortened(cells: readonly string[]): readonly string[] {
  return cells.map((cell) => (cell.length > SENTENCE ? `${cell.slice(0, SENTENCE - 1)}…` : cell));
}

function describeFailure({ check, node, sentence, evidence, cure }: ResultFacts): string {
  const lines = [
    ['found', sentence],
    ...evidence.map((line) => ['seen', line]),
    ...(cure === null ? [] : [['cure', cure]]),
  ];
  const body = lines.map(([name = '', text = '']) => `  ${name.padEnd(5)}  ${safeOneLine(text)}`).join('\n');
  return `\n${safeOneLine(node === null ? check : `${check} on ${node}`)}\n${body}\n`;
}

/** Ends with how many passed, failed and were skipped. */
export function renderResults({ cluster, seconds, passed, failed, skipped, results }: VerifyFacts): string {
  const table = renderTable(
    ['CHECK', 'NODE', 'RESULT', 'WHAT'],
    results.map((result) => shortened(resultCells(result))),
  );
  const failures = results.filter(({ status }) => status === 'fail').map(describeFailure);
  const counts = `${passed} passed, ${failed} failed, ${skipped} skipped`;
  return `${table}${failures.join('')}\n${safeOneLine(cluster)}: ${counts}, in ${formatDuration(seconds * 1000)}\n`;
}
