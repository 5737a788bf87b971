/** A builder dies while the certificates of a cluster with TLS are made, kept and given to the nodes: they stay the same ones. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readState } from '../../src/journal/open.ts';
import { Life } from './life.ts';
import { noFindings } from './oracle.ts';
import { tryHistory } from './scenarios.ts';
import { Simulation } from './simulated-builder.ts';

const WISHES = { hypervisors: 1, tls: true } as const;
/** Every n-th boundary. */
const STEP = 5;

/** Where the certificates are made and given, from the first boundary to the last. */
async function findRange(): Promise<readonly number[]> {
  const simulation = new Simulation(WISHES);
  try {
    expect(await simulation.create()).toBe(0);
    const [first = 0, last = 0] = ['make-ca', 'run-stack'].map((kind) => simulation.begun.get(kind));
    return Array.from({ length: Math.ceil((last - first) / STEP) }, (_, index) => first + 1 + index * STEP);
  } finally {
    simulation.dispose();
  }
}

/** Each digest that some node was found to have, and the text of all that was recorded. */
async function readJournal(folder: string): Promise<{ readonly digests: ReadonlySet<unknown>; readonly text: string }> {
  const reader = await readState(folder);
  try {
    const steps = reader.listSteps(reader.findCluster('sim')?.id ?? '');
    const installed = steps.filter(({ planned, state }) => planned.kind === 'install-ca' && state === 'done');
    expect(installed).toHaveLength(2);
    return { digests: new Set(installed.map(({ output }) => output?.['sha256'])), text: JSON.stringify(steps) };
  } finally {
    reader.close();
  }
}

function secretsOf(folder: string): Readonly<Record<string, string>> {
  const vault = JSON.parse(readFileSync(join(folder, 'vault', 'sim.json'), 'utf8')) as {
    readonly secrets: Record<string, string>;
  };
  return vault.secrets;
}

test('at a boundary among these, and another builder ends it: every node has the CA of the vault, and no record has a key', async () => {
  const deaths = await findRange();
  expect(deaths.length).toBeGreaterThan(3);
  for (const at of deaths) {
    const { findings } = await tryHistory(`create dies at ${at}`, WISHES, async (judged) => {
      await judged.run('create', new Life(at));
      await judged.finish('create');
      const { folder } = judged.simulation;
      const { digests, text } = await readJournal(folder);
      const { ca = '', ca_keys: keys = '' } = secretsOf(folder);
      expect(digests.size).toBe(1);
      expect([ca, ...keys.split('\n').slice(1, 3)].filter((secret) => secret === '' || text.includes(secret))).toEqual(
        [],
      );
    });
    expect(findings).toEqual(noFindings());
  }
}, 240_000);
