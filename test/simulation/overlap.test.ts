/** Nodes that are stacked beside the controller: what a controller that fails, and a builder that is away, cost those that wait. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { faultScriptOf } from '../../src/rehearsal/faults.ts';
import type { Change } from '../../src/rehearsal/world.ts';
import { Judged } from './judged.ts';
import { Life } from './life.ts';
import { noFindings } from './oracle.ts';
import { countBoundaries } from './scenarios.ts';
import { SPEED } from './simulated-cloud.ts';

interface Begun {
  readonly server: string;
  readonly job: string;
  readonly atMs: number;
  readonly endsMs: number;
}

/** Every job of one of these ids, when it was begun, and when it would end if nobody held it. */
function jobsIn(folder: string, ids: RegExp): readonly Begun[] {
  const begun = new Map<string, Begun>();
  const names = new Map<string, string>();
  const text = readFileSync(join(folder, 'rehearsal', 'ledger.jsonl'), 'utf8');
  const lines = text.split('\n').filter((line) => line !== '');
  for (const { changes = [] } of lines.map((line) => JSON.parse(line) as { changes?: readonly Change[] })) {
    for (const change of changes) {
      if (change.kind === 'server' && change.row !== null) names.set(change.key, change.row.name);
      if (change.kind !== 'job' || change.row === null || change.row.start === null) continue;
      const { serverId, id, start } = change.row;
      if (!ids.test(id) || begun.has(change.key)) continue;
      const server = names.get(serverId) ?? '';
      begun.set(change.key, { server, job: id, atMs: start.atMs, endsMs: start.atMs + start.lastsMs });
    }
  }
  return [...begun.values()];
}

/** On the server of this node and generation. */
function find(jobs: readonly Begun[], node: string, kind: string): Begun {
  const found = jobs.find(({ server, job }) => server === `dsb-sim-${node}` && job.startsWith(kind));
  if (found === undefined) throw new Error(`${kind} was not begun on ${node}`);
  return found;
}

const NIGHT_MS = 10 * 60 * 60_000;
const IDS = /^(run|release)-stack-g/;

describe('computes', () => {
  test('begin beside the controller, and are released when it has ended', async () => {
    const judged = Judged.begin({});
    try {
      await judged.finish('create');
      expect(judged.findings).toEqual(noFindings());
      const jobs = jobsIn(judged.simulation.folder, IDS);
      const controller = find(jobs, 'controller-g1', 'run-stack');
      for (const node of ['compute-1-g1', 'compute-2-g1']) {
        expect(find(jobs, node, 'run-stack').atMs).toBeLessThan(controller.endsMs);
        expect(find(jobs, node, 'release-stack').atMs).toBeGreaterThanOrEqual(controller.endsMs);
      }
    } finally {
      judged.simulation.dispose();
    }
  }, 60_000);

  test('that wait go on waiting while the controller is made anew, and are stacked with the new one', async () => {
    const faults = faultScriptOf({ version: 1, faults: [{ on: 'run-stack', of: 'dsb-sim-controller-g1', exit: 1 }] });
    const judged = Judged.begin({ faults });
    try {
      await judged.finish('create');
      expect(judged.findings).toEqual(noFindings());
      const jobs = jobsIn(judged.simulation.folder, IDS);
      expect(judged.simulation.replaced).toHaveLength(1);
      const second = find(jobs, 'controller-g2', 'run-stack');
      for (const node of ['compute-1-g1', 'compute-2-g1'])
        expect(find(jobs, node, 'release-stack').atMs).toBeGreaterThanOrEqual(second.endsMs);
    } finally {
      judged.simulation.dispose();
    }
  }, 60_000);
});

/** A builder that dies while the computes wait: the last boundary, in small steps, before one is released. */
async function dieWhileWaiting(): Promise<Judged> {
  const { length } = await countBoundaries('create');
  for (let at = length; at > length / 2; at -= Math.floor(length / 70)) {
    const judged = Judged.begin({});
    await judged.run('create', new Life(at));
    const kinds = jobsIn(judged.simulation.folder, IDS).map(({ job }) => job.split('-g')[0]);
    if (kinds.filter((kind) => kind === 'run-stack').length === 3 && !kinds.includes('release-stack')) return judged;
    judged.simulation.dispose();
  }
  throw new Error('no computes wait at any boundary');
}

test('a builder that is away overnight finds the computes as it left them', async () => {
  const judged = await dieWhileWaiting();
  try {
    await judged.simulation.clock.sleep(NIGHT_MS / SPEED, new AbortController().signal);
    await judged.finish('create');
    expect(judged.findings).toEqual(noFindings());
    expect(judged.simulation.replaced).toEqual([]);
  } finally {
    judged.simulation.dispose();
  }
}, 60_000);
