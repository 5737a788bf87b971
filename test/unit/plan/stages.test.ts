/** The order of stacking, read off a plan. */
import { expect, test } from 'vitest';
import type { PlannedStep } from '../../../src/engine/step.ts';
import { stackStages } from '../../../src/plan/stages.ts';

function step(key: string, ...after: readonly string[]): PlannedStep {
  const [kind = '', node = ''] = key.split('/');
  return { key, kind, version: 1, node, lifetime: 'server', input: {}, after };
}

function stagesOf(...steps: readonly PlannedStep[]): readonly (readonly string[])[] {
  return stackStages(steps).map((stage) => stage.map(({ key }) => key));
}

test('a stack.sh stands after those it waits for, whatever the order of the plan', () => {
  expect(
    stagesOf(
      step('run-stack/compute-1', 'write-local-conf/compute-1', 'run-stack/api'),
      step('run-stack/api', 'run-stack/db', 'create-vhosts/mq'),
      step('create-vhosts/mq', 'run-stack/mq'),
      step('run-stack/db'),
      step('run-stack/mq', 'write-local-conf/mq'),
      step('write-local-conf/compute-1'),
      step('write-local-conf/mq'),
    ),
  ).toEqual([['run-stack/db', 'run-stack/mq'], ['create-vhosts/mq'], ['run-stack/api'], ['run-stack/compute-1']]);
});

test('one that begins beside another is of its stage, and goes on in a later one', () => {
  expect(
    stagesOf(
      step('run-stack/controller', 'write-local-conf/controller'),
      step('start-stack/compute-1', 'write-local-conf/compute-1'),
      step('release-stack/compute-1', 'start-stack/compute-1', 'run-stack/controller'),
      step('run-stack/compute-1', 'release-stack/compute-1'),
    ),
  ).toEqual([['run-stack/controller', 'start-stack/compute-1'], ['release-stack/compute-1'], ['run-stack/compute-1']]);
});

test('what prepares a node has no stage, even where nothing is stacked', () => {
  expect(stagesOf(step('create-port/a'), step('create-server/a', 'create-port/a', 'gone/a'))).toEqual([]);
});
