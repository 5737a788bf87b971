/** A state that was lost: what is left of it is never taken for a new one, goes aside whole, and is followed by one that is obeyed. */
import { copyFileSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { openState, readState, setAside } from '../../../src/journal/open.ts';
import { newCluster, noon, plannedStep, standingClock, TemporaryStates, toCreate } from './temporary-state.ts';

const states = new TemporaryStates();
afterEach(() => states.clean());

const STEPS = [plannedStep('create-port', 'a', { lifetime: 'cluster' }), plannedStep('install', 'a')];

async function folderWithState(): Promise<string> {
  const folder = states.folder();
  const state = await states.openState(folder);
  await state.createCluster(newCluster(STEPS));
  state.close();
  return folder;
}

/** As after a kill: what was committed is in the log, and no close has moved it. */
async function folderOfKilled(): Promise<string> {
  const [folder, copy] = [states.folder(), states.folder()];
  const state = await states.openState(folder);
  await state.createCluster(newCluster(STEPS));
  for (const name of ['state.db', 'state.db-wal']) copyFileSync(join(folder, name), join(copy, name));
  return copy;
}

const aside = `lost-${noon.toISOString().replaceAll(':', '-')}.db`;

describe('a state of which only the log is left', () => {
  it('is refused, for the log would be played into the next one', async () => {
    const folder = await folderOfKilled();
    rmSync(join(folder, 'state.db'));
    const log = readFileSync(join(folder, 'state.db-wal'));
    const refusal = { code: 'state-damaged', exitCode: 8, at: join(folder, 'state.db-wal') };
    await expect(openState(folder, toCreate, { clock: standingClock })).rejects.toMatchObject(refusal);
    await expect(readState(folder)).rejects.toMatchObject({ ...refusal, fix: expect.stringContaining('recover') });
    expect(existsSync(join(folder, 'state.db'))).toBe(false);
    expect(readFileSync(join(folder, 'state.db-wal'))).toEqual(log);
  });

  it('makes room for a new one when it is set aside', async () => {
    const folder = await folderOfKilled();
    rmSync(join(folder, 'state.db'));
    expect(await setAside(folder, standingClock)).toBe(aside);
    expect((await states.openState(folder)).listClusters()).toEqual([]);
    expect(readdirSync(folder)).toContain(`${aside}-wal`);
  });
});

describe('setting a state aside', () => {
  it('keeps every byte of it', async () => {
    const folder = await folderWithState();
    const file = join(folder, 'state.db');
    writeFileSync(file, 'garbage'.repeat(999));
    await setAside(folder, standingClock);
    expect(readFileSync(join(folder, aside), 'utf8')).toBe('garbage'.repeat(999));
    expect(existsSync(file)).toBe(false);
  });

  it('is refused while a builder has it, be it readable or not', async () => {
    const folder = states.folder();
    await states.openState(folder);
    await expect(setAside(folder, standingClock)).rejects.toMatchObject({ code: 'busy' });
    writeFileSync(join(folder, 'state.db'), 'garbage'.repeat(999));
    await expect(setAside(folder, standingClock)).rejects.toMatchObject({
      code: 'busy',
      message: 'another builder works on this state',
    });
  });
});

describe('the state that follows a lost one', () => {
  it('begins with the epoch it is told, and never goes back', async () => {
    const folder = states.folder();
    for (const [leastEpoch, epoch] of [
      [1_000, 1_000],
      [1_000, 1_001],
      [2, 1_002],
    ] as const) {
      const state = await openState(folder, { ...toCreate, leastEpoch }, { clock: standingClock });
      expect(state.epoch).toBe(epoch);
      state.close();
    }
  });

  it('has the past of its cluster in the same transaction', async () => {
    const state = await states.openState();
    await state.createCluster(newCluster(STEPS), {
      phase: 'creating',
      generations: new Map([['a', 3]]),
      attempts: [
        { key: 'create-port/a', nonce: 'twin', isOpen: false, resourceKind: 'port' },
        { key: 'create-port/a', nonce: 'port', isOpen: true, resourceKind: 'port' },
        { key: 'install/a', nonce: 'first', isOpen: false, resourceKind: null },
      ],
    });
    expect(state.findCluster('lab')?.nodes).toMatchObject([{ name: 'a', generation: 3 }]);
    expect(state.listSteps('cluster-a')).toMatchObject([
      {
        state: 'open',
        generation: 3,
        attempts: [
          { number: 1, state: 'failed' },
          { number: 2, nonce: 'port', state: 'intent' },
        ],
      },
      { state: 'pending', attempts: [{ number: 1, state: 'failed', error: { code: 'job-lost' } }] },
    ]);
    expect(state.listResources('cluster-a')).toMatchObject([
      { nonce: 'twin', state: 'gone', cloudId: null },
      { nonce: 'port', state: 'creating', cloudId: null },
    ]);
  });

  it('holds nothing of a past that does not fit its plan', async () => {
    const state = await states.openState();
    const attempts = [{ key: 'sing/a', nonce: 'n', isOpen: true, resourceKind: null }];
    await expect(
      state.createCluster(newCluster(STEPS), { phase: 'creating', generations: new Map(), attempts }),
    ).rejects.toMatchObject({ code: 'internal' });
    expect(state.listClusters()).toEqual([]);
  });
});
