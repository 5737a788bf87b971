/** Clusters, runs, resources, logs and events, as create and destroy write them and readers find them. */
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RunEvent } from '../../../src/engine/events.ts';
import type { RecordedError } from '../../../src/engine/journal.ts';
import { readState } from '../../../src/journal/open.ts';
import type { Run, State, StateReader } from '../../../src/journal/state.ts';
import { newCluster, noon, plannedStep, standingClock, TemporaryStates } from './temporary-state.ts';

const states = new TemporaryStates();
const failure: RecordedError = { code: 'refused', message: 'no', details: {}, causes: [] };
const plan = [
  plannedStep('make', null),
  plannedStep('create', 'a'),
  plannedStep('stack', 'a', { after: ['create/a'] }),
  plannedStep('create', 'b'),
];
let folder: string;
let state: State;
let run: Run;
let reader: StateReader;

beforeEach(async () => {
  folder = states.folder();
  state = await states.openState(folder);
  await state.createCluster(newCluster(plan));
  run = await state.startRun('cluster-a', 'create', ['create', 'lab']);
  reader = states.closing(await readState(folder));
});
afterEach(() => states.clean());

const idOf = (key: string): number => run.journal.listSteps().find(({ planned }) => planned.key === key)?.id ?? 0;
const begin = (key: string, nonce = key) => run.journal.openAttempt(idOf(key), nonce, noon, 'server');
const query = (text: string): unknown[] =>
  states
    .closing(new Sqlite(join(folder, 'state.db'), { readonly: true }))
    .prepare(text)
    .all();

describe('clusters', () => {
  it('are given back as they were saved', () => {
    const { steps: _, ...saved } = newCluster(plan);
    const nodes = saved.nodes.map((node) => ({ ...node, generation: 1 }));
    expect(reader.findCluster('lab')).toEqual({ ...saved, nodes, phase: 'creating', createdAt: noon });
    expect(reader.listClusters()).toHaveLength(1);
    expect(reader.findCluster('other')).toBeNull();
  });

  it('may have no nodes at all', async () => {
    await state.createCluster(newCluster([], { id: 'cluster-b', name: 'empty' }));
    expect(reader.findCluster('empty')?.nodes).toEqual([]);
  });

  it('a plan that names an unknown node saves nothing at all', async () => {
    const broken = newCluster([...plan, plannedStep('create', 'c')], { id: 'cluster-b', name: 'b', nodes: [] });
    await expect(state.createCluster(broken)).rejects.toThrow(/node a/);
    expect(reader.listClusters().map(({ id }) => id)).toEqual(['cluster-a']);
  });

  it('one name stands for one living cluster, and is free again when it is destroyed', async () => {
    const second = newCluster([], { id: 'cluster-b' });
    await expect(state.createCluster(second)).rejects.toMatchObject({ code: 'internal' });
    await run.setPhase('destroyed');
    expect(reader.findCluster('lab')).toBeNull();
    await state.createCluster(second);
    expect(reader.findCluster('lab')?.id).toBe('cluster-b');
  });

  it('are forgotten only when destroyed; their runs stay on record', async () => {
    await expect(state.forgetCluster('cluster-a')).rejects.toThrow(/creating and cannot be forgotten/);
    await begin('create/a');
    await run.setPhase('destroyed');
    run.recordEvent({ type: 'notice', level: 'info', text: 'gone' });
    await state.forgetCluster('cluster-a');
    expect([reader.listClusters(), reader.listSteps('cluster-a'), reader.listResources('cluster-a')]).toEqual([
      [],
      [],
      [],
    ]);
    expect(
      query(
        'SELECT count(*) AS n FROM steps UNION ALL SELECT count(*) FROM attempts UNION ALL SELECT count(*) FROM runs',
      ),
    ).toEqual([{ n: 0 }, { n: 0 }, { n: 1 }]);
    await expect(state.forgetCluster('cluster-a')).rejects.toThrow(/no cluster cluster-a/);
  });
});

