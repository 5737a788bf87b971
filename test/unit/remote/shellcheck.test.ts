/** shellcheck finds nothing: in the scripts that nodes run, as they are sent, and in those of the repository itself. */
import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { listRemoteScripts } from '../../support/remote-scripts.ts';

const missing =
  spawnSync('shellcheck', ['--version']).error === undefined ? null : 'shellcheck is missing (apt install shellcheck)';
if (missing !== null) process.stderr.write(`skipped: scripts are not checked: ${missing}\n`);

const top = join(import.meta.dirname, '..', '..', '..');
const remote = await listRemoteScripts();
const own = execFileSync('git', ['ls-files', '-z'], { cwd: top, encoding: 'utf8' })
  .split('\0')
  // The agent's parts are checked as the one script they make.
  .filter((path) => path !== '' && !path.startsWith('src/remote/agent/'))
  .filter((path) => /^#!.*\b(sh|bash)\n/.test(readFileSync(join(top, path), 'latin1')));

let folder: string;
/** By the path of the script; each as `path:line:column: what`. */
let findings: readonly string[];

/** All files in one go, since the program starts slowly. */
function check(dialect: readonly string[], files: readonly string[], cwd: string): Promise<readonly string[]> {
  if (files.length === 0) return Promise.resolve([]);
  return new Promise((resolve, reject) => {
    execFile('shellcheck', ['-f', 'gcc', ...dialect, ...files], { cwd }, (error, stdout, stderr) => {
      // 1: there are findings; anything above: it could not look.
      if (error !== null && error.code !== 1) reject(new Error(`shellcheck: ${error.message}${stderr}`));
      else resolve(stdout.split('\n').filter((line) => line !== ''));
    });
  });
}

beforeAll(async () => {
  if (missing !== null) return;
  folder = mkdtempSync(join(tmpdir(), 'shellcheck-'));
  for (const { name, text } of remote) writeFileSync(join(folder, name), text);
  const inShell = (shell: string): readonly string[] =>
    remote.filter((script) => script.shell === shell).map(({ name }) => name);
  findings = (
    await Promise.all([
      check(['-s', 'sh'], inShell('sh'), folder),
      check(['-s', 'bash'], inShell('bash'), folder),
      check([], own, top),
    ])
  ).flat();
}, 120_000);

afterAll(() => {
  if (missing === null) rmSync(folder, { recursive: true, force: true });
});

test.skipIf(missing !== null).each(remote)('$name, which nodes run in $shell', ({ name }) => {
  expect(findings.filter((line) => line.startsWith(`${name}:`))).toEqual([]);
});

test.skipIf(missing !== null).each(own)('%s', (path) => {
  expect(findings.filter((line) => line.startsWith(`${path}:`))).toEqual([]);
});
