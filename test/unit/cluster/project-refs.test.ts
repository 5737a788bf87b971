/** What plugins and changes stand at, asked of a real repository before anything is created. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { resolveProjects } from '../../../src/cluster/project-refs.ts';
import type { BuilderError } from '../../../src/errors.ts';
import type { ProjectRefs } from '../../../src/plan/choices.ts';
import { gitRepository } from './git-repository.ts';

const { folder, commits } = gitRepository((git) => {
  git('update-ref', 'refs/changes/50/5050/1', 'HEAD~1');
  git('update-ref', 'refs/changes/50/5050/12', 'HEAD');
});

interface Wish {
  readonly plugins?: readonly { readonly name: string; readonly ref: string | null; readonly repo?: string }[];
  readonly changes?: readonly { readonly project: string; readonly ref: string; readonly repo?: string }[];
  readonly devstackRef?: string;
}

function resolve({ plugins = [], changes = [], devstackRef = 'stable/2026.1' }: Wish): Promise<ProjectRefs> {
  const layout = {
    devstack: { repo: '', ref: devstackRef, commit: null, gitBase: null },
    plugins: plugins.map((plugin) => Object.assign({ repo: folder, nodes: [], localrc: {}, services: {} }, plugin)),
    changes: changes.map((change) => Object.assign({ repo: folder }, change)),
  };
  return resolveProjects(layout, {}, new AbortController().signal);
}

/** Each problem with its place. */
async function problemsOf(wish: Wish): Promise<readonly string[]> {
  const error = await resolve(wish).then(
    () => null,
    (thrown: unknown) => thrown as BuilderError,
  );
  const all = error === null ? [] : error.problems.length === 0 ? [error] : error.problems;
  return all.map(({ code, at, fix }) => `${code} ${at ?? ''}: ${fix ?? ''}`);
}

describe('a plugin', () => {
  test.each([
    ['without a ref has DevStack’s branch', null, 'stable/2026.1', 'stable/2026.1', 0],
    ['that has no such branch has master', null, 'stable/2025.1', 'master', 1],
    ['has the branch that is named', 'master', 'stable/2026.1', 'master', 1],
    ['may be at a change too', 'refs/changes/50/5050/1', 'master', 'refs/changes/50/5050/1', 0],
  ])('%s', async (_what, ref, devstackRef, wanted, index) => {
    const { plugins } = await resolve({ plugins: [{ name: 'heat', ref }], devstackRef });
    expect(plugins).toEqual([{ name: 'heat', repo: folder, ref: wanted, commit: commits[index] }]);
  });

  test('at a commit is asked of nobody', async () => {
    const plugins = [{ name: 'heat', ref: 'a'.repeat(40), repo: join(folder, 'none') }];
    expect(await resolve({ plugins })).toMatchObject({ plugins: [{ commit: 'a'.repeat(40) }] });
  });
});

test('a change is the commit of its patch set', async () => {
  const { changes } = await resolve({ changes: [{ project: 'nova', ref: 'refs/changes/50/5050/1' }] });
  expect(changes).toEqual([{ project: 'nova', repo: folder, ref: 'refs/changes/50/5050/1', commit: commits[0] }]);
});

test('everything that is not there is told together, with what is there', async () => {
  const wish = {
    plugins: [
      { name: 'heat', ref: 'stable/2026.2' },
      { name: 'zun', ref: null, repo: join(folder, 'none') },
    ],
    changes: [
      { project: 'nova', ref: 'refs/changes/50/5050/3' },
      { project: 'glance', ref: 'refs/changes/51/5051/1' },
    ],
  };
  expect((await problemsOf(wish)).toSorted()).toEqual([
    'git-ref-not-found changes.0: its newest patch set is refs/changes/50/5050/12',
    'git-ref-not-found changes.1: look for the change in Gerrit: its download shows the ref',
    'git-ref-not-found plugins.0.ref: name one that is there: did you mean "stable/2026.1"? its branches: master, stable/2026.1',
    'git-unreachable plugins.1.repo: check the URL and the network of plugin zun',
  ]);
});
