/** What a torture run prints: each figure beside its target (reliability.md section 3.10), and how to repeat what broke. */
import type { Findings } from '../simulation/oracle.ts';

export interface Sum {
  readonly seed: number;
  readonly minutes: number;
  readonly figures: Readonly<Record<string, number>>;
  readonly broken: Findings;
  /** Histories or cases that broke something, and how each is repeated. */
  readonly trials: readonly string[];
  readonly skipped: readonly string[];
}

const MOST_LINES = 40;

/** Name of a figure, what people read, its target. */
const ROWS: readonly (readonly [string, string, string])[] = [
  ['points', 'crash points, in process', '>= 1000'],
  ['pairs', 'pairs of them', '>= 3000'],
  ['destroys', 'destroys in all conditions', ''],
  ['outsidePoints', 'crash points, from outside', '>= 1500'],
  ['outsideMissed', '  came too late to kill', ''],
  ['agentPoints', 'crash points, server agent', '>= 300'],
  ['agentMissed', '  came too late to kill', ''],
  ['powerCutImages', 'power-cut images', '>= 5000'],
  ['lostCommits', '  acknowledged commits lost', '0'],
  ['damagedImages', '  damaged', '0'],
  ['apiCases', 'API fault cases', '>= 880'],
  ['apiSurvived', '  survived', 'all'],
  ['seeds', 'seeds', '>= 1000'],
  ['virtualHours', '  virtual hours', ''],
];

function toText(value: number): string {
  return String(Math.round(value * 10) / 10);
}

function row(name: string, value: string, target: string): string {
  return `${name.padEnd(30)}${value.padStart(10)}   ${target}`.trimEnd().concat('\n');
}

/** For people. */
export function renderTable({ figures, broken, trials, skipped, seed }: Sum): string {
  const { mutantsKilled = 0, mutantsTried = 0 } = figures;
  return [
    row('', 'measured', 'target'),
    ...ROWS.flatMap(([name, title, target]) => {
      const value = figures[name];
      return value === undefined ? [] : [row(title, toText(value), target)];
    }),
    row('duplicate effects', toText(broken.duplicates.length), '0'),
    row('leaked objects', toText(broken.leaks.length), '0'),
    row('foreign objects touched', toText(broken.foreign.length), '0'),
    row('finished steps run again', toText(broken.rerun.length), '0'),
    row('mutants killed', `${mutantsKilled}/${mutantsTried}`, '17/17'),
    row('seed', String(seed), ''),
    ...skipped.map((why) => `skipped: ${why}\n`),
    ...[...trials, ...Object.values(broken).flat()].slice(0, MOST_LINES).map((text) => `broken: ${text}\n`),
  ].join('');
}

/** For programs. */
export function toJson({ figures, broken, ...rest }: Sum): string {
  const { mutantsTried = 0, mutantsKilled = 0, ...others } = figures;
  const totals = {
    ...others,
    duplicates: broken.duplicates.length,
    leaks: broken.leaks.length,
    foreign: broken.foreign.length,
    rerun: broken.rerun.length,
    mutants: { tried: mutantsTried, killed: mutantsKilled },
  };
  return `${JSON.stringify({ ...rest, totals, broken })}\n`;
}

/** Nothing broke, and every mutant that was tried is dead. */
export function isWhole({ figures, broken, trials }: Sum): boolean {
  const { mutantsTried = 0, mutantsKilled = 0, lostCommits = 0, damagedImages = 0 } = figures;
  const found = trials.length + Object.values(broken).flat().length + lostCommits + damagedImages;
  return found === 0 && mutantsKilled === mutantsTried;
}
