/** The journey of `verify`: what was built is asked whether it works; the state is only read. */
import type { StepRecord } from '../engine/journal.ts';
import { BuilderError } from '../errors.ts';
import { openVault } from '../host/vault.ts';
import { readState } from '../journal/open.ts';
import type { ClusterRecord } from '../journal/state.ts';
import { restoreLayout } from '../layout/restore.ts';
import { type Expectation, expectCloud } from '../verify/expectation.ts';
import { chooseChecks } from '../verify/index.ts';
import { checkCloud, type VerifyOutcome } from './check-cloud.ts';
import { findCluster } from './find-cluster.ts';
import { readNodeAccess } from './node-access.ts';
import type { Parts } from './parts.ts';
import { clusterPaths } from './paths.ts';
import { checkScope } from './save-plan.ts';
import { cloudNameOf, isRehearsed, scratchOf } from './saved-wishes.ts';

export interface VerifyWishes {
  readonly clusterName: string | undefined;
  /** Names of checks; empty for the usual ones. */
  readonly only: readonly string[];
  readonly skip: readonly string[];
  /** Those that are run only where they are named, beside the others. */
  readonly with: readonly string[];
}

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
export function expectBuilt({ cluster, steps }: Pick<Built, 'cluster' | 'steps'>): Expectation {
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
  const checks = chooseChecks(wishes.only, wishes.skip, wishes.with);
  const built = await readBuilt(wishes.clusterName, parts);
  const { cluster, steps, epoch } = built;
  const expected = expectBuilt(built);
  const paths = clusterPaths(parts.state, cluster.name, scratchOf(cluster));
  const vault = await openVault(paths.vault, cluster.id, true);
  const sshProxy = await findProxy(cluster, parts);
  return await checkCloud({ cluster, steps, expected, vault, epoch, sshProxy }, checks, parts);
}
