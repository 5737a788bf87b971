/** T13: takes one promise out of a copy of the code at a time; the harness that watches over it must fail then, and only then. */
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Harness, MUTANTS, type Mutant, type Patch } from './mutant-list.ts';
import { casesOf, nothingFound, type Part } from './part.ts';

const TOP = join(import.meta.dirname, '..', '..');
const COPIED = ['src', 'test', 'migrations', 'layouts', 'scripts', 'package.json', 'tsconfig.json', 'builder.ts'];

/** A whole tree of its own, to be changed at will. */
function copyTree(): string {
  const folder = mkdtempSync(join(tmpdir(), 'builder-mutant-'));
  for (const name of COPIED) cpSync(join(TOP, name), join(folder, name), { recursive: true });
  symlinkSync(join(TOP, 'node_modules'), join(folder, 'node_modules'));
  return folder;
}

/** The text of a file with one promise less. Throws where the code is no longer what the mutant changes. */
export function patchText(text: string, { file, from, to }: Patch): string {
  const parts = text.split(from);
  if (parts.length !== 2) throw new Error(`${file} has ${parts.length - 1} times: ${from}`);
  return parts.join(to);
}

function mutate(folder: string, { patches }: Mutant): void {
  for (const patch of patches) {
    const path = join(folder, patch.file);
    writeFileSync(path, patchText(readFileSync(path, 'utf8'), patch));
  }
}

interface Verdict {
  readonly passed: number;
  readonly failed: number;
}

/** Only tests that ran count: a mutant that cannot even be loaded proves nothing. */
async function run(folder: string, { tier, file, only }: Harness): Promise<Verdict> {
  const report = join(folder, '.cache', 'tests', `${tier}.json`);
  rmSync(report, { force: true });
  const config = ['--config', 'scripts/rules/vitest.config.ts', '--bail', '1'];
  const child = spawn(
    process.execPath,
    ['node_modules/vitest/vitest.mjs', 'run', ...config, file, ...(only === undefined ? [] : ['-t', only])],
    { cwd: folder, env: { ...process.env, BUILDER_TESTS: tier }, stdio: 'ignore' },
  );
  await new Promise((resolve) => void child.once('close', resolve));
  if (!existsSync(report)) return { passed: 0, failed: 0 };
  const { numPassedTests: passed, numFailedTests: failed } = JSON.parse(readFileSync(report, 'utf8')) as Record<
    'numPassedTests' | 'numFailedTests',
    number
  >;
  return { passed, failed };
}

export async function runOn(harness: Harness, mutant: Mutant | null): Promise<Verdict> {
  const folder = copyTree();
  try {
    if (mutant !== null) mutate(folder, mutant);
    return await run(folder, harness);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Which mutants the slice has time for; a harness that fails on the true code can kill nobody. */
export const runMutants: Part = async (wishes) => {
  const findings = nothingFound();
  const figures = { mutantsTried: 0, mutantsKilled: 0 };
  const sound = new Map<Harness, boolean>();
  for (const mutant of casesOf(MUTANTS, wishes)) {
    if (Date.now() >= wishes.deadlineMs) break;
    const { name, harness } = mutant;
    if (!sound.has(harness)) {
      const { passed, failed } = await runOn(harness, null);
      sound.set(harness, passed > 0 && failed === 0);
    }
    figures.mutantsTried += 1;
    const isSound = sound.get(harness) === true;
    if (isSound && (await runOn(harness, mutant)).failed > 0) figures.mutantsKilled += 1;
    else findings.trials.push(isSound ? `mutant "${name}" lives` : `${harness.file} fails without a mutant, too`);
  }
  return { figures, findings, skipped: null };
};
