/** Layout files → `Layout`, or all their problems at once, each with its line. */
import type { z } from 'zod';
import type { ErrorCode } from '../errors.ts';
import { BuilderError, ERRORS } from '../errors.ts';
import type { ReportProblem } from './check.ts';
import { checkLayout } from './check.ts';
import type { Group, Layout } from './layout.ts';
import { locate } from './locate.ts';
import { adviseWord, showWord } from './near-miss.ts';
import type { LayoutOverrides } from './override.ts';
import { applyOverrides } from './override.ts';
import { toPlain } from './plain.ts';
import type { RawLayout } from './schema.ts';
import { layoutSchema } from './schema.ts';
import type { Path } from './shape.ts';
import { keysAt, LAYOUT_SHAPE } from './shape.ts';
import { readSource } from './source.ts';

const WORDS: Readonly<Record<string, string>> = {
  string: 'text',
  record: 'keys with values',
  object: 'keys with values',
  array: 'a list',
  int: 'a whole number',
  number: 'a whole number',
  boolean: 'true or false',
};

function reportType(issue: z.core.$ZodIssueInvalidType, path: Path, report: ReportProblem): void {
  const expected = WORDS[issue.expected] ?? issue.expected;
  const isMissing = issue.input === undefined;
  const shown = path.join('.') || 'the layout';
  if (isMissing) report('bad-value', path, `${shown} is missing`, `write ${String(path.at(-1) ?? 'version')}: …`);
  else if (issue.input === null && issue.expected === 'string')
    report('bad-value', path, 'no value', "write '' for the empty text");
  else report('bad-value', path, `${shown} must be ${expected}`, `write ${expected}`);
}

/** One problem for each of zod's issues, in our words; values are not repeated, but for names of choices. */
function reportIssue(issue: z.core.$ZodIssue, report: ReportProblem): void {
  const path = issue.path.map((part) => (typeof part === 'number' ? part : String(part)));
  const at = path.join('.') || 'the layout';
  if (issue.code === 'unrecognized_keys') {
    for (const key of issue.keys) {
      report('unknown-key', [...path, key], `unknown key ${showWord(key)}`, adviseWord(key, keysAt(path)), true);
    }
  } else if (issue.code === 'custom') {
    const { code, fix } = (issue.params ?? {}) as { code?: string; fix?: string };
    report(
      code !== undefined && code in ERRORS ? (code as ErrorCode) : 'bad-value',
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
  } else if (issue.code === 'invalid_type') reportType(issue, path, report);
  else if (issue.code === 'too_big')
    report('bad-value', path, `${at}: at most ${issue.maximum}`, 'choose a smaller one');
  else if (issue.code === 'too_small')
    report('bad-value', path, `${at}: at least ${issue.minimum}`, 'choose a bigger one');
  else report('bad-value', path, `${at}: ${issue.message}`, 'correct it');
}

function groupOf(name: string, raw: RawLayout['groups'][string]): Group {
  const { role, count, image, flavor, zone, localrc, services } = raw;
  return {
    name,
    role,
    count,
    compute: role !== 'controller' || raw.compute === true,
    image,
    flavor,
    zone,
    localrc,
    services,
  };
}

function layoutOf(raw: RawLayout): Layout {
  const { version, name, devstack, defaults, network, localrc, services } = raw;
  return {
    version,
    name,
    devstack: { repo: devstack.repo, ref: devstack.ref, gitBase: devstack.git_base },
    defaults,
    network: {
      name: network.name,
      floating: network.floating,
      fixedRange: network.fixed_range,
      floatingRange: network.floating_range,
    },
    localrc,
    services,
    groups: Object.entries(raw.groups).map(([group, fields]) => groupOf(group, fields)),
  };
}

/**
 * Reads a layout with the command line's changes on top (devstack.md section 7 has the grammar).
 *
 * @throws all problems together (`BuilderError.all`), each `at` its `file:line:column  path` or its option.
 */
export function loadLayout(request: {
  readonly text: string;
  /** How messages call the file. */
  readonly file: string;
  readonly overrides: LayoutOverrides;
}): Layout {
  const source = readSource(request.text, request.file);
  const [unreadable, ...moreUnreadable] = source.problems;
  // Over a broken document everything else would be noise.
  if (unreadable !== undefined) throw BuilderError.all([unreadable, ...moreUnreadable]);
  const { saidBy, problems: refused } = applyOverrides(source.document, request.overrides);
  const problems = [...refused];
  const report: ReportProblem = (code, path, message, fix, isKey = false) => {
    problems.push(
      new BuilderError(code, message, { at: locate(source, saidBy, path, isKey), fix, state: 'nothing was created' }),
    );
  };
  const said = toPlain(source.document.contents, LAYOUT_SHAPE);
  const parsed = layoutSchema.safeParse(said, { reportInput: true });
  for (const issue of parsed.error?.issues ?? []) reportIssue(issue, report);
  const network = layoutSchema.shape.network.parse(undefined);
  checkLayout(said, { fixed: network.fixed_range, floating: network.floating_range }, report);
  const [first, ...rest] = problems;
  if (first !== undefined) throw BuilderError.all([first, ...rest]);
  if (!parsed.success) throw parsed.error;
  return layoutOf(parsed.data);
}

/** Reads a layout as the file has it. @throws as `loadLayout`. */
export function readLayout(text: string, file: string): Layout {
  return loadLayout({ text, file, overrides: {} });
}