describe('runs', () => {
  it('keep who asked, and how they ended', async () => {
    expect(reader.listRuns('cluster-a')).toEqual([
      { id: run.id, verb: 'create', startedAt: noon, endedAt: null, exitCode: null },
    ]);
    await run.end(5, failure);
    const second = await state.startRun('cluster-a', 'destroy', []);
    await second.end(0, null);
    expect(reader.listRuns('cluster-a')).toMatchObject([
      { exitCode: 5, endedAt: noon },
      { verb: 'destroy', exitCode: 0 },
    ]);
    expect(query('SELECT argv, error FROM runs ORDER BY id')).toEqual([
      { argv: '["create","lab"]', error: JSON.stringify(failure) },
      { argv: '[]', error: null },
    ]);
  });

  it('leave their events, but not every word on progress', async () => {
    const step = { key: 'create/a', kind: 'create', node: 'a', generation: 1, title: 'create' };
    const events: RunEvent[] = [
      { type: 'run-started', total: 3, done: 0, nodes: [], inDoubt: 0 },
      { type: 'step-started', step, attempt: 1, resumed: false },
      { type: 'step-progress', step, text: 'still at it' },
      { type: 'node-replaced', node: 'a', generation: 2, reason: 'broken' },
    ];
    for (const event of events) run.recordEvent(event);
    await run.end(0, null);
    expect(query('SELECT kind, subject, run_id, epoch, at FROM events ORDER BY seq')).toEqual(
      [
        ['run-started', null],
        ['step-started', 'create/a'],
        ['node-replaced', 'a'],
      ].map(([kind, subject]) => ({ kind, subject, run_id: run.id, epoch: 1, at: noon.toISOString() })),
    );
    expect(query("SELECT json_extract(body, '$.attempt') AS attempt FROM events WHERE kind = 'step-started'")).toEqual([
      { attempt: 1 },
    ]);
  });
});

describe('resources', () => {
  it('are known before they exist, and by id once they do', async () => {
    const attempt = await begin('create/a');
    expect(reader.listResources('cluster-a')).toEqual([
      {
        kind: 'server',
        key: 'create/a',
        generation: 1,
        cloudId: null,
        state: 'creating',
        nonce: 'create/a',
        unseenSince: null,
      },
    ]);
    await run.journal.recordDone(attempt.id, {}, { kind: 'server', cloudId: 's1' });
    expect(run.listResources()).toEqual([
      {
        kind: 'server',
        key: 'create/a',
        generation: 1,
        cloudId: 's1',
        state: 'present',
        nonce: 'create/a',
        unseenSince: noon,
      },
    ]);
  });

  it('are recorded with the outcome where the intent did not name them', async () => {
    const attempt = await run.journal.openAttempt(idOf('create/a'), 'n', noon);
    await run.journal.recordDone(attempt.id, {}, { kind: 'server', cloudId: 's1' });
    expect(run.listResources()).toMatchObject([{ cloudId: 's1', state: 'present', nonce: 'n' }]);
  });

  it('of an attempt without effect are gone, and the next one may make another', async () => {
    await run.journal.recordMoot((await begin('create/a', 'one')).id);
    await run.journal.recordFailed((await begin('create/a', 'two')).id, failure, false);
    await begin('create/a', 'three');
    expect(run.listResources().map(({ nonce, state: is }) => `${nonce} ${is}`)).toEqual([
      'one gone',
      'two gone',
      'three creating',
    ]);
  });

  it('one object is owned once', async () => {
    await run.journal.recordDone((await begin('create/a')).id, {}, { kind: 'server', cloudId: 's1' });
    const other = await begin('create/b');
    await expect(run.journal.recordDone(other.id, {}, { kind: 'server', cloudId: 's1' })).rejects.toMatchObject({
      code: 'internal',
    });
    expect(run.journal.listSteps().find(({ planned }) => planned.key === 'create/b')?.state).toBe('open');
  });

  it('two living objects for one key cannot be written', async () => {
    await run.journal.recordDone((await begin('create/a')).id, {}, { kind: 'server', cloudId: 's1' });
    await expect(run.setResourceState('server', 's2', 'create/a', 1, 'present')).rejects.toMatchObject({
      code: 'internal',
    });
    await run.setResourceState('server', 's2', 'create/a', 1, 'surplus');
    expect(run.listResources().map(({ cloudId, state: is }) => `${cloudId} ${is}`)).toEqual([
      's1 present',
      's2 surplus',
    ]);
  });

  it('follow what destroy and the sweep say of them', async () => {
    await run.journal.recordDone((await begin('create/a')).id, {}, { kind: 'server', cloudId: 's1' });
    await run.setResourceState('server', 's1', 'create/a', 1, 'deleting');
    await run.setResourceState('server', 's1', 'create/a', 1, 'gone');
    expect(run.listResources()).toMatchObject([{ cloudId: 's1', state: 'gone', nonce: 'create/a' }]);
  });

  it('are unseen until a sweep finds them, which a replacement is not', async () => {
    let nowMs = noon.getTime();
    const later = await states.openState(states.folder(), { ...standingClock, now: () => new Date((nowMs += 1)) });
    await later.createCluster(newCluster([plannedStep('create', 'a')]));
    const moving = await later.startRun('cluster-a', 'create', []);
    const { journal } = moving;
    const unseen = (): boolean => later.listResources('cluster-a')[0]?.unseenSince !== null;
    const [step] = journal.listSteps();
    const attempt = await journal.openAttempt(step?.id ?? 0, 'n', noon, 'server');
    await journal.recordDone(attempt.id, {}, { kind: 'server', cloudId: 's1' });
    expect(unseen()).toBe(true);
    await journal.replace({ nodes: ['a'], supersede: [step?.id ?? 0], insert: [], reason: 'broken' });
    expect(unseen()).toBe(true);
    await moving.setResourceState('server', 's1', 'create/a', 1, 'deleting');
    expect(unseen()).toBe(false);
  });

  it('of a replaced server are to go; what was in doubt is surplus; the new server may be made', async () => {
    await run.journal.recordDone((await begin('create/a')).id, {}, { kind: 'server', cloudId: 's1' });
    await begin('create/b');
    const insert = [plannedStep('create', 'a'), plannedStep('create', 'b')];
    await run.journal.replace({
      nodes: ['a', 'b'],
      supersede: [idOf('create/a'), idOf('create/b')],
      insert,
      reason: 'broken',
    });
    await begin('create/a', 'new');
    expect(run.listResources().map(({ key, generation, state: is }) => `${key} g${generation} ${is}`)).toEqual([
      'create/a g1 deleting',
      'create/b g1 surplus',
      'create/a g2 creating',
    ]);
    expect(reader.findCluster('lab')?.nodes.map(({ generation }) => generation)).toEqual([2, 2]);
  });
});

