/** Data as people and programs ask for it: aligned table, YAML, JSON, or bare values. */
import { safeOneLine } from './safe-text.ts';

export type DataFormat = 'table' | 'json' | 'yaml' | 'value';

export interface Printable {
  /** For json and yaml: everything. */
  readonly data: unknown;
  /** For value: one line per row, cells separated by one tab. */
  readonly rows: readonly (readonly string[])[];
  /** For table; may hold several tables. */
  table(): string;
}

/** Columns aligned, two blanks apart, no trailing blanks; cells are filtered for display. Ends with a newline. */
export function renderTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [header, ...rows].map((row) => header.map((_, column) => safeOneLine(row[column] ?? '')));
  const widths = header.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

/** The text for stdout, ending with a newline where there is any. */
export async function renderData(format: DataFormat, printable: Printable): Promise<string> {
  switch (format) {
    case 'table':
      return printable.table();
    case 'json':
      return `${JSON.stringify(printable.data, null, 2)}\n`;
    case 'yaml': {
      const { stringify } = await import('yaml');
      // What JSON cannot hold (dates, undefined) is settled the same way in both formats.
      return stringify(JSON.parse(JSON.stringify(printable.data)), { lineWidth: 0, aliasDuplicateObjects: false });
    }
    case 'value':
      return printable.rows.map((row) => `${row.map(safeOneLine).join('\t')}\n`).join('');
  }
}
