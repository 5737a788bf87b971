/** How far a rehearsed stack.sh is: told at once by the builder that takes it up, and better by the one that has seen another. */
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import type { RunEvent } from '../../src/engine/events.ts';
import { killHard, type Running, waitForOutput } from '../support/run-builder.ts';
import { rehearse } from './rehearse.ts';

type Told = Extract<RunEvent, { type: 'step-progress' }>;

/** A controller's stack.sh takes about five seconds. */
const BRISK = ['--cloud', 'rehearsal', '--rehearsal-speed', '300', '--progress', 'json'] as const;

/** What a builder said of how far one node's stack.sh is. */
function progressOf(output: string, node: string): readonly Told[] {
  return output
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .flatMap((line) => {
      try {
        return [JSON.parse(line) as RunEvent];
      } catch {
        // The last line of a builder that was killed.
        return [];
      }
    })
    .filter((event) => event.type === 'step-progress')
    .filter(({ step }) => step.key === `run-stack/${node}`);
}

function percentsOf(told: readonly Told[]): readonly number[] {
  return told.map(({ percent }) => percent ?? Number.NaN);
}

function kindsIn(state: string): readonly string[] {
  const database = new Sqlite(join(state, 'state.db'), { readonly: true });
  try {
    return database.prepare('SELECT kind FROM stage_times ORDER BY id').pluck().all() as string[];
  } finally {
    database.close();
  }
}

describe.concurrent('how far stack.sh is', () => {
  test('is measured by the runs before it, of clusters that are gone too', async (context) => {
    const { state, run } = rehearse(context);
    const first = await run('create', 'one', ...BRISK);
    expect(first).toMatchObject({ code: 0 });
    const told = progressOf(first.stderr, 'controller');
    expect(told[0]).toMatchObject({ percent: expect.any(Number), milestone: expect.any(String), remainingMs: null });
    const percents = percentsOf(told);
    expect(percents).toEqual(percents.toSorted((one, other) => one - other));
    expect(Math.max(...percents)).toBeLessThan(100);
    expect(await run('destroy', 'one')).toMatchObject({ code: 0 });

    const second = await run('create', 'two', ...BRISK);
    expect(second).toMatchObject({ code: 0 });
    for (const node of ['controller', 'compute-1'])
      expect(progressOf(second.stderr, node)[0]).toMatchObject({ remainingMs: expect.any(Number) });
    // Three nodes, twice; and all of it of rehearsals, which say nothing about real servers.
    const kinds = kindsIn(state);
    expect(kinds).toHaveLength(6);
    expect(kinds.filter((kind) => !kind.startsWith('["rehearsal",'))).toEqual([]);
    expect(new Set(kinds).size).toBe(2);
  });

  test('is known at once to a builder that takes it up, and to those who look', async (context) => {
    const { run, start } = rehearse(context);
    // Half a minute: in the middle still when the next builder comes, however busy the machine is.
    const slow = ['create', '--cloud', 'rehearsal', '--rehearsal-speed', '50', '--progress', 'json'] as const;
    const killed = start(...slow);
    const toldBy = (builder: Running): readonly number[] => percentsOf(progressOf(builder.output(), 'controller'));
    await waitForOutput(killed, () => Math.max(0, ...toldBy(killed)) > 20);
    expect((await killHard(killed)).signal).toBe('SIGKILL');
    const reached = Math.max(...toldBy(killed));

    const status = JSON.parse((await run('status', '-f', 'json')).stdout) as {
      readonly nodes: readonly { readonly progress: { readonly percent: number } | null }[];
    };
    expect(status.nodes[0]?.progress).toMatchObject({ percent: expect.any(Number), milestone: expect.any(String) });

    const next = start(...slow);
    await waitForOutput(next, () => toldBy(next).length > 0);
    expect(toldBy(next)[0]).toBeGreaterThanOrEqual(reached);
    await killHard(next);
  });
});
