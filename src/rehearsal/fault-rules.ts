/** The rules a fault script must keep as a whole: known operations, faults that fit them, no combination without sense. */
import { adviseWord, showWord } from '../document/near-miss.ts';
import { fieldsOf } from '../document/plain.ts';
import type { ReportProblem } from '../document/report.ts';
import type { Path } from '../document/shape.ts';
import { MILESTONE_NAMES } from './node/stack-run.ts';
import { FAULT_FITS, type FaultKey, fitsPattern, OPERATIONS } from './operations.ts';

type Fields = Readonly<Record<string, unknown>>;

const FAULT_KEYS = Object.keys(FAULT_FITS) as readonly FaultKey[];
/** When a rule acts, which is not yet what it does. */
const CONDITIONS: readonly string[] = ['on', 'of', 'from', 'times', 'chance'];
/** What one fault says about another, which must stand beside it. */
const COMPANIONS: readonly (readonly [FaultKey, readonly FaultKey[]])[] = [
  ['effect', ['status']],
  ['message', ['status']],
  ['retry_after', ['status']],
  ['prints', ['exit', 'fails_at']],
];
/** Of these only one can happen at a time. */
const ALTERNATIVES: readonly (readonly FaultKey[])[] = [
  ['status', 'token', 'quota', 'late'],
  ['late', 'twice'],
  ['exit', 'fails_at', 'reboots_at', 'disk'],
];
/** Nothing can lag, fail or get stuck that was refused. */
const NEED_EFFECT: readonly FaultKey[] = ['lag', 'omit', 'error', 'stuck', 'unplug', 'twice'];

/** To name instead of all, where too many fit to be read. */
const EXAMPLES = ['create-server', 'list-servers', 'delete-port', 'install-packages', 'run-stack'];
const MANY = 6;

function operationsOf(word: string): readonly string[] {
  return OPERATIONS.filter((operation) => fitsPattern(word, operation));
}

function describeFits(fits: readonly string[]): string {
  if (fits.length <= MANY) return `it fits ${fits.join(', ')}`;
  return `it fits operations like ${EXAMPLES.filter((name) => fits.includes(name)).join(', ')}`;
}

/** Each word of `on` with its place. */
function wordsOf(on: unknown, path: Path): readonly { readonly word: string; readonly path: Path }[] {
  if (typeof on === 'string') return [{ word: on, path: [...path, 'on'] }];
  const words: readonly unknown[] = Array.isArray(on) ? on : [];
  return words.flatMap((word, index) => (typeof word === 'string' ? [{ word, path: [...path, 'on', index] }] : []));
}

function checkWord(word: string, keys: readonly FaultKey[], path: Path, at: Path, report: ReportProblem): void {
  const operations = operationsOf(word);
  if (operations.length === 0) {
    report(
      'bad-value',
      at,
      `${showWord(word)} is no operation`,
      adviseWord(word, OPERATIONS, `for example ${EXAMPLES.join(', ')}`),
    );
    return;
  }
  for (const key of keys) {
    const fits: readonly string[] = FAULT_FITS[key];
    if (operations.some((operation) => fits.includes(operation))) continue;
    report('bad-value', [...path, key], `${key} does not fit ${word}`, describeFits(fits), true);
  }
}

function checkCombination(rule: Fields, keys: readonly FaultKey[], path: Path, report: ReportProblem): void {
  const refuse = (key: string, message: string, fix: string): void =>
    report('bad-value', [...path, key], message, fix, true);
  for (const [key, companions] of COMPANIONS) {
    if (!keys.includes(key) || companions.some((companion) => keys.includes(companion))) continue;
    const wanted = companions.join(' or ');
    refuse(key, `${key} says something about ${wanted}, which is not here`, `add ${wanted}`);
  }
  for (const alternatives of ALTERNATIVES) {
    const [first, second] = alternatives.filter((key) => keys.includes(key));
    if (first === undefined || second === undefined) continue;
    refuse(second, `${first} and ${second} cannot both happen`, 'keep one, or write two rules');
  }
  const isRefused =
    keys.includes('token') || keys.includes('quota') || (keys.includes('status') && rule['effect'] !== true);
  for (const key of isRefused ? NEED_EFFECT.filter((candidate) => keys.includes(candidate)) : []) {
    refuse(
      key,
      `${key} needs something that was done, and this is refused`,
      'remove it, or add status with effect: true',
    );
  }
}

function checkRule(rule: Fields, path: Path, report: ReportProblem): void {
  const keys = FAULT_KEYS.filter((key) => key in rule);
  // An unknown key was meant to do something: it is told already.
  if (Object.keys(rule).every((key) => CONDITIONS.includes(key)))
    report('bad-value', path, 'the rule does nothing', `say what happens: ${FAULT_KEYS.join(', ')}`);
  for (const key of ['fails_at', 'reboots_at']) {
    const milestone = rule[key];
    if (typeof milestone === 'string' && !MILESTONE_NAMES.includes(milestone))
      report(
        'bad-value',
        [...path, key],
        `${showWord(milestone)} is no milestone`,
        adviseWord(milestone, MILESTONE_NAMES),
      );
  }
  const words = wordsOf(rule['on'], path);
  for (const { word, path: at } of words) checkWord(word, keys, path, at, report);
  checkCombination(rule, keys, path, report);
  const list = words.find(({ word }) => word.startsWith('list-'));
  if (list !== undefined && 'of' in rule && !keys.includes('omit')) {
    report(
      'bad-value',
      [...path, 'of'],
      `${list.word} is not about one resource`,
      'remove it, or add omit: true',
      true,
    );
  }
}

/** Reports every broken rule of a fault script as it was said; wrong kinds of values are the schema's business. */
export function checkFaults(said: unknown, report: ReportProblem): void {
  const faults = fieldsOf(said)['faults'];
  for (const [index, rule] of (Array.isArray(faults) ? faults : []).entries()) {
    checkRule(fieldsOf(rule), ['faults', index], report);
  }
}
