/** One question to the person at the terminal. */
import { createInterface } from 'node:readline/promises';

/** The answer without surrounding blanks. Only for a stdin that is a terminal. */
export async function askLine(question: string, signal: AbortSignal): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (await lines.question(question, { signal })).trim();
  } finally {
    lines.close();
  }
}
