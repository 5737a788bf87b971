/** The facts that verify's jobs print while they run: lines of JSON, each named by its `fact`; other lines are noise. */
import { z } from 'zod';
import { parseJsonLines } from './read-answers.ts';

/** Text from outside, which is printed in base64. */
export const encodedText = z.base64().transform((encoded) => Buffer.from(encoded, 'base64').toString('utf8'));

/** What every job may say: what it is doing now, and why it could do nothing. */
export const DOING = z.object({ fact: z.literal('doing'), what: z.string() });
const lastWords = encodedText.transform((text) => text.trim().split('\n').at(-1) ?? '');
export const STOPPED = z.object({ fact: z.literal('stopped'), why: lastWords });

/** Those that have this shape, in the order they were printed. */
export function factsOf<T>(output: string, shape: z.ZodType<T>): readonly T[] {
  return parseJsonLines(output).flatMap((line) => {
    const read = shape.safeParse(line);
    return read.success ? [read.data] : [];
  });
}

/** What a line says is being done now; null for other lines. */
export function readDoing(line: string): string | null {
  return factsOf(line, DOING)[0]?.what ?? null;
}
