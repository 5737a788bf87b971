/** Temporary state folders with a clock that stands still, and small plans to save in them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PlannedStep } from '../../../src/engine/step.ts';
import type { Clock } from '../../../src/host/clock.ts';
import { type OpenOptions, openState } from '../../../src/journal/open.ts';
import type { NewCluster, State } from '../../../src/journal/state.ts';

export const noon = new Date('2026-01-02T12:00:00.000Z');

export const standingClock: Clock = {
  now: () => noon,
  monotonicMs: () => 0,
  sleep: async () => undefined,
};

export const toCreate: OpenOptions = { verb: 'create', argv: ['create', 'lab'], allowNew: true };

/** Folders made by one test file, and what is open in them; `clean` belongs in its afterEach. */
export class TemporaryStates {
  private readonly parent: string;
  private readonly folders: string[] = [];
  private readonly open: { close(): void }[] = [];

  constructor(parent = tmpdir()) {
    this.parent = parent;
  }

  folder(): string {
    const folder = mkdtempSync(join(this.parent, 'builder-journal-'));
    this.folders.push(folder);
    return folder;
  }

  async openState(folder = this.folder(), clock: Clock = standingClock): Promise<State> {
    return this.closing(await openState(folder, toCreate, { clock }));
  }

  closing<T extends { close(): void }>(handle: T): T {
    this.open.push(handle);
    return handle;
  }

  clean(): void {
    for (const handle of this.open.splice(0)) handle.close();
    for (const folder of this.folders.splice(0)) rmSync(folder, { recursive: true, force: true });
  }
}

export function plannedStep(kind: string, node: string | null, changes: Partial<PlannedStep> = {}): PlannedStep {
  const lifetime = node === null ? 'cluster' : 'server';
  return { key: `${kind}/${node ?? 'cluster'}`, kind, version: 1, node, lifetime, input: {}, after: [], ...changes };
}

export function newCluster(steps: readonly PlannedStep[], changes: Partial<NewCluster> = {}): NewCluster {
  const nodes = [...new Set(steps.flatMap(({ node }) => (node === null ? [] : [node])))];
  return {
    id: 'cluster-a',
    name: 'lab',
    scope: { authUrl: 'https://cloud/v3', region: 'here', projectId: 'p', userId: 'u' },
    settleMs: 1_000,
    layout: { groups: ['controller'] },
    choices: { user: 'debian' },
    nodes: nodes.map((name) => ({ name, role: 'compute', group: name })),
    steps,
    ...changes,
  };
}
