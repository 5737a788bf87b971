/** One way to provoke a fault, and what the builder must say and end with. */
import type { TestContext } from 'vitest';
import type { Ended } from '../../support/run-builder.ts';

export interface BadInput {
  /** Number in rows.ts. */
  readonly row: number;
  /** Which of the row's faults. */
  readonly how: string;
  /** Matches a line of what is printed: of an error its first, with id and name. */
  readonly says: RegExp;
  /** Matches the `fix` that follows that line; left out where nothing is to be mended. */
  readonly fix?: RegExp;
  readonly exit: number;
  provoke(context: TestContext): Promise<Ended>;
}

/** The text after the name of a field among the indented lines that follow `first`; null where it is not said. */
function fieldAfter(lines: readonly string[], first: number, name: string): string | null {
  for (const line of lines.slice(first + 1)) {
    if (!line.startsWith('  ')) return null;
    const found = /^ {2}(\w+) +(.*)$/.exec(line);
    if (found?.[1] === name) return found[2] ?? '';
  }
  return null;
}

/** Provokes it and looks at what was printed. */
export async function checkBadInput({ says, fix, exit, provoke }: BadInput, context: TestContext): Promise<void> {
  const { expect } = context;
  const { code, stdout, stderr } = await provoke(context);
  // A first line that is too wide goes on in a second one.
  const lines = `${stderr}${stdout}`.replaceAll('\n         ', ' ').split('\n');
  const first = lines.findIndex((line) => says.test(line));
  expect(first, `${says} is not said:\n${stderr}`).toBeGreaterThanOrEqual(0);
  if (fix !== undefined) expect(fieldAfter(lines, first, 'fix'), stderr).toMatch(fix);
  expect(code, stderr).toBe(exit);
}
