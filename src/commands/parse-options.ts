/** Options against their schema. */
import type { z } from 'zod';
import { BuilderError } from '../errors.ts';

/** Throws `bad-option` naming the option and what is wrong with it, all such problems at once. */
export function parseOptions<T extends z.ZodType>(schema: T, args: Record<string, unknown>): z.infer<T> {
  const parsed = schema.safeParse(args);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(
    (issue) => new BuilderError('bad-option', `--${issue.path.join('.')}: ${issue.message}`, { fix: 'see --help' }),
  );
  throw BuilderError.all(problems as [BuilderError, ...BuilderError[]]);
}
