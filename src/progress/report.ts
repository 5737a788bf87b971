/** The final report of create: how to reach the cloud that was built, or what failed and how to go on. */
import { ERRORS, type ErrorCode } from '../errors.ts';
import { formatDuration } from './duration.ts';
import { problemLines } from './error-text.ts';
import { safeOneLine } from './safe-text.ts';
import { renderTable } from './table.ts';
import type { VerifyFacts } from './verify-text.ts';

export interface ReportFacts {
  readonly cluster: string;
  /** Cloud and servers are simulated: nothing that was built can be used. */
  readonly isRehearsed: boolean;
  /** The built cloud; null while it is not ready. */
  readonly access: {
    readonly keystoneUrl: string;
    /** null where Horizon is not among the services. */
    readonly dashboardUrl: string | null;
    readonly users: readonly string[];
    /** Path of the file that holds the passwords; they are never printed. */
    readonly vault: string;
    /** Path of the file with the commits it was built from. */
    readonly lock: string;
    /** Path of the file that openstack reads, with the passwords in another beside it. */
    readonly cloudsYaml: string;
    /** A line for a shell of this machine, which lists the servers of the built cloud. */
    readonly fromHere: string;
  } | null;
  readonly nodes: readonly {
    readonly name: string;
    readonly role: string;
    readonly state: string;
    readonly address: string | null;
    readonly floatingAddress: string | null;
    /** What it took until the node was done; null while nothing of it is. */
    readonly elapsedMs: number | null;
    /** What its stack.sh says it took; null until it has ended well. */
    readonly stackMs: number | null;
  }[];
  readonly phases: readonly { readonly name: string; readonly elapsedMs: number }[];
  readonly failures: readonly {
    readonly node: string | null;
    readonly step: string;
    readonly code: ErrorCode;
    readonly cause: string;
    readonly fix: string | null;
    readonly logFile: string | null;
    /** What the end of its log says, where stack.sh failed. */
    readonly explained: {
      readonly class: string;
      readonly sentence: string;
      readonly cure: string;
      readonly isRetryable: boolean;
      readonly lines: readonly string[];
    } | null;
  }[];
  /** What the checks at the end found; null where there were none. */
  readonly verification: VerifyFacts | null;
  /** The node people log in to first. */
  readonly loginNode: string;
}

function renderAccess(cluster: string, access: NonNullable<ReportFacts['access']>, loginNode: string): string {
  const lines: [string, string][] = [
    ['Keystone', access.keystoneUrl],
    ...(access.dashboardUrl === null ? [] : [['dashboard', access.dashboardUrl] satisfies [string, string]]),
    ['users', access.users.join(', ')],
    ['passwords', `${access.vault} (admin_password is that of every user)`],
    ['built from', `${access.lock} (create --lock builds from the same commits)`],
    ['log in', `./builder ssh ${cluster} ${loginNode}; the servers let in SSH only`],
    ['there', `sudo -iu stack openstack --os-cloud devstack-admin server list`],
    ['clouds', `${access.cloudsYaml} has ${cluster} (demo) and ${cluster}-admin`],
    ['from here', access.fromHere],
    ['remove', `./builder destroy ${cluster}`],
  ];
  return lines.map(([name, value]) => `  ${name.padEnd(10)} ${safeOneLine(value)}\n`).join('');
}

/** What to type next after a rehearsal; its addresses lead nowhere. */
function renderRehearsed(cluster: string, loginNode: string): string {
  const lines = [
    ['look', `./builder status ${cluster}`],
    ['logs', `./builder logs ${cluster} ${loginNode} run-stack`],
    ['remove', `./builder destroy ${cluster}`],
    ['in earnest', 'export OS_CLOUD=…; ./builder create'],
  ];
  return lines.map(([name = '', value]) => `  ${name.padEnd(10)} ${value}\n`).join('');
}

/** Each failure as an error that stands alone, then what they are together where some nodes are ready. */
function renderFailures({ cluster, failures, nodes }: ReportFacts, ready: number): string {
  const goOn = `./builder create ${cluster}`;
  const lines = failures.flatMap(({ step, code, cause, fix, logFile, explained }) =>
    problemLines({
      id: ERRORS[code].id,
      code,
      message: cause,
      at: step,
      log: logFile ?? undefined,
      excerpt: explained?.lines,
      fix: fix ?? `run the same command again: ${goOn}`,
    }),
  );
  const together = {
    id: ERRORS.partial.id,
    code: 'partial',
    message: `${ready} of ${nodes.length} nodes ready`,
    state: 'resumable: what is done stays done',
    fix: `go on with: ${goOn}`,
  } as const;
  const end = ready > 0 ? problemLines(together) : [`\ngo on with: ${goOn}`];
  return `\n${[...lines, ...end].join('\n')}\n`;
}

/** Text for stderr. Says "ready" only where `access` is given and nothing failed. */
export function renderReport(facts: ReportFacts): string {
  const { cluster, isRehearsed, access, nodes, phases, failures, loginNode } = facts;
  const ready = nodes.filter(({ state }) => state === 'ready').length;
  const isReady = access !== null && failures.length === 0;
  const rehearsed = isRehearsed ? ' (a rehearsal: cloud and servers are simulated, nothing was built)' : '';
  const head = isReady
    ? `\n${cluster} is ready${rehearsed}\n\n`
    : `\n${cluster} is not ready${rehearsed}: ${ready} of ${nodes.length} nodes are\n`;
  const time = (ms: number | null): string => (ms === null ? '-' : formatDuration(ms));
  const rows = nodes.map(({ name, role, state, address, floatingAddress, stackMs, elapsedMs }) => [
    name,
    role,
    state,
    address ?? '-',
    floatingAddress ?? '-',
    time(stackMs),
    time(elapsedMs),
  ]);
  const durations = phases.map(({ name, elapsedMs }) => `${name} ${formatDuration(elapsedMs)}`).join(', ');
  return [
    head,
    isReady ? (isRehearsed ? renderRehearsed(cluster, loginNode) : renderAccess(cluster, access, loginNode)) : '',
    '\n',
    renderTable(['NODE', 'ROLE', 'STATE', 'ADDRESS', 'FLOATING IP', 'STACK.SH', 'TIME'], rows),
    phases.length > 0 ? `\ntime: ${durations}\n` : '',
    failures.length > 0 ? renderFailures(facts, ready) : isReady ? '' : `\ngo on with: ./builder create ${cluster}\n`,
  ].join('');
}
