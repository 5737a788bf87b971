/** What must hold whatever happened (reliability.md section 3.0), judged by the ledger and the journal's file, never by the builder's memory. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { markFromDescription, markFromMetadata } from '../../src/cloud/stamp.ts';
import { readState } from '../../src/journal/open.ts';
import { stateOf } from '../../src/rehearsal/server-life.ts';
import { applyChanges, type Change, emptyWorld, type World } from '../../src/rehearsal/world.ts';

/** Sentences about what was broken, by the figures of the report; all empty when all holds. */
export type Findings = Readonly<Record<'duplicates' | 'leaks' | 'foreign' | 'rerun', string[]>>;

export function noFindings(): Findings {
  return { duplicates: [], leaks: [], foreign: [], rerun: [] };
}

export function addFindings(all: Findings, more: Findings): void {
  for (const kind of ['duplicates', 'leaks', 'foreign', 'rerun'] as const) all[kind].push(...more[kind]);
}

interface Line {
  readonly seq: number;
  readonly changes?: readonly Change[];
}

interface Marked {
  readonly kind: string;
  readonly id: string;
  /** Of its mark: cluster, step key; one of a kind and key may live. */
  readonly key: string;
}

/** Lines of the file that counted, in order: the first with each number. */
function readLedger(folder: string): readonly Line[] {
  const path = join(folder, 'rehearsal', 'ledger.jsonl');
  const seen = new Set<number>();
  return (existsSync(path) ? readFileSync(path, 'utf8') : '')
    .split('\n')
    .filter((text) => text !== '')
    .map((text) => JSON.parse(text) as Line)
    .filter(({ seq }) => {
      const isFirst = !seen.has(seq);
      seen.add(seq);
      return isFirst;
    });
}

/** Everything that carries a mark of ours and was not asked to go. */
function listMarked(world: World): readonly Marked[] {
  const servers = [...world.server.values()]
    .filter((server) => server.deletedAtMs === null && stateOf(server, Number.MAX_SAFE_INTEGER).status !== 'GONE')
    .map(({ id, metadata }) => ({ kind: 'server', id, mark: markFromMetadata(metadata) }));
  const described = (['port', 'security-group', 'floating-ip'] as const).flatMap((kind) =>
    [...world[kind].values()].map(({ id, description }) => ({ kind, id, mark: markFromDescription(description) })),
  );
  return [...servers, ...described].flatMap(({ kind, id, mark }) =>
    mark === null ? [] : [{ kind, id, key: `${mark.cluster} ${mark.key}` }],
  );
}

function worldOf(lines: readonly Line[]): World {
  const world = emptyWorld();
  for (const { changes = [] } of lines) applyChanges(world, changes);
  return world;
}

/** Each remote job is begun at most once on a server, whatever was asked how often. */
function findRestarts(lines: readonly Line[]): string[] {
  const begun = new Map<string, number>();
  return lines.flatMap(({ changes = [] }) =>
    changes.flatMap((change) => {
      if (change.kind !== 'job' || change.row === null || change.row.start === null) return [];
      const { atMs } = change.row.start;
      const before = begun.get(change.key);
      begun.set(change.key, atMs);
      return before === undefined || before === atMs ? [] : [`remote job ${change.key} was begun twice`];
    }),
  );
}

/** Foreign objects: their ids, and the rows they had when they were put there. */
export type Decoys = ReadonlyMap<string, string>;

function findTouched(world: World, decoys: Decoys): string[] {
  return [...decoys].flatMap(([id, row]) => {
    const now =
      world.server.get(id) ?? world.port.get(id) ?? world['security-group'].get(id) ?? world['floating-ip'].get(id);
    return JSON.stringify(now) === row ? [] : [`foreign object ${id} was touched`];
  });
}

/** How often each finished step was tried; read before a resume, compared after it. */
export type Finished = ReadonlyMap<string, number>;

export async function readFinished(folder: string): Promise<Finished> {
  if (!existsSync(join(folder, 'state.db'))) return new Map();
  const reader = await readState(folder);
  try {
    const cluster = reader.findCluster('sim');
    if (cluster === null) return new Map();
    return new Map(
      reader
        .listSteps(cluster.id)
        .filter(({ state }) => state === 'done')
        .map(({ id, planned, attempts }) => [`${id} ${planned.key}`, attempts.length]),
    );
  } finally {
    reader.close();
  }
}

async function findRerun(folder: string, before: Finished): Promise<string[]> {
  const after = await readFinished(folder);
  // What was superseded by a replacement is no longer done, and is not run again either.
  return [...before].flatMap(([step, attempts]) =>
    (after.get(step) ?? attempts) > attempts ? [`finished step ${step} was run again`] : [],
  );
}

/** Secrets of a cluster that was never saved are no secrets of anything: the next vault of that name replaces them. */
async function isVaultLeft(folder: string): Promise<boolean> {
  const path = join(folder, 'vault', 'sim.json');
  if (!existsSync(path)) return false;
  const { cluster } = JSON.parse(readFileSync(path, 'utf8')) as { readonly cluster: string };
  const reader = await readState(folder);
  try {
    return reader.listClusters().some(({ id }) => id === cluster);
  } finally {
    reader.close();
  }
}

export interface Judgement {
  readonly folder: string;
  readonly decoys: Decoys;
  /** As read before the run that is judged. */
  readonly finished: Finished;
  /** `any`: in the middle. `ready`: one of each, nothing else. `empty`: nothing of ours is left. */
  readonly phase: 'any' | 'ready' | 'empty';
}

/** Adds what is broken to the findings. `resources` is how many marked objects a ready cluster has. */
export async function judge({ folder, decoys, finished, phase }: Judgement, resources: number): Promise<Findings> {
  const lines = readLedger(folder);
  const world = worldOf(lines);
  const marked = listMarked(world).filter(({ id }) => !decoys.has(id));
  const counts = Map.groupBy(marked, ({ kind, key }) => `${kind} ${key}`);
  const findings: Findings = {
    duplicates: [...findRestarts(lines)],
    leaks: [],
    foreign: findTouched(world, decoys),
    rerun: await findRerun(folder, finished),
  };
  // In the middle a twin may be there whose fate the builder does not know yet.
  if (phase !== 'any') {
    for (const [what, all] of counts) if (all.length > 1) findings.duplicates.push(`${all.length} of ${what}`);
  }
  if (phase === 'ready' && marked.length !== resources)
    findings.leaks.push(`${marked.length} objects of ours instead of ${resources}`);
  if (phase === 'empty') {
    findings.leaks.push(...marked.map(({ kind, id }) => `${kind} ${id} is left`));
    if (await isVaultLeft(folder)) findings.leaks.push('the vault is left');
  }
  return findings;
}
