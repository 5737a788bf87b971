/** A compute that is stacked again on its server, by builders that die at boundaries on the way: nothing is run twice, nothing is lost. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { faultScriptOf } from '../../src/rehearsal/faults.ts';
import type { Change } from '../../src/rehearsal/world.ts';
import { Judged } from './judged.ts';
import { Life } from './life.ts';
import { noFindings } from './oracle.ts';
import { countBoundaries } from './scenarios.ts';
import { Simulation, type SimulationWishes } from './simulated-builder.ts';

/** A mirror that is away for so many runs of stack.sh on the first compute. */
function wishesFor(times: number, more: SimulationWishes = {}): SimulationWishes {
  const prints = 'E: Failed to fetch http://mirror/x.deb  503  Service Unavailable';
  const fault = { on: 'run-stack', of: 'compute-1', exit: 100, prints, times };
  return {
    hypervisors: 1,
    onFailure: 'continue',
    faults: faultScriptOf({ version: 1, faults: [fault] }),
    ...more,
  };
}

/** What is done on another node about the compute. */
const ABOUT = '-of-compute-1-';

/** Every stack.sh and unstack.sh of the compute, every CA that was put there, and what was forgotten of it, as they began. */
function jobsOf({ folder }: Pick<Simulation, 'folder'>): readonly string[] {
  const text = readFileSync(join(folder, 'rehearsal', 'ledger.jsonl'), 'utf8');
  const lines = text.split('\n').filter((line) => line !== '');
  const changes = lines.flatMap((line) => (JSON.parse(line) as { changes?: readonly Change[] }).changes ?? []);
  const servers = new Map<string, string>();
  const begun = new Set<string>();
  for (const { kind, key, row } of changes) {
    if (row === null) continue;
    if (kind === 'server') servers.set(key, row.name);
    if (kind !== 'job' || row.start === null) continue;
    if (!(servers.get(row.serverId) ?? '').includes('compute-1') && !row.id.includes(ABOUT)) continue;
    if (/^(unstack|run-stack|install-ca|forget)-/.test(row.id) && !row.id.includes('completion')) begun.add(row.id);
  }
  return [...begun];
}

const ONCE = ['run-stack-g1', 'unstack-g1-r1', 'run-stack-g1-r1'];

/** So many are tried of all boundaries: the others are of the same kinds. */
const DEATHS = 24;

/** Boundaries from the failure of stack.sh to the end of the one after it. */
async function findStretch(wishes: SimulationWishes): Promise<readonly number[]> {
  const simulation = new Simulation(wishes);
  try {
    await simulation.create();
    const begin = (simulation.begun.get('unstack') ?? 0) - 6;
    const { length } = await countBoundaries('create', wishes);
    const stride = Math.max(1, (length - begin) / DEATHS);
    return Array.from({ length: DEATHS }, (_, index) => Math.floor(begin + index * stride));
  } finally {
    simulation.dispose();
  }
}

describe('a stack.sh that failed', () => {
  test('is run again with the CA that unstack.sh had taken away', async () => {
    const judged = Judged.begin(wishesFor(1, { tls: true }));
    try {
      await judged.finish('create');
      expect(judged.findings).toEqual(noFindings());
      expect(judged.simulation.replaced).toEqual([]);
      expect(jobsOf(judged.simulation)).toEqual([
        'install-ca-g1-a1',
        'run-stack-g1',
        'unstack-g1-r1',
        'install-ca-g1-a2',
        'run-stack-g1-r1',
      ]);
    } finally {
      judged.simulation.dispose();
    }
  }, 60_000);

  test('is run again once wherever the builder dies', async () => {
    const wishes = wishesFor(1);
    const stretch = await findStretch(wishes);
    for (const at of stretch) {
      const judged = Judged.begin(wishes);
      try {
        await judged.run('create', new Life(at));
        await judged.finish('create');
        expect(judged.findings, `dies at ${at}`).toEqual(noFindings());
        expect(judged.simulation.replaced, `dies at ${at}`).toEqual([]);
        expect(jobsOf(judged.simulation), `dies at ${at}`).toEqual(ONCE);
      } finally {
        judged.simulation.dispose();
      }
    }
  }, 240_000);

  test('three times costs a server, where the next command is typed, and is the first one there', async () => {
    const judged = Judged.begin(wishesFor(3));
    try {
      expect(await judged.simulation.create()).toBe(5);
      await judged.finish('create');
      expect(judged.findings).toEqual(noFindings());
      expect(judged.simulation.replaced).toHaveLength(1);
      expect(jobsOf(judged.simulation)).toEqual([...ONCE, 'unstack-g1-r2', 'run-stack-g1-r2', 'run-stack-g2']);
    } finally {
      judged.simulation.dispose();
    }
  }, 60_000);

  test('of fake hypervisors is run again when nova has forgotten them, on whichever server', async () => {
    const set = ['groups.compute.fake_hypervisors=2'];
    // Begun after the controller's, so that nova may know them.
    const judged = Judged.begin(wishesFor(3, { set, isOverlapped: false }));
    try {
      expect(await judged.simulation.create()).toBe(5);
      await judged.finish('create');
      expect(judged.findings).toEqual(noFindings());
      const forget = [1, 2, 3].map((time) => `forget-hypervisors-of-compute-1-g1-a${time}`);
      const [first, second, third] = forget;
      const again = ['unstack-g1-r1', first, 'run-stack-g1-r1', 'unstack-g1-r2', second, 'run-stack-g1-r2'];
      expect(jobsOf(judged.simulation)).toEqual(['run-stack-g1', ...again, third, 'run-stack-g2']);
    } finally {
      judged.simulation.dispose();
    }
  }, 60_000);
});
