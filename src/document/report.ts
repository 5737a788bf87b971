/** The words in which the problems of a document are told. */
import type { z } from 'zod';
import type { ErrorCode } from '../errors.ts';
import { isErrorCode } from '../errors.ts';
import { adviseWord, showWord } from './near-miss.ts';
import type { Path, Shape } from './shape.ts';
import { keysAt } from './shape.ts';

/** Tells one problem; `isKey` points at the key instead of its value. */
export type ReportProblem = (code: ErrorCode, path: Path, message: string, fix: string, isKey?: boolean) => void;

/** A rule of a schema with our own code and remedy; values are never repeated in them, they may hold secrets. */
export function rule(code: ErrorCode, message: string, fix: string) {
  return { error: message, params: { code, fix } };
}

const WORDS: Readonly<Record<string, string>> = {
  string: 'text',
  record: 'keys with values',
  object: 'keys with values',
  array: 'a list',
  int: 'a whole number',
  number: 'a whole number',
  boolean: 'true or false',
};

function reportType(issue: z.core.$ZodIssueInvalidType, path: Path, noun: string, report: ReportProblem): void {
  const expected = WORDS[issue.expected] ?? issue.expected;
  const isMissing = issue.input === undefined;
  const shown = path.join('.') || noun;
  if (isMissing) report('bad-value', path, `${shown} is missing`, `write ${String(path.at(-1) ?? 'version')}: …`);
  else if (issue.input === null && issue.expected === 'string')
    report('bad-value', path, 'no value', "write '' for the empty text");
  else report('bad-value', path, `${shown} must be ${expected}`, `write ${expected}`);
}

/** One problem for each of zod's issues, in our words; values are not repeated, but for names of choices. */
export function reportIssue(issue: z.core.$ZodIssue, noun: string, shape: Shape, report: ReportProblem): void {
  const path = issue.path.map((part) => (typeof part === 'number' ? part : String(part)));
  const at = path.join('.') || noun;
  if (issue.code === 'unrecognized_keys') {
    for (const key of issue.keys) {
      report('unknown-key', [...path, key], `unknown key ${showWord(key)}`, adviseWord(key, keysAt(shape, path)), true);
    }
  } else if (issue.code === 'custom') {
    const { code, fix } = (issue.params ?? {}) as { code?: string; fix?: string };
    report(
      code !== undefined && isErrorCode(code) ? code : 'bad-value',
      path,
      `${at}: ${issue.message}`,
      fix ?? 'correct it',
    );
  } else if (issue.code === 'invalid_value') {
    const known = issue.values.map(String);
    const said = issue.input === undefined ? `${at} is missing` : `${at}: not ${known.join(', ')}`;
    report(
      'bad-value',
      path,
      said,
      typeof issue.input === 'string' ? adviseWord(issue.input, known) : `write ${known.join(' or ')}`,
    );
  } else if (issue.code === 'invalid_type') reportType(issue, path, noun, report);
  else if (issue.code === 'too_big')
    report('bad-value', path, `${at}: at most ${issue.maximum}`, 'choose a smaller one');
  else if (issue.code === 'too_small')
    report('bad-value', path, `${at}: at least ${issue.minimum}`, 'choose a bigger one');
  else report('bad-value', path, `${at}: ${issue.message}`, 'correct it');
}
