/** What is still on its way after a boot: too early to be called broken, and not to be believed because nobody noticed its absence. */
import type { Problem } from './check.ts';
import type { Expectation, ExpectedHypervisor } from './expectation.ts';
import type { CloudFacts, ComputeService, Start } from './facts.ts';

/** nova-compute reports five seconds after its start, by its conductor's clock. */
const SLACK_S = 10;
const BOOTING: readonly string[] = ['initializing', 'starting'];
const ON_THE_WAY: readonly string[] = ['activating', 'deactivating', 'reloading'];

function startOf(name: string, { starts }: CloudFacts): Start | null {
  const start = starts.get(name);
  return start !== undefined && 'known' in start ? start.known : null;
}

/** Seconds that nova-compute runs on a node without having told nova; null where it has, or where that cannot be said. */
function unreportedS({ name, node }: ExpectedHypervisor, facts: CloudFacts, apiNode: string): number | null {
  const listed: readonly ComputeService[] = 'known' in facts.computeServices ? facts.computeServices.known : [];
  const reportedAt = listed.find(({ binary, host }) => binary === 'nova-compute' && host === name)?.updatedAt ?? null;
  const [own, api] = [startOf(node.name, facts), startOf(apiNode, facts)];
  const startedAt = own?.computeStartedAt ?? null;
  if (reportedAt === null || own === null || startedAt === null || api === null) return null;
  // Ages, each by its own node's clock: two clocks are never quite the same.
  const runsS = own.now - startedAt;
  return api.now - reportedAt > runsS + SLACK_S ? runsS : null;
}

/** Each nova-compute that the API calls up for what it said before it was started again. */
export function unreported(facts: CloudFacts, { hypervisors, apiNode }: Expectation): readonly Problem[] {
  return hypervisors.flatMap((one) => {
    const runsS = unreportedS(one, facts, apiNode);
    if (runsS === null) return [];
    return [
      {
        what: `nova-compute on ${one.name} runs for ${runsS} s and has not reported: what the API says of it is older`,
        cure: `does it reach its message queue and its conductor? journalctl -u devstack@n-cpu on ${one.node.name}`,
      },
    ];
  });
}

/** Why an answer of now would be too early; null where nothing is on its way. */
export function whyEarly(facts: CloudFacts, expected: Expectation): string | null {
  const booting = expected.nodes.find(({ name }) => BOOTING.includes(startOf(name, facts)?.system ?? ''));
  if (booting !== undefined) return `${booting.name} is still booting`;
  for (const [node, units] of facts.units) {
    const unit = 'known' in units ? units.known.find(({ active }) => ON_THE_WAY.includes(active)) : undefined;
    if (unit !== undefined) return `devstack@${unit.name} on ${node} is ${unit.active}`;
  }
  return unreported(facts, expected)[0]?.what ?? null;
}
