/** The lock of a built cluster: what its nodes were built from, and where they disagree. */
import { expect, test } from 'vitest';
import { pinsOf, readLock, renderLock } from '../../../src/layout/commit-lock.ts';
import { lockCommits } from '../../../src/plan/commit-lock.ts';

const A = 'a'.repeat(40);
const B = 'b'.repeat(40);
const DEVSTACK = { ref: 'stable/2026.1', commit: 'd'.repeat(40) };
const URL = 'https://opendev.org/openstack/nova.git';

function project(name: string, commit: string, url: string | null = URL) {
  return { name, commit, url };
}

test('names each project once, with the commit of the first node that has it and who shares it', () => {
  const { lock, disagreements } = lockCommits(
    [
      { node: 'controller', projects: [project('nova', A), project('keystone', B)] },
      { node: 'compute-1', projects: [project('nova', A)] },
    ],
    DEVSTACK,
  );
  expect(lock).toEqual({
    version: 1,
    devstack: DEVSTACK,
    projects: {
      keystone: { commit: B, repo: URL, nodes: ['controller'] },
      nova: { commit: A, repo: URL, nodes: ['controller', 'compute-1'] },
    },
  });
  expect(disagreements).toEqual([]);
});

test('leaves out DevStack, which is named apart, and what was cloned from nowhere', () => {
  const { lock } = lockCommits(
    [{ node: 'controller', projects: [project('devstack', A), project('mine', B, null)] }],
    DEVSTACK,
  );
  expect(lock.projects).toEqual({});
});

test('tells a branch that moved between two nodes, and keeps to the node with the APIs', () => {
  const { lock, disagreements } = lockCommits(
    [
      { node: 'controller', projects: [project('nova', A)] },
      { node: 'compute-1', projects: [project('nova', B)] },
    ],
    DEVSTACK,
  );
  expect(lock.projects['nova']).toMatchObject({ commit: A, nodes: ['controller'] });
  expect(disagreements).toEqual([
    {
      project: 'nova',
      commits: new Map([
        [A, ['controller']],
        [B, ['compute-1']],
      ]),
    },
  ]);
});

test('is read back as it was written, and pins what DevStack has a variable for', () => {
  const { lock } = lockCommits(
    [{ node: 'controller', projects: [project('nova', A), project('os-test-images', B), project('oslo.cache', B)] }],
    DEVSTACK,
  );
  const text = renderLock('lab', lock);
  expect(text).toMatch(/^# The commits that lab was built from\.\n/);
  expect(readLock(text, 'commits.lock')).toEqual(lock);
  expect(pinsOf(lock)).toEqual({
    devstack: DEVSTACK.commit,
    localrc: { NOVA_BRANCH: A, OSTESTIMAGES_BRANCH: B },
  });
});

test('a lock file that was edited wrongly is told with line and column, all at once', () => {
  const text = `version: 1\ndevstack: {ref: x, commit: abc}\nprojects:\n  nova: {comit: ${A}}\n`;
  const refused = expect.objectContaining({
    problems: [
      expect.objectContaining({ at: 'my.lock:2:28  devstack.commit' }),
      expect.objectContaining({ at: 'my.lock:4:9  projects.nova.commit', message: 'projects.nova.commit is missing' }),
      expect.objectContaining({ at: 'my.lock:4:10  projects.nova.comit', fix: 'did you mean "commit"?' }),
    ],
  });
  expect(() => readLock(text, 'my.lock')).toThrow(refused);
});
