/** The final report of create: how to reach the cloud that was built, or what failed and how to go on. */
import { formatDuration } from './duration.ts';
import { safeOneLine } from './safe-text.ts';
import { renderTable } from './table.ts';

export interface ReportFacts {
  readonly cluster: string;
  /** The built cloud; null while it is not ready. */
  readonly access: {
    readonly keystoneUrl: string;
    /** null where Horizon is not among the services. */
    readonly dashboardUrl: string | null;
    readonly users: readonly string[];
    /** Path of the file that holds the passwords; they are never printed. */
    readonly vault: string;
  } | null;
  readonly nodes: readonly {
    readonly name: string;
    readonly role: string;
    readonly state: string;
    readonly address: string | null;
    readonly floatingAddress: string | null;
  }[];
  readonly phases: readonly { readonly name: string; readonly elapsedMs: number }[];
  readonly failures: readonly {
    readonly node: string | null;
    readonly step: string;
    readonly cause: string;
    readonly logFile: string | null;
  }[];
  /** The node people log in to first. */
  readonly loginNode: string;
}

function renderAccess(cluster: string, access: NonNullable<ReportFacts['access']>, loginNode: string): string {
  const lines: [string, string][] = [
    ['Keystone', access.keystoneUrl],
    ...(access.dashboardUrl === null ? [] : [['dashboard', access.dashboardUrl] satisfies [string, string]]),
    ['from here', `./builder ssh ${cluster} ${loginNode} reaches it; the servers let in SSH only`],
    ['users', access.users.join(', ')],
    ['passwords', `${access.vault} (admin_password is that of every user)`],
    ['log in', `./builder ssh ${cluster} ${loginNode}`],
    ['remove', `./builder destroy ${cluster}`],
  ];
  return lines.map(([name, value]) => `  ${name.padEnd(10)} ${safeOneLine(value)}\n`).join('');
}

function renderFailures(facts: ReportFacts): string {
  const rows = facts.failures.map(({ node, step, cause, logFile }) => [node ?? 'cluster', step, cause, logFile ?? '-']);
  return [
    '\n',
    renderTable(['NODE', 'STEP', 'CAUSE', 'LOG'], rows),
    `\ngo on with: ./builder create ${facts.cluster}\n`,
  ].join('');
}

/** Text for stderr. Says "ready" only where `access` is given and nothing failed. */
export function renderReport(facts: ReportFacts): string {
  const { cluster, access, nodes, phases, failures, loginNode } = facts;
  const ready = nodes.filter(({ state }) => state === 'ready').length;
  const isReady = access !== null && failures.length === 0;
  const head = isReady
    ? `\n${cluster} is ready\n\n`
    : `\n${cluster} is not ready: ${ready} of ${nodes.length} nodes are\n`;
  const addresses = nodes.map(({ name, role, state, address, floatingAddress }) => [
    name,
    role,
    state,
    address ?? '-',
    floatingAddress ?? '-',
  ]);
  const durations = phases.map(({ name, elapsedMs }) => `${name} ${formatDuration(elapsedMs)}`).join(', ');
  return [
    head,
    isReady ? renderAccess(cluster, access, loginNode) : '',
    '\n',
    renderTable(['NODE', 'ROLE', 'STATE', 'ADDRESS', 'FLOATING IP'], addresses),
    phases.length > 0 ? `\ntime: ${durations}\n` : '',
    failures.length > 0 ? renderFailures(facts) : isReady ? '' : `\ngo on with: ./builder create ${cluster}\n`,
  ].join('');
}
