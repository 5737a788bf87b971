/** A cluster's status as a person reads it. */
import { formatDuration } from './duration.ts';
import { describeProgress } from './progress-text.ts';
import { renderTable } from './table.ts';

interface StatusNode {
  readonly name: string;
  readonly role: string;
  readonly state: string;
  readonly step: string | null;
  readonly since: string | null;
  readonly progress: {
    readonly percent: number;
    readonly milestone: string;
    readonly remainingMs: number | null;
    readonly at: string;
  } | null;
  readonly error: string | null;
  readonly address: string | null;
  readonly floatingAddress: string | null;
  readonly serverId: string | null;
  readonly done: number;
  readonly total: number;
}

export interface StatusFacts {
  readonly cluster: string;
  readonly phase: string;
  readonly cloud: string | null;
  readonly owner: { readonly pid: number; readonly host: string; readonly verb: string; readonly since: string } | null;
  readonly nodes: readonly StatusNode[];
  readonly done: number;
  readonly total: number;
  readonly inDoubt: readonly { readonly step: string; readonly attempt: number; readonly since: string }[];
}

function elapsed(since: string | null, now: Date): string {
  return since === null ? '' : formatDuration(Math.max(0, now.getTime() - Date.parse(since)));
}

/** As of the last milestone; what was left then has become less since, while somebody follows it. */
function progressCell({ state, progress }: StatusNode, now: Date): string {
  if (progress === null) return '';
  const { percent, milestone, remainingMs, at } = progress;
  const sinceMs = Math.max(0, now.getTime() - Date.parse(at));
  const leftMs = state === 'running' && remainingMs !== null ? remainingMs - sinceMs : null;
  return describeProgress(milestone, { percent, remainingMs: leftMs });
}

/** Cells of a node's row, in the order of the table. */
export function nodeCells(node: StatusNode, now: Date): readonly string[] {
  const isMoving = node.state !== 'ready' && node.state !== 'pending' && node.state !== 'waiting';
  return [
    node.name,
    node.role,
    node.state,
    `${node.done}/${node.total}`,
    node.floatingAddress ?? node.address ?? '-',
    node.step ?? '-',
    isMoving ? elapsed(node.since, now) : '',
  ];
}

/** Head line, table of nodes, then what is in doubt or failed. */
export function renderStatus(status: StatusFacts, now: Date): string {
  const { owner } = status;
  const working =
    owner === null
      ? 'no builder is working'
      : `builder: ${owner.verb}, pid ${owner.pid} on ${owner.host} since ${owner.since}`;
  const where = status.cloud === null ? '' : ` on cloud ${status.cloud}`;
  const head = `${status.cluster}${where}: ${status.phase}, ${status.done} of ${status.total} steps done; ${working}\n\n`;
  const hasProgress = status.nodes.some(({ progress }) => progress !== null);
  const table = renderTable(
    ['NODE', 'ROLE', 'STATE', 'STEPS', 'ADDRESS', 'STEP', 'FOR', ...(hasProgress ? ['PROGRESS'] : [])],
    status.nodes.map((node) => [...nodeCells(node, now), progressCell(node, now)]),
  );
  const failures = status.nodes.flatMap(({ name, step, error }) =>
    error === null ? [] : [[name, step ?? '-', error]],
  );
  const doubts = status.inDoubt.map(({ step, attempt, since }) => [step, String(attempt), since]);
  return [
    head,
    table,
    ...(failures.length > 0 ? ['\n', renderTable(['NODE', 'STEP', 'CAUSE'], failures)] : []),
    ...(doubts.length > 0
      ? [
          '\n',
          renderTable(['IN DOUBT', 'ATTEMPT', 'SINCE'], doubts),
          `settle it: ./builder resolve ${status.cluster}; or go on: ./builder create ${status.cluster}\n`,
        ]
      : []),
  ].join('');
}
