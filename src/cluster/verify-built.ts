/** The end of create: the checks that the layout wishes are run on what was built, unless they have passed since. */
import { BuilderError, failureOf } from '../errors.ts';
import type { Vault } from '../host/vault.ts';
import type { ClusterRecord, Run } from '../journal/state.ts';
import { restoreLayout } from '../layout/restore.ts';
import { chooseChecks } from '../verify/index.ts';
import { checkCloud, type VerifyOutcome } from './check-cloud.ts';
import type { Connected, Parts } from './parts.ts';
import type { LayoutWishes } from './save-plan.ts';
import { expectBuilt } from './verify.ts';
import { saysOnlyNumbers } from './wished-change.ts';
import { readNamedLayout } from './wished-layout.ts';

function stopped({ name }: ClusterRecord, cause: unknown): BuilderError {
  return new BuilderError('canceled', 'stopped while the built cloud was verified', {
    at: `cluster ${name}`,
    state: 'the cluster is ready, and what is built stays',
    fix: `verify it: ./builder verify ${name}; create does it too, when it is called again`,
    cause,
  });
}

/**
 * null where nothing is to be verified: the layout wishes nothing, or all was well when it was last verified and nothing was done
 * since. A layout that the command line names says which checks, else the saved one. Throws what `checkCloud` throws.
 */
export async function verifyBuilt(
  cluster: ClusterRecord,
  run: Run,
  wishes: LayoutWishes,
  vault: Vault,
  { sshProxy }: Pick<Connected, 'sshProxy'>,
  parts: Parts,
): Promise<VerifyOutcome | null> {
  const saved = restoreLayout(cluster.layout);
  const named = saysOnlyNumbers(saved, wishes) ? null : await readNamedLayout(wishes);
  const { verify: names } = named ?? saved;
  if (names.length === 0 || run.isVerified()) return null;
  const steps = run.journal.listSteps();
  const expected = expectBuilt({ cluster, steps });
  const { epoch } = run.journal;
  const emit: Parts['emit'] = (event) => {
    parts.emit(event);
    run.recordEvent(event);
  };
  emit({ type: 'notice', level: 'info', text: `verifying what was built: ${names.join(', ')}` });
  try {
    const built = { cluster, steps, expected, vault, epoch, sshProxy };
    const outcome = await checkCloud(built, chooseChecks(names, []), { ...parts, emit });
    if (outcome.failed === 0) await run.recordVerified();
    return outcome;
  } catch (error) {
    throw failureOf(error).code === 'canceled' ? stopped(cluster, error) : error;
  }
}
