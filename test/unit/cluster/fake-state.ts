/** A state reader over plain rows, for tests of what is read from it. */
import type { AttemptRecord, StepRecord } from '../../../src/engine/journal.ts';
import type { JsonObject } from '../../../src/engine/step.ts';
import type {
  ClusterRecord,
  LogPosition,
  MilestoneRecord,
  Owner,
  Phase,
  StateReader,
} from '../../../src/journal/state.ts';

export const began = new Date('2026-01-02T03:00:00Z');

export function makeCluster(name: string, nodes: readonly string[], phase: Phase = 'creating'): ClusterRecord {
  return {
    id: `id-${name}`,
    name,
    phase,
    scope: { authUrl: 'http://cloud/v3', region: null, projectId: 'p', userId: 'u' },
    settleMs: 1,
    layout: {},
    choices: {},
    nodes: nodes.map((node) => ({ name: node, role: node.replace(/-\d+$/, ''), group: node, generation: 1 })),
    createdAt: began,
  };
}

export function makeAttempt(state: AttemptRecord['state'], facts: Partial<AttemptRecord> = {}): AttemptRecord {
  const isOpen = state === 'intent' || state === 'uncertain';
  const endedAt = isOpen ? null : new Date(began.getTime() + 60_000);
  return {
    id: 1,
    stepId: 1,
    number: 1,
    nonce: 'n',
    epoch: 1,
    state,
    intendedAt: began,
    endedAt,
    error: null,
    ...facts,
  };
}

export function makeStep(
  kind: string,
  node: string | null,
  state: StepRecord['state'],
  facts: {
    readonly output?: JsonObject;
    readonly input?: JsonObject;
    readonly attempts?: readonly AttemptRecord[];
  } = {},
): StepRecord {
  return {
    id: 1,
    planned: {
      key: `${kind}/${node ?? 'cluster'}`,
      kind,
      version: 1,
      node,
      lifetime: 'server',
      input: facts.input ?? {},
      after: [],
    },
    generation: 1,
    state,
    output: state === 'done' ? (facts.output ?? {}) : null,
    attempts: facts.attempts ?? [],
  };
}

export const someOwner: Owner = { epoch: 3, pid: 42, host: 'desk', since: '2026-01-02T02:00:00Z', verb: 'create' };

type Log = ReturnType<StateReader['listLogs']>[number];

export function makeLog(node: string | null, stepKey: string, attempt: number, file: string): Log {
  const position: LogPosition = { offset: 0, prefixSha256: '', fileBytes: 0, file };
  return { node, stepKey, generation: 1, attempt, position };
}

export interface Rows {
  clusters: readonly ClusterRecord[];
  steps?: readonly StepRecord[];
  logs?: readonly Log[];
  milestones?: readonly MilestoneRecord[];
  owner?: Owner | null;
}

/** Rows are read anew at each call, so a test may change them. */
export function openReader(rows: Rows): StateReader {
  return {
    listClusters: () => rows.clusters,
    findCluster: (name) => rows.clusters.find((cluster) => cluster.name === name) ?? null,
    listGenerations: () => new Map(),
    listSteps: () => rows.steps ?? [],
    listResources: () => [],
    listRuns: () => [{ id: 1, verb: 'create', startedAt: began, endedAt: null, exitCode: null }],
    listLogs: () => rows.logs ?? [],
    listMilestones: () => rows.milestones ?? [],
    owner: () => rows.owner ?? null,
    lastEpoch: () => rows.owner?.epoch ?? 0,
    close: () => undefined,
  };
}
