/** Logs of stack.sh for tests: the excerpts of every class, and lines in DevStack's form. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** By class name. */
export const EXCERPTS: ReadonlyMap<string, string> = new Map(
  readdirSync(import.meta.dirname)
    .filter((file) => file.endsWith('.log'))
    .map((file) => [file.replace(/\.log$/, ''), readFileSync(join(import.meta.dirname, file), 'utf8')]),
);

export function linesOf(log: string): readonly string[] {
  return log.trimEnd().split('\n');
}

/** Without stamps and xtrace. */
export function plainLinesOf(log: string): readonly string[] {
  return linesOf(log)
    .filter((line) => !/\| \++ /.test(line))
    .map((line) => line.replace(/^[\d-]{10} [\d:.]{12} (\| )?/, '').trimEnd());
}

/** Stamped, each with a newline. */
export function logOf(...lines: readonly string[]): string {
  return lines.map((line) => `2026-11-21 14:00:00.123 | ${line}\n`).join('');
}

/** How xtrace shows a command that would print the line. */
export function echoOf(line: string): string {
  return `+ lib/nova:start_nova_api:12               :   echo '${line}'`;
}
