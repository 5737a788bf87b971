/** The journey of `verify`: what was built is asked whether it works; the state is only read, and the cloud left as it was. */
import type { StepRecord } from '../engine/journal.ts';
import { BuilderError, failureOf } from '../errors.ts';
import { openVault } from '../host/vault.ts';
import { readState } from '../journal/open.ts';
import type { ClusterRecord } from '../journal/state.ts';
import { restoreLayout } from '../layout/restore.ts';
import { TRY_GUESTS } from '../remote/commands/try-guests.ts';
import type { Check, CheckResult } from '../verify/check.ts';
import { type Expectation, expectCloud } from '../verify/expectation.ts';
import type { CloudFacts, Known } from '../verify/facts.ts';
import { chooseChecks, judgeCloud, planGuests, planQuestions } from '../verify/index.ts';
import { type Answers, readFacts } from '../verify/read-answers.ts';
import { readDoing, readGuests } from '../verify/read-guests.ts';
import { type Asker, openAsker } from './ask-nodes.ts';
import { findCluster } from './find-cluster.ts';
import { readNodeAccess } from './node-access.ts';
import type { Parts } from './parts.ts';
import { clusterPaths } from './paths.ts';
import { checkScope } from './save-plan.ts';
import { cloudNameOf, isRehearsed, scratchOf } from './saved-wishes.ts';
import { listSshNodes } from './ssh-files.ts';
import { openVaultRedactor } from './vault-redactor.ts';

export interface VerifyWishes {
  readonly clusterName: string | undefined;
  /** Names of checks; empty for all. */
  readonly only: readonly string[];
  readonly skip: readonly string[];
}

export interface VerifyOutcome {
  readonly cluster: string;
  readonly id: string;
  /** In the names of everything that this run made in the cloud. */
  readonly run: string;
  /** UTC, ISO. */
  readonly startedAt: string;
  readonly seconds: number;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly results: readonly CheckResult[];
}

/** cirros on QEMU without KVM takes minutes; a ping takes seconds once both ends have booted. */
const BOOT_S = 600;
const PING_S = 120;
const GUESTS_MS = 90 * 60_000;

interface Built {
  readonly cluster: ClusterRecord;
  /** Those that count. */
  readonly steps: readonly StepRecord[];
  readonly epoch: number;
}

/** Reads the state without its lock, for nothing is written. */
async function readBuilt(name: string | undefined, { state, emit }: Parts): Promise<Built> {
  const reader = await readState(state);
  try {
    const cluster = findCluster(reader, name);
    const owner = reader.owner();
    if (owner !== null) {
      const text = `a builder works on this state (${owner.verb}, pid ${owner.pid}): what is seen may change meanwhile`;
      emit({ type: 'notice', level: 'warning', text });
    }
    const steps = reader.listSteps(cluster.id).filter(({ state: each }) => each !== 'superseded');
    return { cluster, steps, epoch: reader.lastEpoch() };
  } finally {
    reader.close();
  }
}

function notBuilt({ name, phase }: ClusterRecord, what: string): BuilderError {
  return new BuilderError('partial', `there is no cloud to verify: ${what}`, {
    at: `cluster ${name}`,
    state: `phase ${phase}; nothing was asked`,
    fix: phase === 'destroying' ? `./builder destroy ${name}` : `build it first: ./builder create ${name}`,
  });
}

/** By node, as they were written into its local.conf. */
function overlayAddresses(steps: readonly StepRecord[]): ReadonlyMap<string, string> {
  return new Map(
    steps.flatMap(({ planned: { kind, node, input } }) => {
      const address = kind === 'write-local-conf' ? input['overlayAddress'] : undefined;
      return node !== null && typeof address === 'string' ? [[node, address] as const] : [];
    }),
  );
}

/** Throws `partial` where there is nothing yet that could answer. A compute that failed is no such thing: verify tells it. */
function expectBuilt({ cluster, steps }: Built): Expectation {
  if (cluster.phase === 'destroying') throw notBuilt(cluster, 'it is being destroyed');
  if (steps.length === 0) throw notBuilt(cluster, 'it was found by its marks, and its plan is lost');
  const addresses = cluster.nodes.map(({ name }) => [name, readNodeAccess(steps, name).address] as const);
  const missing = addresses.find(([, address]) => address === null);
  if (missing !== undefined) throw notBuilt(cluster, `${missing[0]} has no address yet`);
  const known = new Map(addresses.map(([name, address]) => [name, address ?? '']));
  const expected = expectCloud(restoreLayout(cluster.layout), known, overlayAddresses(steps));
  const isStacked = steps.some(
    ({ planned, state }) => planned.key === `run-stack/${expected.apiNode}` && state === 'done',
  );
  if (!isStacked) throw notBuilt(cluster, `stack.sh has not completed on ${expected.apiNode}`);
  return expected;
}

