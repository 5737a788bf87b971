/** What is learned of stages, and the milestones a running step has told: in real SQLite, beyond builders and clusters. */
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RunEvent } from '../../../src/engine/events.ts';
import { openState, readState } from '../../../src/journal/open.ts';
import type { Run, State } from '../../../src/journal/state.ts';
import { MIGRATIONS } from '../../../src/journal/tables.ts';
import { newCluster, noon, plannedStep, standingClock, TemporaryStates, toCreate } from './temporary-state.ts';

const states = new TemporaryStates();
let folder: string;
let state: State;
let run: Run;

beforeEach(async () => {
  folder = states.folder();
  state = await states.openState(folder);
  await state.createCluster(newCluster([plannedStep('stack', 'a'), plannedStep('stack', 'b')]));
  run = await state.startRun('cluster-a', 'create', []);
});
afterEach(() => states.clean());

/** What was asked for in this turn is on the disk when it resolves. */
const settle = (): Promise<void> => run.setPhase('creating');

function alter(statement: string): void {
  const raw = new Sqlite(join(folder, 'state.db'));
  raw.exec(`PRAGMA ignore_check_constraints = 1; ${statement}`);
  raw.close();
}

describe('times of stages', () => {
  it('are given back by kind, the newest first, at most so many', async () => {
    for (const count of [1, 2, 3]) run.recordStageTimes({ kind: 'k', source: `run ${count}`, times: { first: count } });
    run.recordStageTimes({ kind: 'other', source: 'run 4', times: { first: 4 } });
    await settle();
    expect(run.listStageTimes('k', 2)).toEqual([{ first: 3 }, { first: 2 }]);
    expect(run.listStageTimes('nobody', 2)).toEqual([]);
  });

  it('are recorded once for each run of a step, also by the builder that takes it up again', async () => {
    run.recordStageTimes({ kind: 'k', source: 'stack/a g1', times: { first: 1 } });
    run.recordStageTimes({ kind: 'k', source: 'stack/a g1', times: { first: 2 } });
    await settle();
    state.close();
    state = await states.openState(folder);
    run = await state.startRun('cluster-a', 'create', []);
    run.recordStageTimes({ kind: 'k', source: 'stack/a g1', times: { first: 3 } });
    await settle();
    expect(run.listStageTimes('k', 5)).toEqual([{ first: 1 }]);
  });

  it('are on the disk when the outcome of their step is', async () => {
    const [step] = run.journal.listSteps();
    const attempt = await run.journal.openAttempt(step?.id ?? 0, 'n', noon);
    run.recordStageTimes({ kind: 'k', source: 's', times: { first: 1 } });
    await run.journal.recordDone(attempt.id, {}, null);
    const look = states.closing(new Sqlite(join(folder, 'state.db'), { readonly: true }));
    expect(look.prepare('SELECT kind, source, times, recorded_at FROM stage_times').all()).toEqual([
      { kind: 'k', source: 's', times: '{"first":1}', recorded_at: noon.toISOString() },
    ]);
  });

  it('outlive the cluster they were measured on', async () => {
    run.recordStageTimes({ kind: 'k', source: 's', times: { first: 1 } });
    await run.setPhase('destroyed');
    await state.forgetCluster('cluster-a');
    await state.createCluster(newCluster([plannedStep('stack', 'a')], { id: 'cluster-b' }));
    const next = await state.startRun('cluster-b', 'create', []);
    expect(next.listStageTimes('k', 5)).toEqual([{ first: 1 }]);
  });

  it('that cannot be kept hinder nothing', async () => {
    const [step] = run.journal.listSteps();
    const attempt = await run.journal.openAttempt(step?.id ?? 0, 'n', noon);
    alter('DROP TABLE stage_times');
    run.recordStageTimes({ kind: 'k', source: 's', times: { first: 1 } });
    await run.journal.recordDone(attempt.id, {}, null);
    expect(state.listSteps('cluster-a')[0]?.state).toBe('done');
    expect(() => run.listStageTimes('k', 5)).toThrow(expect.objectContaining({ code: 'internal' }));
  });

  it('that somebody made unreadable are left out', async () => {
    for (const count of [1, 2]) run.recordStageTimes({ kind: 'k', source: `run ${count}`, times: { first: count } });
    await settle();
    alter("UPDATE stage_times SET times = '{nonsense' WHERE source = 'run 2'");
    expect(run.listStageTimes('k', 5)).toEqual([{ first: 1 }]);
  });
});

