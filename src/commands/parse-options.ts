/** Options against their schema. */
import type { z } from 'zod';
import { BuilderError } from '../errors.ts';

/** An option given twice means its last value, as everywhere; yargs hands over all of them, and only lists want that. */
function lastOfEach(schema: z.ZodObject, args: Record<string, unknown>): Record<string, unknown> {
  const fit = Object.entries(args).map(([name, value]): [string, unknown] => {
    if (!Array.isArray(value)) return [name, value];
    const values: readonly unknown[] = value;
    const wantsList = schema.shape[name]?.safeParse([]).success ?? true;
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
  throw BuilderError.all(problems as [BuilderError, ...BuilderError[]]);
}