/** All nodes at once; each gets all its questions in one job. */
async function askAll(
  checks: readonly Check[],
  expected: Expectation,
  asker: Asker,
  { emit }: Parts,
): Promise<ReadonlyMap<string, Known<Answers>>> {
  const questions = [...planQuestions(checks, expected)];
  if (questions.length > 0) {
    const text = `asking ${questions.length} ${questions.length === 1 ? 'node' : 'nodes'}`;
    emit({ type: 'notice', level: 'info', text });
  }
  return new Map(
    await Promise.all(questions.map(async ([node, wanted]) => [node, await asker.ask(node, wanted)] as const)),
  );
}

/** One job on the API node makes, hears and removes them, so that they go away whatever becomes of us. */
async function tryGuests(
  checks: readonly Check[],
  facts: CloudFacts,
  expected: Expectation,
  asker: Asker,
  run: string,
  { emit }: Parts,
): Promise<CloudFacts['guests']> {
  const plan = planGuests(checks, facts, expected);
  if (plan === null || plan.hosts.length === 0) return { known: { swept: [], guests: [], migration: null, left: [] } };
  const { hosts, hasPing, migration } = plan;
  const notice = (text: string): void => emit({ type: 'notice', level: 'info', text });
  const env = {
    RUN: run,
    HOSTS: hosts.join(' '),
    NETWORK: expected.network,
    PING: hasPing ? 'yes' : 'no',
    MIGRATE: migration === null ? '' : `${migration.from} ${migration.to}`,
    BOOT_S: String(BOOT_S),
    PING_S: String(PING_S),
  };
  const job = { id: 'verify-guests', script: TRY_GUESTS, env, wallLimitMs: GUESTS_MS };
  try {
    const said = await asker.follow(expected.apiNode, job, (line) => {
      const doing = readDoing(line);
      if (doing !== null) notice(`${expected.apiNode}: ${doing}`);
    });
    if ('unknown' in said) return said;
    const guests = readGuests(said.known.output, said.known.end);
    if ('known' in guests && guests.known.swept.length > 0)
      notice(`an earlier verify had left, and this one removed: ${guests.known.swept.join(', ')}`);
    return guests;
  } catch (error) {
    if (failureOf(error).code === 'canceled')
      notice(`${expected.apiNode} goes on, and removes the servers of this verify`);
    throw error;
  }
}

function sum(results: readonly CheckResult[], status: CheckResult['status']): number {
  return results.filter((result) => result.status === status).length;
}

/** No secret of the cluster is in a sentence, whatever a node printed. */
function redacted(result: CheckResult, redact: (text: string) => string): CheckResult {
  const { sentence, evidence, cure } = result;
  return {
    ...result,
    sentence: redact(sentence),
    evidence: evidence.map(redact),
    cure: cure === null ? null : redact(cure),
  };
}

/** A rehearsed cloud has to be served while it is asked; real servers are reached without their cloud. */
async function findProxy(cluster: ClusterRecord, parts: Parts): Promise<string | null> {
  if (!isRehearsed(cluster)) return null;
  const { cloud, scope, sshProxy } = await parts.connect(cloudNameOf(cluster));
  // Requests are over; who serves the servers goes on until we end.
  await cloud.close();
  checkScope(cluster, scope);
  return sshProxy;
}

/**
 * Asks the cloud, and judges it by the saved layout. Throws `bad-option`, `unknown-cluster`, `ambiguous-cluster`, `partial` where
 * nothing is built, `vault-missing`, `host-key`, `fenced`, `canceled`; a node that does not answer is a result.
 */
export async function verifyCluster(wishes: VerifyWishes, parts: Parts): Promise<VerifyOutcome> {
  const checks = chooseChecks(wishes.only, wishes.skip);
  const built = await readBuilt(wishes.clusterName, parts);
  const { cluster, steps, epoch } = built;
  const expected = expectBuilt(built);
  const paths = clusterPaths(parts.state, cluster.name, scratchOf(cluster));
  const vault = await openVault(paths.vault, cluster.id, true);
  const startedAt = parts.clock.now();
  const startedMs = parts.clock.monotonicMs();
  const run = parts.random.uuid().slice(0, 8);
  const sshProxy = await findProxy(cluster, parts);
  const nodes = listSshNodes(cluster, steps, vault, parts.keys);
  const asker = openAsker(cluster, nodes, vault, { run, epoch, sshProxy }, parts);
  try {
    const answers = await askAll(checks, expected, asker, parts);
    const seen = readFacts(answers, expected.apiNode, expected.ovnNode, { unknown: 'nobody asked' });
    const guests = await tryGuests(checks, seen, expected, asker, run, parts);
    const redactor = openVaultRedactor(vault)();
    const judgement = judgeCloud(checks, { ...seen, guests }, expected);
    const results = judgement.map((result) => redacted(result, (text) => redactor.text(text)));
    return {
      cluster: cluster.name,
      id: cluster.id,
      run,
      startedAt: startedAt.toISOString(),
      seconds: Math.round((parts.clock.monotonicMs() - startedMs) / 100) / 10,
      passed: sum(results, 'pass'),
      failed: sum(results, 'fail'),
      skipped: sum(results, 'skip'),
      results,
    };
  } finally {
    await asker.close();
  }
}
