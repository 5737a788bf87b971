/** What an id says of its job, however much stands behind its kind. */
import { expect, test } from 'vitest';
import { isStackRun, kindOf, subjectOf } from '../../../../src/rehearsal/node/job-kinds.ts';

test.each([
  ['run-stack-g1', 'run-stack'],
  ['run-stack-g12-r2', 'run-stack'],
  ['run-stack-g1-completion-a1', 'run-stack-completion'],
  ['run-stack-g1-r1-completion-a3', 'run-stack-completion'],
  ['run-stack-g1-r1-errors-a2', 'run-stack-errors'],
  ['unstack-g1-r1', 'unstack'],
  ['install-packages-g2-a5', 'install-packages'],
  ['forget-compute-of-compute-2-g1-a1', 'forget-compute'],
  ['verify-ask-g1-r0a1b2c3d', 'verify-ask'],
])('%s is of %s', (id, kind) => {
  expect(kindOf(id)).toBe(kind);
  expect(isStackRun(id)).toBe(kind === 'run-stack');
});

test('a job about another node names it', () => {
  expect(subjectOf('forget-compute-of-compute-2-g1-a1')).toBe('compute-2');
  expect(subjectOf('run-stack-g1-r1')).toBeNull();
});
