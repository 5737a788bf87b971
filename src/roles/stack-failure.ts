/** What a failed stack.sh died of, read from the end of its log (devstack.md section 5, "Log classifier"). */
import { type FailureClass, fillBlanks } from './stack-failures/failure-class.ts';
import { ENDED_EARLY, GENERIC_FAILURES, UNKNOWN_FAILURE } from './stack-failures/generic.ts';
import { MACHINE_FAILURES } from './stack-failures/machine.ts';
import { PACKAGE_FAILURES } from './stack-failures/packages.ts';
import { PYTHON_FAILURES } from './stack-failures/python.ts';
import { SERVICE_FAILURES } from './stack-failures/services.ts';
import { SETTING_FAILURES } from './stack-failures/settings.ts';
import { SOURCE_FAILURES } from './stack-failures/sources.ts';

export interface StackFailure {
  /** Of the class. */
  readonly name: string;
  /** What happened, with what the log tells of it. */
  readonly sentence: string;
  /** What mends it: an option, a key of the layout, a command. */
  readonly cure: string;
  /** Whether the same attempt again, with nothing changed, may go through. */
  readonly isRetryable: boolean;
  /** Whether a service failed, whose journal tells why. */
  readonly isServices: boolean;
  /** At most ten lines around the evidence, in order, without stamps and xtrace; not yet safe for a terminal. */
  readonly lines: readonly string[];
}

/** In the order in which they are asked of one line: machines before what runs on them, the particular before the general. */
export const FAILURE_CLASSES: readonly FailureClass[] = [
  ...MACHINE_FAILURES,
  ...SOURCE_FAILURES,
  ...PYTHON_FAILURES,
  ...SERVICE_FAILURES,
  ...SETTING_FAILURES,
  ...PACKAGE_FAILURES,
  ...GENERIC_FAILURES,
];

