/** Check `joined`: the four ways in which a hypervisor can be half joined, together, for each (devstack.md section 4.1). */
import { agentProblems } from './agents.ts';
import { chassisProblem } from './chassis.ts';
import { type Check, type CheckResult, judged, type Problem } from './check.ts';
import { computeProblem } from './compute-services.ts';
import { type Expectation, type ExpectedHypervisor, whyNoHypervisor } from './expectation.ts';
import type { CloudFacts, Known } from './facts.ts';
import { mappingProblem } from './hypervisors.ts';
import { providerProblem } from './placement.ts';

interface Way {
  readonly name: string;
  readonly problems: readonly Problem[];
}

function way<T>(name: string, fact: Known<T>, look: (known: T) => readonly Problem[]): Way {
  if ('known' in fact) return { name, problems: look(fact.known) };
  const cure = 'mend what hinders the question, then verify again';
  return { name, problems: [{ what: `could not be asked: ${fact.unknown}`, cure }] };
}

function only(problem: Problem | null): readonly Problem[] {
  return problem === null ? [] : [problem];
}

function waysOf(hypervisor: ExpectedHypervisor, facts: CloudFacts, { ovnNode }: Expectation): readonly Way[] {
  const { node } = hypervisor;
  return [
    way('service', facts.computeServices, (known) => only(computeProblem(hypervisor, known, facts.units))),
    way('mapping', facts.mappings, (known) => only(mappingProblem(hypervisor, known))),
    way('inventory', facts.providers, (known) => only(providerProblem(hypervisor.name, known))),
    way('agents', facts.agents, (known) => agentProblems(node, known)),
    ...(ovnNode === null ? [] : [way('chassis', facts.chassis, (known) => only(chassisProblem(node, known)))]),
  ];
}

function judgeHypervisor(hypervisor: ExpectedHypervisor, facts: CloudFacts, expected: Expectation): CheckResult {
  const ways = waysOf(hypervisor, facts, expected);
  const evidence = ways.map(
    ({ name, problems }) => `${name}: ${problems.map(({ what }) => what).join('; ') || 'joined'}`,
  );
  const broken = ways.filter(({ problems }) => problems.length > 0);
  const result = judged(
    joined,
    hypervisor.name,
    ways.flatMap(({ problems }) => problems),
    `joined: ${ways.map(({ name }) => name).join(', ')}`,
    evidence,
  );
  if (broken.length === 0) return result;
  const how = broken.length === ways.length ? 'not joined' : 'half joined';
  return { ...result, sentence: `${how}: ${broken.map(({ name }) => name).join(', ')} missing` };
}

export const joined: Check = {
  name: 'joined',
  summary: 'each hypervisor is in with its service, its mapping, its inventory and its agents',
  asks: ['compute-services', 'units', 'hosts', 'providers', 'inventories', 'agents', 'chassis'],
  guests: null,
  whySkipped: whyNoHypervisor,
  judge: (facts, expected) => expected.hypervisors.map((one) => judgeHypervisor(one, facts, expected)),
};
