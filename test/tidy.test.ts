/** The rules of the house that no other tool checks; every failure says what to do instead. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ERRORS } from '../src/errors.ts';

const top = join(import.meta.dirname, '..');
const NOT_OURS = new Set(['node_modules', '.git', '.cache', 'coverage']);

/** Paths from the top, with slashes. */
function listFiles(folder: string): string[] {
  if (!existsSync(join(top, folder))) return [];
  return readdirSync(join(top, folder), { withFileTypes: true }).flatMap((entry) => {
    if (NOT_OURS.has(entry.name)) return [];
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    return entry.isDirectory() ? listFiles(path) : [path];
  });
}

/** What a clone would hold; people may keep a clouds.yaml beside it. Without git, everything that is here. */
function listClone(): string[] {
  if (!existsSync(join(top, '.git'))) return listFiles('');
  const text = execFileSync('git', ['ls-files', '-z'], { cwd: top, encoding: 'utf8' });
  return text.split('\0').filter((path) => path !== '' && existsSync(join(top, path)));
}

const read = (path: string): string => readFileSync(join(top, path), 'utf8');
const clone = listClone();
const source = ['src', 'migrations', 'scripts', 'test'].flatMap(listFiles).filter((path) => path.endsWith('.ts'));
const production = source.filter((path) => path.startsWith('src/') || path.startsWith('migrations/'));

/** The lines of files that match, as `file:line: text`. */
function findLines(files: readonly string[], pattern: RegExp): string[] {
  return files.flatMap((path) =>
    read(path)
      .split('\n')
      .map((line, index) => ({ line, at: `${path}:${index + 1}` }))
      .filter(({ line }) => pattern.test(line))
      .map(({ line, at }) => `${at}: ${line.trim().slice(0, 100)}`),
  );
}

function expectNone(found: readonly string[], instead: string): void {
  expect(found, `${instead}\n${found.join('\n')}\n`).toEqual([]);
}

