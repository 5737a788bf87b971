/** Running the built cloud's own tempest by a remote job on the API node, told while it runs. */
import { RUN_TEMPEST, TEMPEST_LOGS } from '../remote/commands/run-tempest.ts';
import type { Check } from '../verify/check.ts';
import type { Expectation } from '../verify/expectation.ts';
import type { CloudFacts } from '../verify/facts.ts';
import { readTempest } from '../verify/read-tempest.ts';
import { wantsTempest } from '../verify/tempest-smoke.ts';
import { hasVolumes } from '../verify/volumes.ts';
import type { Asker } from './ask-nodes.ts';

/** Its smoke tests take 10 to 25 minutes (devstack.md section 4.5), and longer where hypervisors are slow. */
const TEMPEST_S = 3600;
/** It may wait twenty minutes for another verify, and looks at the cloud before and after. */
const JOB_MS = (TEMPEST_S + 40 * 60) * 1000;

/** Unknown, with the reason, where no check wants it and where it could not be run. Throws `host-key`, `fenced`, `canceled`. */
export async function runTempest(
  checks: readonly Check[],
  expected: Expectation,
  asker: Asker,
): Promise<CloudFacts['tempest']> {
  if (!wantsTempest(checks, expected)) return { unknown: 'nobody ran it' };
  const { apiNode } = expected;
  const env = { TEMPEST_S: String(TEMPEST_S), TELL_S: '60', HAS_VOLUMES: hasVolumes(expected) ? 'yes' : 'no' };
  const job = { id: 'verify-tempest', script: RUN_TEMPEST, env, wallLimitMs: JOB_MS };
  const whenLeft = `${apiNode}: tempest goes on, and cleans up after itself; its log: ${TEMPEST_LOGS}`;
  const said = await asker.follow(apiNode, job, whenLeft);
  return 'unknown' in said ? said : readTempest(said.known.output, said.known.end);
}
