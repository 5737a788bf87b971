/** A real repository of two commits for tests that ask for refs. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';

const WHO = ['-c', 'user.name=t', '-c', 'user.email=t@example.org'];

export interface GitRepository {
  readonly folder: string;
  /** Of `first` and `second`, on master; there once tests run. */
  readonly commits: readonly string[];
}

/** Made before the file's tests, with `stable/2026.1` at the first commit and what `more` adds, and removed after them. */
export function gitRepository(more: (git: (...args: readonly string[]) => string) => void): GitRepository {
  const folder = mkdtempSync(join(tmpdir(), 'builder-git-'));
  const git = (...args: readonly string[]): string =>
    execFileSync('git', ['-C', folder, ...WHO, ...args], { encoding: 'utf8', stdio: 'pipe' }).trim();
  const commits: string[] = [];
  beforeAll(() => {
    git('init', '--quiet');
    git('checkout', '--quiet', '-b', 'master');
    for (const name of ['first', 'second']) {
      git('commit', '--quiet', '--allow-empty', '--message', name);
      commits.push(git('rev-parse', 'HEAD'));
    }
    git('branch', 'stable/2026.1', 'HEAD~1');
    more(git);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return { folder, commits };
}