describe('every file', () => {
  test('opens with a sentence that says what it owns', () => {
    expectNone(
      source.filter((path) => !/^(#!.*\n)?\/\*\*[^]*?[.:!?]\s*\*\//.test(read(path))),
      'Begin these files with /** One sentence that says what the file owns. */',
    );
  });

  test('is at most 300 lines long', () => {
    const long = source
      .map((path) => ({ path, lines: read(path).trimEnd().split('\n').length }))
      .filter(({ lines }) => lines > 300);
    expectNone(
      long.map(({ path, lines }) => `${path}: ${lines} lines`),
      'Split these files by what they own; a second topic is a second file.',
    );
  });

  test('is named in kebab-case', () => {
    const bad = clone.filter(
      (path) =>
        /^(src|migrations|layouts|scripts|test)\//.test(path) && !path.startsWith('test/standin-devstack/tree/'),
    );
    expectNone(
      bad.filter(
        (path) => !/^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+)*$/.test(basename(path)) && basename(path) !== 'README.rst',
      ),
      'Rename these files to kebab-case, after their main export.',
    );
  });

  test('is named for what it holds, not for being left over', () => {
    expectNone(
      source.filter((path) => /(^|\/)(utils?|common|helpers?|types|misc|shared)(\/|\.ts$)/.test(path)),
      'Name these files for what they own, or move what they hold to the rooms that own it.',
    );
  });

  test('of a room exports at most five values', () => {
    const counted = production.map((path) => ({
      path,
      count: read(path).match(/^export (async |abstract )?(function|const|let|class)\b/gm)?.length ?? 0,
    }));
    expectNone(
      counted.filter(({ count }) => count > 5).map(({ path, count }) => `${path}: ${count}`),
      'Split these files by topic: five exported values are the most that one sentence can own.',
    );
  });

  test('of a room takes the time from a clock', () => {
    expectNone(
      findLines(
        production.filter((path) => !/^src\/(host|progress)\//.test(path)),
        /\bnew Date\(\)|\bhrtime\b/,
      ),
      'Use the Clock port (src/host/clock.ts): tests turn it by hand.',
    );
  });

  test('of a room re-exports nothing, but for the four lists', () => {
    const lists = /^src\/((commands|steps|roles)\/index|cloud\/providers)\.ts$/;
    expectNone(
      findLines(
        production.filter((path) => !lists.test(path)),
        /^export (type )?(\*|\{[^}]*\}) from /,
      ),
      'Import from the file that owns the name.',
    );
  });

  test('is finished', () => {
    // The brackets keep this file from finding itself, here and below.
    const marks = /\b(TO[D]O|FIX[M]E|X[X]X)\b/;
    expectNone(findLines(source, marks), 'Do it, or open an issue and say in a sentence what is not done.');
  });
});

describe('the tests', () => {
  test('all run', () => {
    const narrowed = /\b(it|test|describe)\.(only|todo|skip)\(/;
    expectNone(
      findLines(
        source.filter((path) => path.startsWith('test/')),
        narrowed,
      ),
      'Remove the mark; what cannot run on some machine is skipIf, with a printed reason.',
    );
  });
});

describe('the repository', () => {
  test('keeps its top level as designed', () => {
    const allowed =
      /^(\.[^/]+|builder|builder\.ts|package\.json|package-lock\.json|tsconfig\.json|README\.rst|LICENSE|src|migrations|layouts|scripts|test)$/;
    expectNone(
      [...new Set(clone.map((path) => path.split('/')[0] ?? ''))].filter((name) => !allowed.test(name)),
      'Move these: settings of tools to scripts/rules/, data to layouts/ or migrations/, the rest to its room.',
    );
  });

  test('speaks of no machine of ours', () => {
    const paths = /(^|[^\w.])\/(wor[k]|far[m])\//;
    const texts = clone.filter(
      (path) =>
        /\.(ts|mjs|json|sh|py|rst|ya?ml|md)$|^builder$|^\.[^/]+|^\.ci\//.test(path) && path !== 'package-lock.json',
    );
    expectNone(findLines(texts, paths), 'Use a path relative to the repository, a setting, or a temporary folder.');
  });

  test('names no package registry', () => {
    const registries = /"resolved": "(?!https:\/\/registry\.npmjs\.org\/)|^\s*(@[\w-]+:)?registry\s*=|_authToken/;
    expectNone(
      findLines(
        clone.filter((path) => /(^|\/)(package-lock\.json|\.npmrc)$/.test(path)),
        registries,
      ),
      'Make the lockfile with omit-lockfile-registry-resolved=true, and keep registries in ~/.npmrc.',
    );
  });

  test('has a launcher that can be started', () => {
    const mode = existsSync(join(top, '.git'))
      ? execFileSync('git', ['ls-files', '-s', 'builder'], { cwd: top, encoding: 'utf8' })
      : '100755';
    expect(mode, 'git update-index --chmod=+x builder').toMatch(/^100755/);
  });
});

describe('README.rst', () => {
  const readme = existsSync(join(top, 'README.rst')) ? read('README.rst') : '';
  const lines = readme.split('\n');

  test('lists every error with its code, its name and its exit code', () => {
    const missing = Object.entries(ERRORS).filter(
      ([code, { id, exit }]) =>
        !lines.some((line) => [id, code, String(exit)].every((word) => line.split(/[\s`|,]+/).includes(word))),
    );
    expectNone(
      missing.map(([code, { id, exit }]) => `${id}  ${code}  ${exit}`),
      'Add these rows (code, name, exit code on one line) to "Errors and exit codes" in README.rst:',
    );
  });

  test('lists no error that does not exist', () => {
    const known = new Set<string>(Object.values(ERRORS).map(({ id }) => id));
    const told = readme.match(/\bE\d{4,5}\b/g) ?? [];
    expectNone(
      told.filter((id) => !known.has(id)),
      'Remove these from README.rst, or add their rows to src/errors.ts.',
    );
  });
});
