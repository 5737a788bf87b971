/** Asking a built cloud whether it works: questions to every node, servers tried in it, and the judgement; it is left as it was. */
import type { StepRecord } from '../engine/journal.ts';
import { BuilderError } from '../errors.ts';
import type { Vault } from '../host/vault.ts';
import type { ClusterRecord } from '../journal/state.ts';
import { TRY_GUESTS } from '../remote/commands/try-guests.ts';
import type { Check, CheckResult } from '../verify/check.ts';
import type { Expectation } from '../verify/expectation.ts';
import type { CloudFacts, GuestFacts, Known } from '../verify/facts.ts';
import { judgeCloud, planGuests, planQuestions } from '../verify/index.ts';
import { whyEarly } from '../verify/patience.ts';
import { type Answers, readFacts } from '../verify/read-answers.ts';
import { readGuests } from '../verify/read-guests.ts';
import { hasVolumes } from '../verify/volumes.ts';
import { type Asker, openAsker } from './ask-nodes.ts';
import type { Parts } from './parts.ts';
import { runTempest } from './run-tempest.ts';
import { listSshNodes } from './ssh-files.ts';
import { openVaultRedactor } from './vault-redactor.ts';

export interface BuiltCluster {
  readonly cluster: ClusterRecord;
  /** Those that count. */
  readonly steps: readonly StepRecord[];
  readonly expected: Expectation;
  readonly vault: Vault;
  /** The last that the nodes have seen of this state. */
  readonly epoch: number;
  readonly sshProxy: string | null;
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

/** In seconds. cirros on QEMU without KVM takes minutes; a ping takes seconds once both ends have booted. */
const PATIENCE = { BOOT_S: '600', PING_S: '120', FULL_S: '30', FLOATING_S: '60', VOLUME_S: '120' };
/** A unit of a rebooted node starts within a minute or two; nova-compute reports seconds later. */
const START_MS = 4 * 60_000;
const AGAIN_MS = 5_000;
const NO_GUESTS: GuestFacts = {
  swept: [],
  guests: [],
  networkMtu: null,
  floatingIp: null,
  volume: null,
  migration: null,
  left: [],
};
const GUESTS_MS = 90 * 60_000;

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

/**
 * Asks again while something is still on its way, as after a boot, for so long as a start may take; then what is seen is judged as it
 * is. Nothing on its way costs nothing.
 */
async function askPatiently(
  checks: readonly Check[],
  expected: Expectation,
  asker: Asker,
  parts: Parts,
): Promise<CloudFacts> {
  const beganMs = parts.clock.monotonicMs();
  let told: string | null = null;
  for (;;) {
    const answers = await askAll(checks, expected, asker, parts);
    const seen = readFacts(answers, expected.apiNode, expected.ovnNode, { unknown: 'nobody asked' });
    const why = whyEarly(seen, expected);
    if (why === null || parts.clock.monotonicMs() - beganMs >= START_MS) return seen;
    if (why !== told) {
      const minutes = START_MS / 60_000;
      parts.emit({
        type: 'notice',
        level: 'info',
        text: `${why}: asking again, for at most ${minutes} minutes in all`,
      });
    }
    told = why;
    await parts.clock.sleep(AGAIN_MS, parts.signal);
  }
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
  if (plan === null || (plan.hosts.length === 0 && !plan.hasVolume)) return { known: NO_GUESTS };
  const { hosts, migration } = plan;
  const yes = (is: boolean): string => (is ? 'yes' : 'no');
  const env = {
    RUN: run,
    HOSTS: hosts.join(' '),
    NETWORK: expected.network,
    PUBLIC_NETWORK: expected.publicNetwork,
    PING: yes(plan.hasPing),
    FULL_SIZE: yes(plan.hasFullSize),
    FLOATING_IP: yes(plan.hasFloatingIp),
    VOLUME: yes(plan.hasVolume),
    HAS_VOLUMES: yes(hasVolumes(expected)),
    MIGRATE: migration === null ? '' : `${migration.from} ${migration.to}`,
    ...PATIENCE,
  };
  const job = { id: 'verify-guests', script: TRY_GUESTS, env, wallLimitMs: GUESTS_MS };
  const whenLeft = `${expected.apiNode} goes on, and removes the servers of this verify`;
  const said = await asker.follow(expected.apiNode, job, whenLeft);
  if ('unknown' in said) return said;
  const guests = readGuests(said.known.output, said.known.end);
  if ('known' in guests && guests.known.swept.length > 0) {
    const text = `an earlier verify had left, and this one removed: ${guests.known.swept.join(', ')}`;
    emit({ type: 'notice', level: 'info', text });
  }
  return guests;
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

/**
 * Asks the cloud, judges it, and tells the event `verified`. Throws `host-key`, `fenced`, `canceled`; a node that does not answer is
 * a result.
 */
export async function checkCloud(built: BuiltCluster, checks: readonly Check[], parts: Parts): Promise<VerifyOutcome> {
  const { cluster, steps, expected, vault, epoch, sshProxy } = built;
  const startedAt = parts.clock.now();
  const startedMs = parts.clock.monotonicMs();
  const run = parts.random.uuid().slice(0, 8);
  const nodes = listSshNodes(cluster, steps, vault, parts.keys);
  const asker = openAsker(cluster, nodes, vault, { run, epoch, sshProxy }, parts);
  try {
    const seen = await askPatiently(checks, expected, asker, parts);
    const guests = await tryGuests(checks, seen, expected, asker, run, parts);
    const tempest = await runTempest(checks, expected, asker);
    const redactor = openVaultRedactor(vault)();
    const judgement = judgeCloud(checks, { ...seen, guests, tempest }, expected);
    const results = judgement.map((result) => redacted(result, (text) => redactor.text(text)));
    const told = {
      run,
      seconds: Math.round((parts.clock.monotonicMs() - startedMs) / 100) / 10,
      passed: sum(results, 'pass'),
      failed: sum(results, 'fail'),
      skipped: sum(results, 'skip'),
      results,
    };
    parts.emit({ type: 'verified', ...told });
    return { cluster: cluster.name, id: cluster.id, startedAt: startedAt.toISOString(), ...told };
  } finally {
    await asker.close();
  }
}

/** What failed, as every other error is told; null where nothing did. `state`: what became of the cluster. */
export function verifyFailure(
  { cluster, failed, skipped, results }: VerifyOutcome,
  state: string,
  fix: string,
): BuilderError | null {
  if (failed === 0) return null;
  const broken = results
    .filter(({ status }) => status === 'fail')
    .map(({ check, node }) => (node === null ? check : `${check} on ${node}`));
  return new BuilderError(
    'verify-failed',
    `${failed} of ${results.length - skipped} results are failures: ${broken.join(', ')}`,
    { at: `cluster ${cluster}`, state, fix, details: { failed: broken } },
  );
}
