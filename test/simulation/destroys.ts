/** T11: destroy from everywhere: of a cluster at any moment of its life, in whatever state its objects, its state and our rights are. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { markFromDescription, markFromMetadata } from '../../src/cloud/stamp.ts';
import { put, remove, type ServerRow } from '../../src/rehearsal/world.ts';
import type { Judged } from './judged.ts';
import { Life } from './life.ts';
import { PassingFaults, type Said } from './passing-faults.ts';
import { type Trial, tryHistory } from './scenarios.ts';

/** How it stands with a cluster when destroy comes. */
interface Condition {
  readonly name: string;
  /** What the cloud refuses until somebody mends it. */
  readonly faults?: readonly Said[];
  /** What became of our servers; null for gone. */
  readonly server?: (row: ServerRow) => ServerRow | null;
  /** Whether the state was deleted with everything in it. */
  readonly isStateLost?: true;
  /** Where the first destroy has to say that something is left, if there is a server: what a person does about it then. */
  readonly mend?: { readonly server?: (row: ServerRow) => ServerRow; readonly unlock?: true };
}

const NEVER_GONE = { deletedAtMs: 0, goneAtMs: null };

export const CONDITIONS: readonly Condition[] = [
  { name: 'the state is lost', isStateLost: true },
  { name: 'servers are in ERROR', server: (row) => ({ ...row, fault: 'Host went away', builtAtMs: row.createdAtMs }) },
  { name: 'servers are powered off', server: (row) => ({ ...row, isStopped: true }) },
  { name: 'somebody removed the servers', server: () => null },
  { name: 'servers are softly deleted', server: (row) => ({ ...row, isSoftDeleted: true }) },
  {
    name: 'servers are locked',
    server: (row) => ({ ...row, isLocked: true }),
    mend: { unlock: true },
  },
  {
    name: 'deletes of servers hang',
    server: (row) => ({ ...row, ...NEVER_GONE }),
    // What an operator does: resets the state and deletes it.
    mend: { server: (row) => ({ ...row, deletedAtMs: null }) },
  },
  {
    name: 'the right to delete servers is gone',
    faults: [{ on: 'delete-server', status: 403, times: 'always' }],
    mend: {},
  },
  {
    name: 'the right to delete anything is gone',
    faults: [{ on: 'delete-*', status: 403, times: 'always' }],
    mend: {},
  },
  {
    name: 'servers are locked and the state is lost',
    isStateLost: true,
    server: (row) => ({ ...row, isLocked: true }),
    mend: { unlock: true },
  },
];

/** Ours are those of the cluster that is not the decoy's. */
function idOfCluster({ simulation }: Judged): string | null {
  const { world } = simulation.cloud;
  const described = [...world.port.values(), ...world['security-group'].values(), ...world['floating-ip'].values()];
  const marks = [
    ...[...world.server.values()].map(({ metadata }) => markFromMetadata(metadata)),
    ...described.map(({ description }) => markFromDescription(description)),
  ];
  return marks.find((mark) => mark !== null && mark.cluster !== 'theirs')?.cluster ?? null;
}

function isOurs({ metadata }: ServerRow, clusterId: string | null): boolean {
  return clusterId !== null && markFromMetadata(metadata)?.cluster === clusterId;
}

function changeServers(
  { simulation }: Judged,
  clusterId: string | null,
  change: (row: ServerRow) => ServerRow | null,
): void {
  const { ledger } = simulation.cloud;
  ledger.record(
    () => [...ledger.world.server.values()].filter((row) => isOurs(row, clusterId)),
    (rows) =>
      rows.length === 0
        ? null
        : {
            deed: { operation: 'act-on-server', subject: 'by somebody else', requestId: '' },
            changes: rows.map((row) => {
              const next = change(row);
              return next === null ? remove('server', row.id) : put('server', row.id, next);
            }),
          },
  );
}

function loseState(folder: string): void {
  for (const name of ['state.db', 'state.db-wal', 'state.db-shm', 'lock.db', 'vault', 'clusters'])
    rmSync(join(folder, name), { recursive: true, force: true });
}

/** What is left, to be told in a finding. */
function tellEnd(judged: Judged, outcome: unknown): string {
  return `destroy ended ${String(outcome)}: ${judged.simulation.lastError?.message ?? ''}`;
}

/** Destroys under a condition; where that must fail, it fails with a remainder, and succeeds once somebody has mended it. */
async function destroyUnder(condition: Condition, trouble: PassingFaults, judged: Judged): Promise<void> {
  const { simulation, findings } = judged;
  const id = idOfCluster(judged);
  const { server, isStateLost, mend } = condition;
  if (server !== undefined) changeServers(judged, id, server);
  if (isStateLost) loseState(simulation.folder);
  if (isStateLost && id === null) return;
  const wishes = isStateLost && id !== null ? { clusterId: id } : {};
  const first = await judged.watch('destroy', () => simulation.destroy(new Life(), wishes));
  if (mend === undefined || first === 'done') {
    if (first !== 'done') findings.leaks.push(tellEnd(judged, first));
    return;
  }
  if (first !== 6 && first !== 3) findings.leaks.push(tellEnd(judged, first));
  trouble.calm();
  if (mend.server !== undefined) changeServers(judged, id, mend.server);
  const again = { ...wishes, unlock: mend.unlock === true };
  const second = await judged.watch('destroy', () => simulation.destroy(new Life(), again));
  if (second !== 'done') findings.leaks.push(tellEnd(judged, second));
}

/** create dies at a boundary, or comes to its end where that lies behind; then destroy under a condition. */
export function tryDestroyUnder(condition: Condition, createDies: number): Promise<Trial> {
  const trouble = new PassingFaults(condition.faults ?? []);
  return tryHistory(`create dies at ${createDies}, ${condition.name}, destroy`, { faults: trouble }, async (judged) => {
    await judged.attempt('create', new Life(createDies));
    await destroyUnder(condition, trouble, judged);
  });
}
