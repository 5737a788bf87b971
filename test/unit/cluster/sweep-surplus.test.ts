/** The sweep after a run: twins go, what a step adopted stays. */
import { expect, test } from 'vitest';
import type { Cloud } from '../../../src/cloud/cloud.ts';
import { sweepSurplus } from '../../../src/cluster/sweep-surplus.ts';
import type { ClusterRecord, ResourceRecord, ResourceState, Run } from '../../../src/journal/state.ts';
import { EMPTY_SURVEY, mark, server } from '../plan/cloud-fixture.ts';

const ADOPTED = server('adopted', { mark: mark('create-server/a') });
const TWIN = server('twin', { mark: mark('create-server/a', { nonce: 'late' }) });

function row(cloudId: string, state: ResourceState): ResourceRecord {
  return { kind: 'server', key: 'create-server/a', generation: 1, cloudId, state, nonce: null, unseenSince: null };
}

async function sweep(rows: readonly ResourceRecord[], when: 'start' | 'end' = 'end'): Promise<readonly string[]> {
  const deleted: string[] = [];
  const cloud = {
    getServer: async (id: string) => [ADOPTED, TWIN].find((one) => one.id === id) ?? null,
    deleteServer: async (id: string) => void deleted.push(id),
  } as unknown as Cloud;
  const run = { listResources: () => rows, setResourceState: async () => undefined } as unknown as Run;
  const cluster = { id: 'c1', scope: { projectId: 'ours' } } as ClusterRecord;
  const survey = { ...EMPTY_SURVEY, servers: [ADOPTED, TWIN] };
  await sweepSurplus(cloud, cluster, run, [], survey, () => undefined, new AbortController().signal, when);
  return deleted;
}

test('a twin that no step adopted is removed', async () => {
  expect(await sweep([row('adopted', 'present')])).toEqual(['twin']);
});

test.each(['surplus', 'deleting'] as const)(
  'a twin that is still listed after it was found %s is asked for again',
  async (state) => {
    expect(await sweep([row('adopted', 'present'), row('twin', state)])).toEqual(['twin']);
  },
);

test('before the steps of a run only a twin that nobody knows is removed: what is replaced has a step for that', async () => {
  expect(await sweep([row('adopted', 'deleting')], 'start')).toEqual(['twin']);
});
