/** `npm run torture`: every harness for as long as is given, and the table of what was tried and what broke. */
import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';
import { addFindings, noFindings } from '../simulation/oracle.ts';
import type { PartResult } from './part.ts';
import { PARTS, type PartEntry } from './parts.ts';
import { isWhole, renderTable, type Sum, toJson } from './report.ts';

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

function add(sum: Sum, part: string, { figures, findings, skipped }: PartResult): Sum {
  const added = Object.entries(figures).map(([name, value]) => [name, (sum.figures[name] ?? 0) + value] as const);
  addFindings(sum.broken, findings);
  return {
    ...sum,
    figures: { ...sum.figures, ...Object.fromEntries(added) },
    trials: [...sum.trials, ...findings.trials],
    skipped: skipped === null ? sum.skipped : [...sum.skipped, `${part}: ${skipped}`],
  };
}

/** Parts one after the other, the slices of each side by side; what one leaves of its time is for those after it. */
async function runAll({ minutes, seed, only }: Wishes): Promise<Sum> {
  let sum: Sum = { seed, minutes, figures: {}, broken: noFindings(), trials: [], skipped: [] };
  const parts = PARTS.filter(({ name }) => only === null || name === only);
  const endMs = Date.now() + minutes * 60_000;
  for (const [index, part] of parts.entries()) {
    const beganMs = Date.now();
    const shares = parts.slice(index).reduce((total, { share }) => total + share, 0);
    const deadlineMs = beganMs + ((endMs - beganMs) * part.share) / shares;
    const slices = Array.from({ length: part.slices }, (_, slice) => runSlice(part, slice, seed, deadlineMs));
    for (const result of await Promise.all(slices)) sum = add(sum, part.name, result);
    process.stderr.write(`${part.name}: ${Math.round((Date.now() - beganMs) / 1000)} s\n`);
  }
  return sum;
}

const wishes = readWishes();
const sum = await runAll(wishes);
process.stdout.write(wishes.format === 'json' ? toJson(sum) : renderTable(sum));
process.exit(isWhole(sum) ? 0 : 1);
