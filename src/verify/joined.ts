/** Check `joined`: the four ways in which a hypervisor can be half joined, together, for each (devstack.md section 4.1). */
import { agentProblems } from './agents.ts';
import { chassisProblem } from './chassis.ts';
import { type Check, type CheckResult, judged, type Problem } from './check.ts';
import { computeProblem } from './compute-services.ts';
import { type Expectation, type ExpectedNode, hypervisorsOf } from './expectation.ts';
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

function waysOf(node: ExpectedNode, facts: CloudFacts, { ovnNode }: Expectation): readonly Way[] {
  return [
    way('service', facts.computeServices, (known) =>
      only(computeProblem(node.name, known, facts.units.get(node.name))),
    ),
    way('mapping', facts.mappings, (known) => only(mappingProblem(node, known))),
    way('inventory', facts.providers, (known) => only(providerProblem(node.name, known))),
    way('agents', facts.agents, (known) => agentProblems(node, known)),
    ...(ovnNode === null ? [] : [way('chassis', facts.chassis, (known) => only(chassisProblem(node, known)))]),
  ];
}

function judgeNode(node: ExpectedNode, facts: CloudFacts, expected: Expectation): CheckResult {
  const ways = waysOf(node, facts, expected);
  const evidence = ways.map(
    ({ name, problems }) => `${name}: ${problems.map(({ what }) => what).join('; ') || 'joined'}`,
  );
  const broken = ways.filter(({ problems }) => problems.length > 0);
  const result = judged(
    joined,
    node.name,
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
  whySkipped: (expected) => (hypervisorsOf(expected).length === 0 ? 'the layout has no hypervisor' : null),
  judge: (facts, expected) => hypervisorsOf(expected).map((node) => judgeNode(node, facts, expected)),
};