describe('a replacement', () => {
  it('of a cluster’s own step stays of the first generation, and a new key goes where it can', async () => {
    const insert = [plannedStep('make', null), plannedStep('check', null), plannedStep('late', 'b')];
    await run.journal.replace({ nodes: [], supersede: [idOf('make/cluster')], insert, reason: 'r' });
    expect(run.journal.listSteps().map(({ planned: { key }, generation }) => `${key} ${generation}`)).toEqual([
      'make/cluster 1',
      'check/cluster 1',
      'create/a 1',
      'stack/a 1',
      'create/b 1',
      'late/b 1',
    ]);
  });
});

describe('logs', () => {
  it('positions are kept per attempt and listed with what they belong to', async () => {
    const attempt = await begin('stack/a');
    expect(run.readLogPosition(attempt.id)).toBeNull();
    const first = { offset: 10, prefixSha256: 'aa', fileBytes: 9, file: 'clusters/lab/a/stack.1.log' };
    await run.saveLogPosition(attempt.id, first);
    const second = { ...first, offset: 20, prefixSha256: 'bb', fileBytes: 18 };
    await run.saveLogPosition(attempt.id, second);
    expect(run.readLogPosition(attempt.id)).toEqual(second);
    expect(reader.listLogs('cluster-a')).toEqual([
      { node: 'a', stepKey: 'stack/a', generation: 1, attempt: 1, position: second },
    ]);
  });

  it('are found by their file, wherever the last attempt that kept one there left it', async () => {
    const position = { offset: 10, prefixSha256: 'aa', fileBytes: 9, file: 'clusters/lab/a/stack.1.log' };
    expect(run.findLogPosition(position.file)).toBeNull();
    await run.saveLogPosition((await begin('create/a')).id, position);
    const later = { ...position, offset: 20, prefixSha256: 'bb', fileBytes: 18 };
    await run.saveLogPosition((await begin('stack/a')).id, later);
    await run.saveLogPosition((await begin('create/b')).id, { ...position, file: 'clusters/lab/b/stack.1.log' });
    expect(run.findLogPosition(position.file)).toEqual(later);
  });

  it('stay listed when their step is superseded', async () => {
    const attempt = await begin('stack/a');
    await run.saveLogPosition(attempt.id, { offset: 1, prefixSha256: '', fileBytes: 1, file: 'f' });
    await run.journal.replace({
      nodes: ['a'],
      supersede: [idOf('stack/a')],
      insert: [plannedStep('stack', 'a')],
      reason: '',
    });
    expect(reader.listLogs('cluster-a')).toMatchObject([{ stepKey: 'stack/a', generation: 1 }]);
  });
});

it('the owner of a state is who holds it now', () => {
  expect(reader.owner()).toEqual(state.owner());
  expect(reader.owner()).toMatchObject({ epoch: 1, verb: 'create', since: noon.toISOString(), pid: process.pid });
  state.close();
  expect(reader.owner()).toBeNull();
});
