/** `npm run torture`: every harness for as long as is given, and the table of what was tried and what broke. */
import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';
import { addFindings, type Findings, noFindings } from '../simulation/oracle.ts';
import type { PartResult } from './part.ts';
import { PARTS, type PartEntry } from './parts.ts';

interface Wishes {
  readonly minutes: number;
  readonly seed: number;
  readonly only: string | null;
  readonly format: 'table' | 'json';
}

function readWishes(): Wishes {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '30' },
      seed: { type: 'string', default: String(Math.floor(Date.now() / 1000) % 100_000) },
      only: { type: 'string' },
      format: { type: 'string', default: 'table' },
    },
  });
  const [minutes, seed] = [Number(values.minutes), Number(values.seed)];
  const isKnown = values.only === undefined || PARTS.some(({ name }) => name === values.only);
  if (!(minutes > 0) || !Number.isInteger(seed) || !isKnown || !/^(table|json)$/.test(values.format)) {
    process.stderr.write(
      `npm run torture [-- --minutes N --seed S --only ${PARTS.map(({ name }) => name).join('|')} --format table|json]\n`,
    );
    process.exit(2);
  }
  return { minutes, seed, only: values.only ?? null, format: values.format === 'json' ? 'json' : 'table' };
}

/** One slice in a process of its own; rejects with what it said when it fails. */
function runSlice({ name, slices }: PartEntry, index: number, seed: number, deadlineMs: number): Promise<PartResult> {
  const args = [`${import.meta.dirname}/worker.ts`, name, seed, deadlineMs, index, slices].map(String);
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      const line = stdout.trimEnd().split('\n').at(-1) ?? '';
      if (code === 0) resolve(JSON.parse(line) as PartResult);
      else reject(new Error(`${name}, slice ${index} of ${slices}: exit ${code}\n${stderr}`));
    });
  });
}

interface Sum {
  readonly figures: Record<string, number>;
  readonly broken: Findings;
  readonly trials: string[];
  readonly skipped: string[];
}

function add(sum: Sum, part: string, { figures, findings, skipped }: PartResult): void {
  for (const [name, value] of Object.entries(figures)) sum.figures[name] = (sum.figures[name] ?? 0) + value;
  addFindings(sum.broken, findings);
  sum.trials.push(...findings.trials);
  if (skipped !== null) sum.skipped.push(`${part}: ${skipped}`);
}

/** Parts one after the other, the slices of each side by side. */
async function runAll({ minutes, seed, only }: Wishes): Promise<Sum> {
  const sum: Sum = {
    figures: {},
    broken: noFindings(),
    trials: [],
    skipped: [],
  };
  const parts = PARTS.filter(({ name }) => only === null || name === only);
  const whole = parts.reduce((total, { share }) => total + share, 0);
  for (const part of parts) {
    const beganMs = Date.now();
    const deadlineMs = beganMs + (minutes * 60_000 * part.share) / whole;
    const slices = Array.from({ length: part.slices }, (_, index) => runSlice(part, index, seed, deadlineMs));
    for (const result of await Promise.all(slices)) add(sum, part.name, result);
    process.stderr.write(`${part.name}: ${Math.round((Date.now() - beganMs) / 1000)} s\n`);
  }
  return sum;
}

function render(sum: Sum, seed: number): string {
  const { mutantsTried = 0, mutantsKilled = 0, ...figures } = sum.figures;
  const rows: [string, string][] = [
    ...Object.entries(figures).map(([name, value]): [string, string] => [name, String(Math.round(value * 10) / 10)]),
    ...Object.entries(sum.broken).map(([name, all]): [string, string] => [name, String(all.length)]),
    ['mutants killed', `${mutantsKilled}/${mutantsTried}`],
    ['seed', String(seed)],
  ];
  const lines = rows.map(([name, value]) => `${name.padEnd(24)} ${value}\n`);
  const broken = Object.values(sum.broken).flat();
  return [
    ...lines,
    ...sum.skipped.map((why) => `skipped: ${why}\n`),
    ...[...sum.trials, ...broken].slice(0, 40).map((text) => `broken: ${text}\n`),
  ].join('');
}

const wishes = readWishes();
const sum = await runAll(wishes);
const { mutantsTried = 0, mutantsKilled = 0, ...figures } = sum.figures;
const totals = {
  ...figures,
  duplicates: sum.broken.duplicates.length,
  leaks: sum.broken.leaks.length,
  foreign: sum.broken.foreign.length,
  rerun: sum.broken.rerun.length,
  mutants: { tried: mutantsTried, killed: mutantsKilled },
};
const report = {
  seed: wishes.seed,
  minutes: wishes.minutes,
  totals,
  skipped: sum.skipped,
  broken: sum.broken,
  trials: sum.trials,
};
process.stdout.write(wishes.format === 'json' ? `${JSON.stringify(report)}\n` : render(sum, wishes.seed));
const isWhole = Object.values(sum.broken).every((all) => all.length === 0) && mutantsKilled === mutantsTried;
process.exit(isWhole ? 0 : 1);
