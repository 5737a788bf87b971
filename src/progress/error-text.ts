/** Errors and warnings as people and programs read them: the five-line form of reliability.md section 4. */
import { BuilderError, ERRORS, type ErrorFacts, messageOf } from '../errors.ts';
import { safeOneLine, safeText } from './safe-text.ts';

const WIDTH = 100;
/** Of a line of a log: the log has the rest. */
const EXCERPT_WIDTH = 200;

interface ErrorJson {
  readonly id: string;
  readonly code: string;
  readonly message: string;
  readonly at?: string;
  readonly state?: string;
  readonly fix?: string;
  readonly blame: string;
  readonly disposition: string;
  readonly exitCode: number;
  readonly details: Readonly<Record<string, unknown>>;
  readonly causes: readonly string[];
  readonly problems: readonly ErrorJson[];
}

/** Anything but a BuilderError is a bug of the builder. */
function toBuilderError(error: unknown): BuilderError {
  if (error instanceof BuilderError) return error;
  return new BuilderError('internal', messageOf(error), {
    state: 'the journal is as it was at the last committed step; running the same command again goes on from there',
    fix: 'run it again with --debug and report the output',
    cause: error,
  });
}

function* causesOf(error: unknown): Generator {
  const seen = new Set<unknown>();
  let cause = error instanceof Error ? error.cause : undefined;
  while (cause !== undefined && !seen.has(cause)) {
    seen.add(cause);
    yield cause;
    cause = cause instanceof Error ? cause.cause : undefined;
  }
}

/** At most two lines of at most 100 columns; --debug and JSON have the whole message. */
function wrapHeadline(text: string, indent: string): string[] {
  if (text.length <= WIDTH) return [text];
  const blank = text.lastIndexOf(' ', WIDTH);
  const at = blank > WIDTH / 2 ? blank : WIDTH;
  const rest = text.slice(at).trimStart();
  const room = WIDTH - indent.length;
  return [text.slice(0, at), indent + (rest.length > room ? `${rest.slice(0, room - 1)}…` : rest)];
}

/** What an error says, of this process or of the journal. */
export type Problem = Pick<BuilderError, 'id' | 'code' | 'message'> & Pick<ErrorFacts, 'at' | 'state' | 'fix'>;

/** What more is known of it: the file that tells more, and the lines of it that matter. */
interface LogFacts {
  readonly log?: string | undefined;
  readonly excerpt?: readonly string[] | undefined;
}

/** A line of a log as it stands below the others, its indentation kept. */
function excerptLine(line: string): string {
  const shown = safeText(line)
    .replaceAll(/[\n\t]/g, ' ')
    .trimEnd();
  const cut = shown.length > EXCERPT_WIDTH ? `${shown.slice(0, EXCERPT_WIDTH - 1).toWellFormed()}…` : shown;
  return `         | ${cut}`.trimEnd();
}

/** Its lines: at most five, and those of the excerpt below the name of their log. */
export function problemLines(problem: Problem & LogFacts): readonly string[] {
  const headline = `error ${problem.id} ${problem.code}: ${safeOneLine(problem.message)}`;
  const field = (name: 'at' | 'state' | 'log' | 'fix'): readonly string[] => {
    const value = problem[name];
    return value === undefined ? [] : [`  ${name.padEnd(5)}  ${safeOneLine(value)}`];
  };
  return [
    ...wrapHeadline(headline, '         '),
    ...field('at'),
    ...field('state'),
    ...field('log'),
    ...(problem.excerpt ?? []).map(excerptLine),
    ...field('fix'),
  ];
}

function renderDebug(error: BuilderError): string[] {
  const lines = [`  message  ${error.message}`, ...stackOf(error)];
  for (const cause of causesOf(error)) lines.push(`  caused by ${messageOf(cause)}`, ...stackOf(cause));
  return lines.map(safeText);
}

function stackOf(error: unknown): string[] {
  if (!(error instanceof Error) || error.stack === undefined) return [];
  return error.stack.split('\n').filter((line) => line.trimStart().startsWith('at '));
}

/**
 * The text for a person, ending with a newline. Several problems follow one another, with their number at the end; what is
 * not a BuilderError takes the form of `E0001 internal`. `debug` adds whole messages, stacks and causes.
 */
export function renderError(error: unknown, options: { readonly debug: boolean }): string {
  const known = toBuilderError(error);
  const problems = known.problems.length > 0 ? known.problems : [known];
  const lines = problems.flatMap((problem) => [
    ...problemLines(problem),
    ...(options.debug ? renderDebug(problem) : []),
  ]);
  if (problems.length > 1) lines.push(`${problems.length} problems`);
  return `${lines.join('\n')}\n`;
}

/** The same facts for programs; JSON-ready. Redact the serialised text before it leaves the process. */
export function errorJson(error: unknown): ErrorJson {
  const known = toBuilderError(error);
  return {
    id: ERRORS[known.code].id,
    code: known.code,
    message: known.message,
    ...(known.at === undefined ? {} : { at: known.at }),
    ...(known.state === undefined ? {} : { state: known.state }),
    ...(known.fix === undefined ? {} : { fix: known.fix }),
    blame: known.blame,
    disposition: known.disposition,
    exitCode: known.exitCode,
    details: known.details,
    causes: [...causesOf(known)].map(messageOf),
    problems: known.problems.map(errorJson),
  };
}

/** One line: `warn  W3003 loose-permissions: clouds.yaml is 0644`; `id` holds number and name. */
export function renderWarning(id: string, text: string): string {
  return `warn  ${id}: ${safeOneLine(text)}\n`;
}
