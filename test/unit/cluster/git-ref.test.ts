/** The commit of a ref, asked of a real repository, before anything is created. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { resolveGitRef } from '../../../src/cluster/git-ref.ts';
import { gitRepository } from './git-repository.ts';

const { folder, commits } = gitRepository((git) => {
  git('tag', '--annotate', '--message', 'told', 'told', 'HEAD~1');
  git('tag', 'bare', 'HEAD');
  git('branch', 'both', 'HEAD');
  git('tag', 'both', 'HEAD~1');
  git('branch', 'unmaintained/2024.1');
  git('tag', '2024.1-eom');
  git('tag', '--annotate', '--message', 'ended', '2024.2-eol');
  git('tag', '2023.2-eol');
});

const resolve = (ref: string, repo = folder): Promise<string> =>
  resolveGitRef(repo, ref, {}, new AbortController().signal);

describe('a ref', () => {
  test.each([
    ['a branch', 'master', 1],
    ['a branch with a slash', 'stable/2026.1', 0],
    ['an annotated tag, of what it stands for', 'told', 0],
    ['a plain tag', 'bare', 1],
    ['the branch, where a tag has its name', 'both', 1],
    ['a whole name', 'refs/heads/stable/2026.1', 0],
  ])('is the commit of %s', async (_what, ref, index) => {
    expect(await resolve(ref)).toBe(commits[index]);
  });
  test('that is a commit already is asked of nobody', async () => {
    expect(await resolve('a'.repeat(40), join(folder, 'none'))).toBe('a'.repeat(40));
  });
});

test('an unknown ref is refused with the branches there are', async () => {
  await expect(resolve('stable/2026.2')).rejects.toMatchObject({
    code: 'git-ref-not-found',
    fix: 'choose one with --branch: both, master, stable/2026.1, unmaintained/2024.1',
  });
});

describe('a branch that is gone is answered with what became of it', () => {
  const ended = (tag: string) =>
    `that series has ended; its last state: --branch ${tag} --set localrc.TARGET_BRANCH=${tag}`;
  test.each([
    ['renamed', 'stable/2024.1', 'that series is there as --branch unmaintained/2024.1'],
    ['renamed, by its whole name', 'refs/heads/stable/2024.1', 'that series is there as --branch unmaintained/2024.1'],
    ['not renamed yet', 'unmaintained/2026.1', 'that series is there as --branch stable/2026.1'],
    ['named by its series alone', '2026.1', 'that series is there as --branch stable/2026.1'],
    ['ended', 'stable/2024.2', ended('2024.2-eol')],
    ['ended after it was unmaintained', 'unmaintained/2023.2', ended('2023.2-eol')],
  ])('%s', async (_what, ref, fix) => {
    await expect(resolve(ref)).rejects.toMatchObject({ code: 'git-ref-not-found', exitCode: 2, fix });
  });
  test('and that can be had', async () => {
    expect(await resolve('unmaintained/2024.1')).toBe(commits[1]);
    expect(await resolve('2024.2-eol')).toBe(commits[1]);
  });
});

test('a repository that cannot be read is told in git’s last words', async () => {
  await expect(resolve('master', join(folder, 'none'))).rejects.toMatchObject({
    code: 'git-unreachable',
    message: expect.stringMatching(/cannot read .*none: \S+/) as string,
    at: 'devstack.repo',
  });
});

test('a git that ends without a word is told by its exit code', async () => {
  writeFileSync(join(folder, 'git'), '#!/bin/sh\nexit 3\n', { mode: 0o700 });
  const asked = resolveGitRef('https://git/devstack', 'master', { PATH: folder }, new AbortController().signal);
  await expect(asked).rejects.toMatchObject({ message: 'cannot read https://git/devstack: exit 3' });
});