/** DevStack stamps each line `date time | `, but those that OpenStack's own programs have stamped before. */
const STAMP = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} (?:\| ?)?/;
/** xtrace echoes the texts of error branches that were never taken: `+ file:function:line :   command`. */
const XTRACE = /^\++ |^\++[^\s:+-]+:[^\s:]*:\d+/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: colours are what is to be removed
const COLOUR = /\u001b\[[\d;]{0,16}m/g;
/** Keystone says so before it is set up, and all is well (devstack.md section 5, row AF). */
const FALSE_ALARM = /\bCould not find role: admin\b/;
/** What every failed run says at its end. */
const SAYS_NOTHING = /^(?:Error on exit|exit_trap: |World dumping\.\.\.|\S*stack\.sh failed\b|kill: )/;
/** What goes well says so in these words; above the evidence of a cause they tell nothing. */
const CHATTER =
  /^(?:INFO |(?:Get|Hit|Ign):\d| *(?:Collecting|Created symlink|Downloading|Fetched|Found existing|Installing|Preparing|Processing triggers|Reading|Building dependency|Requirement already|Selecting previously|Setting up|Successfully|Unpacking|Using cached) )/;
const LAST_WORDS = /^(?:Error on exit|exit_trap: |\S*stack\.sh failed\b)/;
const LINES_BEFORE_END = 200;
const LINES_NEAR_END = 25;
const LINES_FOR_DETAILS = 15;
const LINES_SHOWN = 10;
const LINES_SHOWN_BEFORE = 6;
/** A line may be a whole file; what matters stands at its front. */
const LINE_LENGTH = 1000;

interface Finding {
  readonly failure: FailureClass;
  readonly index: number;
  readonly facts: Readonly<Record<string, string | undefined>>;
}

function readPlainLines(log: string): readonly string[] {
  return log
    .split('\n')
    .map((line) => line.slice(0, LINE_LENGTH).replace(COLOUR, '').replace(STAMP, '').trimEnd())
    .filter((line) => line !== '' && !XTRACE.test(line) && !FALSE_ALARM.test(line));
}

function matchLine(line: string, patterns: readonly RegExp[]): RegExpExecArray | null {
  for (const pattern of patterns) {
    const match = pattern.exec(line);
    if (match !== null) return match;
  }
  return null;
}

function findIn(lines: readonly string[], index: number, isNearEnd: boolean): Finding | null {
  const line = lines[index] ?? '';
  if (SAYS_NOTHING.test(line)) return null;
  for (const failure of FAILURE_CLASSES) {
    if (failure.isOftenHarmless === true && !isNearEnd) continue;
    const match = matchLine(line, failure.patterns);
    if (match !== null) return { failure, index, facts: match.groups ?? {} };
  }
  return null;
}

/**
 * Upward from the end, the first line that names a cause. What only reports that something before it failed is kept, and
 * believed when no cause stands shortly above it.
 */
function findFailure(lines: readonly string[], end: number): Finding | null {
  let best: Finding | null = null;
  let last = Math.max(0, end - LINES_BEFORE_END);
  let near = end;
  for (let index = end - 1; index >= last; index -= 1) {
    const found = findIn(lines, index, near - index <= LINES_NEAR_END);
    if (found === null) continue;
    const { causeWithin } = found.failure;
    if (causeWithin === undefined) return found;
    last = Math.max(last, index - causeWithin);
    near = index;
    if (best === null || FAILURE_CLASSES.indexOf(found.failure) < FAILURE_CLASSES.indexOf(best.failure)) best = found;
  }
  return best;
}

/** The nearest lines say what the evidence leaves open; those before it come first, as a cause is announced before. */
function gatherFacts(lines: readonly string[], { failure, index, facts }: Finding): Finding['facts'] {
  const gathered = { ...facts };
  const { details = [] } = failure;
  for (let distance = 0; distance <= LINES_FOR_DETAILS; distance += 1) {
    for (const near of [index - distance, index + distance]) {
      for (const detail of details) {
        const groups = detail.exec(lines[near] ?? '')?.groups ?? {};
        for (const [name, value] of Object.entries(groups)) gathered[name] ??= value;
      }
    }
  }
  return gathered;
}

/** A finding in words. */
function tell(
  lines: readonly string[],
  found: Finding,
  known: Readonly<Record<string, string>>,
): Omit<StackFailure, 'lines'> {
  const facts = { ...gatherFacts(lines, found), ...known };
  const { name, sentence, cure, isRetryable, isServices = false } = found.failure;
  return { name, sentence: fillBlanks(sentence, facts), cure: fillBlanks(cure, facts), isRetryable, isServices };
}

/** Some lines before the evidence, what follows it up to DevStack's last words, and more from before where room is left. */
function showAround(lines: readonly string[], { failure, index }: Finding, end: number): readonly string[] {
  // Who only reports a failure, or knows no class, needs everything that stands above.
  const isCause = failure.patterns.length > 0 && failure.causeWithin === undefined;
  const chatter = isCause ? lines.findLastIndex((line, at) => at < index && CHATTER.test(line)) : -1;
  const first = (room: number): number => Math.max(chatter + 1, index - room);
  const stop = Math.min(end, first(LINES_SHOWN_BEFORE) + LINES_SHOWN);
  return lines.slice(Math.max(0, first(LINES_SHOWN - (stop - index))), stop);
}

/**
 * Reads the end of a log. Of DevStack's last words the last count; what comes after them is not looked at. `known` fills the
 * blanks `{cluster}` and `{node}` of a cure; an `exitCode` of 0 says that nothing failed where stack.sh looks. Any text is read.
 */
export function classifyStackFailure(
  log: string,
  known: Readonly<Record<string, string>> = {},
  exitCode: number | null = null,
): StackFailure {
  const lines = readPlainLines(log);
  const words = lines.findLastIndex((line) => LAST_WORDS.test(line));
  const end = words < 0 ? lines.length : words;
  const lastPlain = lines.findLastIndex((line, index) => index < end && !SAYS_NOTHING.test(line));
  const found = (exitCode === 0 ? null : findFailure(lines, end)) ?? {
    failure: exitCode === 0 ? ENDED_EARLY : UNKNOWN_FAILURE,
    index: Math.max(0, lastPlain),
    facts: { line: lines[lastPlain] },
  };
  return { ...tell(lines, found, known), lines: showAround(lines, found, end + 1) };
}

/** What oslo.log puts before a message: its level, who speaks, and for which request. */
const SPEAKER = /^(?:ERROR|CRITICAL) \S+ \[.*?\] ?/;
/** Of a trace each line begins so; what it says at its end is repeated by who logged it. */
const TRACE = /^(?:ERROR|CRITICAL) \S+ (?!\[)/;

/**
 * The same failure by what the services called an error (`journal`): a class that they name, else their own words. Where they say nothing,
 * it stays as it is.
 */
export function explainByServices(
  failure: StackFailure,
  journal: string,
  known: Readonly<Record<string, string>> = {},
): StackFailure {
  const lines = readPlainLines(journal);
  if (lines.length === 0) return failure;
  const messages = lines.filter((line) => !TRACE.test(line));
  const cause = findFailure(lines, lines.length);
  const shown = (messages.length > 0 ? messages : lines).slice(-LINES_SHOWN);
  if (cause === null) {
    const last = shown.at(-1)?.replace(SPEAKER, '') ?? '';
    return { ...failure, sentence: `${failure.sentence}: ${fillBlanks('{last}', { last })}`, lines: shown };
  }
  const told = tell(lines, cause, known);
  return {
    ...told,
    sentence: `${failure.sentence}: ${told.sentence}`,
    isServices: true,
    lines: lines.slice(Math.max(0, cause.index - LINES_SHOWN + 1), cause.index + 1),
  };
}
