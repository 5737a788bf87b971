/** The command line: verbs, near misses, help, options given twice. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Io } from '../../../src/commands/command.ts';
import { runCommandLine } from '../../../src/commands/command-line.ts';
import { COMMANDS } from '../../../src/commands/index.ts';
import { systemClock } from '../../../src/host/clock.ts';
import { systemRandom } from '../../../src/host/random.ts';

async function run(...argv: readonly string[]): Promise<{ readonly code: number; readonly stdout: string }> {
  let stdout = '';
  const io: Io = {
    stdout: (text) => {
      stdout += text;
    },
    stderr: () => undefined,
    isTty: { stdin: false, stdout: false, stderr: false },
    columns: 100,
    rows: 24,
    environment: { HOME: '/nonexistent' },
    cwd: '/',
    signal: new AbortController().signal,
    clock: systemClock,
    random: systemRandom,
    rehearse: () => Promise.reject(new Error('nobody rehearses here')),
  };
  return { code: await runCommandLine(argv, io), stdout };
}

describe('help', () => {
  test('lists every verb', async () => {
    const { code, stdout } = await run('--help');
    expect(code).toBe(0);
    for (const verb of ['create', 'destroy', 'status', 'list', 'logs', 'ssh']) expect(stdout).toContain(`  ${verb}`);
  });
  test('without a verb it is help, and bad usage', async () => expect((await run()).code).toBe(2));
  test('of a verb tells its options', async () => {
    const { code, stdout } = await run('create', '--help');
    expect(code).toBe(0);
    for (const option of ['--dry-run', '--hypervisors', '--floating-network', '--on-failure', '--patches']) {
      expect(stdout).toContain(option);
    }
  });
});

test('every option that a fix names can be given', async () => {
  const helps = await Promise.all(COMMANDS.map(({ name }) => run(name, '--help')));
  const known = helps.map(({ stdout }) => stdout).join('\n');
  const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts'));
  const fixes = files
    .flatMap((path) => readFileSync(join('src', path), 'utf8').split('\n'))
    .filter((line) => /\bfix: .*--[a-z]/.test(line));
  expect(fixes.length).toBeGreaterThan(20);
  const named = fixes.flatMap((line) => line.match(/--[a-z][a-z-]*[a-z]/g) ?? []);
  expect([...new Set(named)].filter((option) => !known.includes(option))).toEqual([]);
});

describe('what is not known is refused with what was probably meant', () => {
  test('a verb', async () => {
    await expect(run('creat')).rejects.toMatchObject({
      code: 'unknown-option',
      exitCode: 2,
      fix: 'did you mean "create"?',
    });
  });
  test('an option', async () => {
    await expect(run('create', '--flaver', 'x')).rejects.toMatchObject({
      code: 'unknown-option',
      fix: 'did you mean --flavor?',
    });
  });
  test('a word too many', async () => {
    await expect(run('list', 'one')).rejects.toMatchObject({ exitCode: 2 });
  });
});

describe('values are checked before anything is begun', () => {
  test.each([
    [['create', 'Bad_Name'], 'bad-name'],
    [['create', '--hypervisors', '0'], 'bad-option'],
    [['create', '--ssh-user', 'root; rm'], 'bad-option'],
    [['create', '--on-failure', 'pray'], 'bad-option'],
    [['destroy', '--cluster-id', 'short'], 'bad-option'],
  ])('%j', async (argv, code) => {
    await expect(run(...argv, '--state', '/nonexistent/state')).rejects.toMatchObject({ code, exitCode: 2 });
  });
  test('of an option given twice the last one counts', async () => {
    await expect(run('create', '--ssh-user', 'debian', '--ssh-user', 'no good')).rejects.toMatchObject({
      code: 'bad-option',
    });
    await expect(
      run('create', '--ssh-user', 'no good', '--ssh-user', 'debian', '--hypervisors', '0'),
    ).rejects.toMatchObject({
      message: expect.stringContaining('--hypervisors'),
    });
  });
});
