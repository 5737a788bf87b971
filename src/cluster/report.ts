/** The facts of create's final report, from journal rows alone. */
import { dirname } from 'node:path';
import { z } from 'zod';
import type { StepRecord } from '../engine/journal.ts';
import { isErrorCode } from '../errors.ts';
import type { ClusterRecord } from '../journal/state.ts';
import { restoreLayout } from '../layout/restore.ts';
import type { ReportFacts } from '../progress/report.ts';
import { isRoleWithApi } from '../roles/index.ts';
import { quoteForBash } from '../roles/quote.ts';
import type { VerifyOutcome } from './check-cloud.ts';
import { keystoneUrl } from './cloud-files.ts';
import type { ClusterPaths } from './paths.ts';
import { isRehearsed } from './saved-wishes.ts';
import { describeCluster } from './status.ts';

const PHASES: readonly { readonly name: string; readonly kinds: RegExp }[] = [
  {
    name: 'servers',
    kinds: /^(create-(security-group|port|floating-ip|server)|allow-traffic|wait-server|wait-ssh|remove-server)$/,
  },
  { name: 'DevStack', kinds: /^(start|release|run)-stack$/ },
  { name: 'host discovery', kinds: /^discover-hosts$/ },
  { name: 'preparation', kinds: /./ },
];

function phaseOf(kind: string): string {
  return PHASES.find(({ kinds }) => kinds.test(kind))?.name ?? '';
}

/** From the first intent to the last outcome of a phase's steps, in order of their begin; phases of parallel nodes overlap. */
function phasesOf(steps: readonly StepRecord[]): ReportFacts['phases'] {
  const spans = new Map<string, { begin: number; end: number }>();
  for (const { planned, attempts } of steps) {
    for (const { intendedAt, endedAt } of attempts) {
      if (endedAt === null) continue;
      const span = spans.get(phaseOf(planned.kind)) ?? { begin: Number.POSITIVE_INFINITY, end: 0 };
      span.begin = Math.min(span.begin, intendedAt.getTime());
      span.end = Math.max(span.end, endedAt.getTime());
      spans.set(phaseOf(planned.kind), span);
    }
  }
  return [...spans]
    .sort(([, left], [, right]) => left.begin - right.begin)
    .map(([name, { begin, end }]) => ({ name, elapsedMs: Math.max(0, end - begin) }));
}

/** Steps that only ask the cloud keep no log. */
function logOf({ planned, generation, attempts }: StepRecord, paths: ClusterPaths): string | null {
  const last = attempts.at(-1);
  if (planned.node === null || last === undefined || phaseOf(planned.kind) === 'servers') return null;
  return paths.log(planned.node, planned.kind, generation, last.number);
}

const stackOutput = z.object({ seconds: z.number(), waitedSeconds: z.number().default(0) });
/** Errors journaled before there was a sentence, and those of other steps, have none. */
const stackFailure = z.object({
  class: z.string(),
  sentence: z.string(),
  cure: z.string(),
  isRetryable: z.boolean(),
  lines: z.array(z.string()),
});

/** From a node's first intent to its last outcome, and what its stack.sh said of itself. */
function timesOf(steps: readonly StepRecord[], node: string): { elapsedMs: number | null; stackMs: number | null } {
  const own = steps.filter(({ planned }) => planned.node === node);
  const ends = own.flatMap(({ attempts }) => attempts.flatMap(({ endedAt }) => endedAt?.getTime() ?? []));
  const begins = own.flatMap(({ attempts }) => attempts.map(({ intendedAt }) => intendedAt.getTime()));
  const stack = own.find(({ planned, state }) => planned.kind === 'run-stack' && state === 'done');
  const said = stackOutput.safeParse(stack?.output).data;
  return {
    elapsedMs: ends.length === 0 ? null : Math.max(...ends) - Math.min(...begins),
    stackMs: said === undefined ? null : Math.max(0, said.seconds - said.waitedSeconds) * 1000,
  };
}

/** Any free port; people may take another. */
const SOCKS_PORT = 1080;

/**
 * The servers let in SSH only, and the catalog names private addresses, so everything goes through the node's sshd. The folder is
 * where openstack finds both of its files.
 */
function renderUse(cluster: string, node: string, { cloudsYaml, sshConfig }: ClusterPaths): string {
  const tunnel = `ssh -F ${quoteForBash(sshConfig)} -fND ${SOCKS_PORT} ${node}`;
  const proxy = `ALL_PROXY=socks5h://127.0.0.1:${SOCKS_PORT}`;
  return `${tunnel}; cd ${quoteForBash(dirname(cloudsYaml))} && ${proxy} openstack --os-cloud ${cluster} server list`;
}

function accessOf(
  host: string,
  node: string,
  paths: ClusterPaths,
  cluster: ClusterRecord,
  hasDashboard: boolean,
): ReportFacts['access'] {
  const keystone = keystoneUrl(host, restoreLayout(cluster.layout).tls);
  return {
    keystoneUrl: keystone,
    dashboardUrl: hasDashboard ? keystone.replace(/identity$/, 'dashboard') : null,
    users: ['admin', 'demo'],
    vault: paths.vault,
    lock: paths.lock,
    cloudsYaml: paths.cloudsYaml,
    fromHere: renderUse(cluster.name, node, paths),
  };
}

/** Why a step is not done, as it was journaled; an attempt that was cut short has said nothing. */
function failureOf(
  { planned, state, attempts }: StepRecord,
  cluster: string,
): Omit<ReportFacts['failures'][number], 'logFile'> {
  const error = attempts.at(-1)?.error;
  const code = error?.code;
  return {
    node: planned.node,
    step: planned.key,
    code: code !== undefined && isErrorCode(code) ? code : 'uncertain-write',
    cause: `${state === 'failed' ? '' : 'in doubt: '}${error?.message ?? 'unknown'}`,
    fix: state === 'open' ? `look again: ./builder resolve ${cluster}` : (error?.fix ?? null),
    explained: stackFailure.safeParse(error?.details).data ?? null,
  };
}

function verificationPhase({ seconds }: VerifyOutcome): ReportFacts['phases'][number] {
  return { name: 'verification', elapsedMs: seconds * 1000 };
}

/** Pure: what create's report says of a cluster after its run. `hasDashboard`: whether Horizon is among the services. */
export function describeResult(
  cluster: ClusterRecord,
  allSteps: readonly StepRecord[],
  paths: ClusterPaths,
  hasDashboard: boolean,
  verification: VerifyOutcome | null = null,
): ReportFacts {
  const steps = allSteps.filter(({ state }) => state !== 'superseded');
  const { nodes } = describeCluster(cluster, { steps, runs: [], milestones: [], owner: null });
  const api = nodes.find(({ role }) => isRoleWithApi(role)) ?? nodes[0];
  const host = api?.address ?? null;
  const isReady = steps.length > 0 && steps.every(({ state }) => state === 'done');
  return {
    cluster: cluster.name,
    access: isReady && host !== null ? accessOf(host, api?.name ?? '', paths, cluster, hasDashboard) : null,
    isRehearsed: isRehearsed(cluster),
    nodes: nodes.map((node) => Object.assign(timesOf(steps, node.name), node)),
    phases: [...phasesOf(steps), ...(verification === null ? [] : [verificationPhase(verification)])],
    verification,
    failures: steps
      .filter(({ state, attempts }) => state === 'failed' || attempts.at(-1)?.state === 'uncertain')
      .map((step) => Object.assign(failureOf(step, cluster.name), { logFile: logOf(step, paths) })),
    loginNode: api?.name ?? '',
  };
}
