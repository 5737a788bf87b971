/** YAML files → values of a schema, or all their problems at once, each with its line. */
import type { Document } from 'yaml';
import type { z } from 'zod';
import { BuilderError } from '../errors.ts';
import type { SaidBy } from './locate.ts';
import { locate } from './locate.ts';
import { toPlain } from './plain.ts';
import type { ReportProblem } from './report.ts';
import { reportIssue } from './report.ts';
import { shapeOf } from './shape.ts';
import { readSource } from './source.ts';

export interface DocumentRequest<S extends z.ZodType> {
  readonly text: string;
  /** How messages call the file. */
  readonly file: string;
  /** How messages call what stands in it, like "the layout". */
  readonly noun: string;
  readonly schema: S;
  /** Changes the document in place before it is judged. */
  readonly change?: (document: Document) => { readonly saidBy: SaidBy; readonly problems: readonly BuilderError[] };
  /** Rules over the whole, told beside the schema's: anything in `said` may be of any kind. */
  readonly check: (said: unknown, report: ReportProblem) => void;
  /** Rules that only a whole and valid value can break. */
  readonly judge?: (value: z.output<S>, report: ReportProblem) => void;
}

/** @throws all problems together (`BuilderError.all`), each `at` its `file:line:column  path` or its option. */
export function readDocument<S extends z.ZodType>(request: DocumentRequest<S>): z.output<S> {
  const { text, file, noun, schema, change, check, judge } = request;
  const source = readSource(text, file, noun);
  // Over a broken document everything else would be noise.
  if (source.problems.length > 0) throw BuilderError.all(source.problems);
  const changed = change?.(source.document);
  const saidBy: SaidBy = changed?.saidBy ?? new Map();
  const problems = [...(changed?.problems ?? [])];
  const report: ReportProblem = (code, path, message, fix, isKey = false) => {
    problems.push(
      new BuilderError(code, message, { at: locate(source, saidBy, path, isKey), fix, state: 'nothing was created' }),
    );
  };
  const shape = shapeOf(schema);
  const said = toPlain(source.document.contents, shape);
  const parsed = schema.safeParse(said, { reportInput: true });
  for (const issue of parsed.error?.issues ?? []) reportIssue(issue, noun, shape, report);
  check(said, report);
  if (problems.length === 0 && parsed.success) judge?.(parsed.data, report);
  if (problems.length > 0) throw BuilderError.all(problems);
  if (!parsed.success) throw parsed.error;
  return parsed.data;
}
