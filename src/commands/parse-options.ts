/** Options against their schema. */
import type { z } from 'zod';
import { safeParse } from 'zod/v4/core';
import { BuilderError } from '../errors.ts';

/** Whether an option collects its values; asked of the schema itself, so that nothing says it twice. */
function isList(option: z.core.$ZodType): boolean {
  return safeParse(option, []).success;
}

/** An option given twice means its last value, as everywhere; yargs hands over all of them, and only lists want that. */
function lastOfEach(schema: z.ZodObject, args: Record<string, unknown>): Record<string, unknown> {
  const shape: Readonly<Record<string, z.core.$ZodType>> = schema.shape;
  const fit = Object.entries(args).map(([name, value]): [string, unknown] => {
    if (!Array.isArray(value)) return [name, value];
    const values: readonly unknown[] = value;
    const wantsList = shape[name] === undefined || isList(shape[name]);
    return [name, wantsList ? values : values.at(-1)];
  });
  return Object.fromEntries(fit);
}

/** Throws `bad-option` naming the option and what is wrong with it, all such problems at once. */
export function parseOptions<T extends z.ZodObject>(schema: T, args: Record<string, unknown>): z.infer<T> {
  const parsed = schema.safeParse(lastOfEach(schema, args));
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(
    (issue) => new BuilderError('bad-option', `--${issue.path.join('.')}: ${issue.message}`, { fix: 'see --help' }),
  );
  throw BuilderError.all(problems);
}
