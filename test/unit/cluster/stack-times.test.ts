/** What is learned of stack.sh: for each cloud apart, and never in the way of a run. */
import { expect, test } from 'vitest';
import { openStackTimes } from '../../../src/cluster/stack-times.ts';
import { BuilderError } from '../../../src/errors.ts';
import type { Run, StageTimesRecord } from '../../../src/journal/state.ts';
import { makeCluster } from './fake-state.ts';

const KIND = ['https://opendev.org/openstack/devstack', 'compute', 'n-cpu'];

/** Keeps what is recorded, as the journal does. */
function openKeeper(): Pick<Run, 'listStageTimes' | 'recordStageTimes'> & { readonly kept: StageTimesRecord[] } {
  const kept: StageTimesRecord[] = [];
  return {
    kept,
    recordStageTimes: (record) => void kept.push(record),
    listStageTimes: (kind) => kept.filter((record) => record.kind === kind).map(({ times }) => times),
  };
}

const onCloud = (cloud: string | null) => ({ ...makeCluster('lab', []), choices: { cloud } });
const step = { key: 'run-stack/compute-1', generation: 2 };

test.each([
  ['a rehearsal', onCloud('rehearsal')],
  ['another cloud', onCloud('other')],
  ['a cloud known by its address', onCloud(null)],
])('%s teaches nothing about a real cloud, and itself', (_, cluster) => {
  const keeper = openKeeper();
  openStackTimes(keeper, cluster).record(KIND, step, { first: 1 });
  expect(openStackTimes(keeper, onCloud('mine')).list(KIND)).toEqual([]);
  expect(openStackTimes(keeper, cluster).list(KIND)).toEqual([{ first: 1 }]);
  expect(openStackTimes(keeper, cluster).list([...KIND, 'more'])).toEqual([]);
});

test('runs of one step on two servers, and of two clusters, are different runs', () => {
  const keeper = openKeeper();
  const times = openStackTimes(keeper, onCloud('mine'));
  for (const generation of [1, 2, 2]) times.record(KIND, { ...step, generation }, {});
  openStackTimes(keeper, { ...onCloud('mine'), id: 'other' }).record(KIND, step, {});
  expect(new Set(keeper.kept.map(({ source }) => source)).size).toBe(3);
});

test('what cannot be read is not known; a bug is still one', () => {
  const failing = (error: Error) => ({
    ...openKeeper(),
    listStageTimes: () => {
      throw error;
    },
  });
  expect(openStackTimes(failing(new BuilderError('state-damaged', 'torn')), onCloud('mine')).list(KIND)).toEqual([]);
  expect(() => openStackTimes(failing(new TypeError('bug')), onCloud('mine')).list(KIND)).toThrow('bug');
});