describe('milestones', () => {
  const step = (node: string, generation = 1) => ({
    key: `stack/${node}`,
    kind: 'stack',
    node,
    generation,
    title: 't',
  });
  const tell = (node: string, milestone: string, percent: number, generation = 1): RunEvent => ({
    type: 'step-progress',
    step: step(node, generation),
    text: milestone,
    percent,
    milestone,
    remainingMs: null,
  });
  const read = async (): Promise<readonly unknown[]> =>
    states.closing(await readState(folder)).listMilestones('cluster-a');

  it('are kept when a step comes to a new one, not whenever it moved on', async () => {
    for (const [milestone, percent] of [
      ['first', 1],
      ['first', 2],
      ['second', 10],
      ['second', 11],
    ] as const)
      run.recordEvent(tell('a', milestone, percent));
    run.recordEvent({ type: 'step-progress', step: step('a'), text: 'still at it' });
    await settle();
    const look = states.closing(new Sqlite(join(folder, 'state.db'), { readonly: true }));
    const query = "SELECT json_extract(body, '$.percent') FROM events WHERE kind = 'step-progress' ORDER BY seq";
    expect(look.prepare(query).pluck().all()).toEqual([1, 10]);
  });

  it('are given back by step, the newest alone', async () => {
    run.recordEvent(tell('a', 'first', 1));
    run.recordEvent(tell('b', 'first', 2));
    run.recordEvent({ ...tell('a', 'second', 30, 2), remainingMs: 5_000 } as RunEvent);
    await settle();
    const at = noon;
    expect(await read()).toEqual([
      { stepKey: 'stack/b', generation: 1, at, percent: 2, milestone: 'first', remainingMs: null },
      { stepKey: 'stack/a', generation: 2, at, percent: 30, milestone: 'second', remainingMs: 5_000 },
    ]);
  });

  it('of another cluster are not this one’s', async () => {
    await state.createCluster(newCluster([plannedStep('stack', 'a')], { id: 'cluster-b', name: 'other' }));
    const other = await state.startRun('cluster-b', 'create', []);
    other.recordEvent(tell('a', 'first', 1));
    await settle();
    expect(await read()).toEqual([]);
  });
});

describe('a state from before there were times', () => {
  /** With a cluster in the middle of a run, as the first schema left it. */
  async function openOld(): Promise<string> {
    const place = states.folder();
    const ports = { clock: standingClock, migrations: MIGRATIONS.slice(0, 1) };
    const old = states.closing(await openState(place, toCreate, ports));
    await old.createCluster(newCluster([plannedStep('stack', 'a')]));
    const first = await old.startRun('cluster-a', 'create', []);
    await first.journal.openAttempt(first.journal.listSteps()[0]?.id ?? 0, 'n', noon);
    old.close();
    return place;
  }

  it('can be looked at as it is', async () => {
    const reader = states.closing(await readState(await openOld()));
    expect(reader.listMilestones('cluster-a')).toEqual([]);
    expect(reader.listSteps('cluster-a')).toMatchObject([{ state: 'open' }]);
  });

  it('gets them when a builder works on it, and loses nothing', async () => {
    const place = await openOld();
    const now = await states.openState(place);
    const again = await now.startRun('cluster-a', 'create', []);
    expect(now.listSteps('cluster-a')).toMatchObject([{ state: 'open', attempts: [{ nonce: 'n' }] }]);
    expect(again.listStageTimes('k', 5)).toEqual([]);
    again.recordStageTimes({ kind: 'k', source: 's', times: { first: 1 } });
    await again.end(0, null);
    expect(again.listStageTimes('k', 5)).toEqual([{ first: 1 }]);
  });
});
