/** Check `compute-services`: what nova's API calls up is what is planned, and really lives. */
import { type Check, judged, notKnown, type Problem, without } from './check.ts';
import type { Expectation, ExpectedHypervisor, ExpectedNode } from './expectation.ts';
import type { CloudFacts, ComputeService } from './facts.ts';
import { unreported } from './patience.ts';
import { deadCompute } from './services.ts';

/** nova's binaries by the service of DevStack that starts them on a node. */
const BINARIES: readonly (readonly [string, string])[] = [
  ['n-sch', 'nova-scheduler'],
  ['n-cond', 'nova-conductor'],
  ['n-cpu', 'nova-compute'],
];

function describe({ binary, host, status, state }: ComputeService): string {
  return `${binary} on ${host}: ${status}, ${state}`;
}

function unwell(service: ComputeService): Problem | null {
  const { binary, host, status, state } = service;
  if (status !== 'enabled') {
    return {
      what: `${binary} on ${host} is ${status}`,
      cure: `openstack compute service set --enable ${host} ${binary}`,
    };
  }
  if (state === 'up') return null;
  return {
    what: `${binary} on ${host} is ${state}`,
    cure: `look at its unit: sudo systemctl status 'devstack@n-*' on ${host}`,
  };
}

/**
 * Whether nova-compute of a hypervisor serves; null when it does. For twelve minutes after its death the API goes on calling it
 * up, so its unit has the last word (devstack.md section 4.1).
 */
export function computeProblem(
  { name: host, node }: ExpectedHypervisor,
  services: readonly ComputeService[],
  unitsByNode: CloudFacts['units'],
): Problem | null {
  const units = unitsByNode.get(node.name);
  const own = services.find((service) => service.binary === 'nova-compute' && service.host === host);
  if (own === undefined) {
    return {
      what: `nova knows no nova-compute on ${host}`,
      cure: `read its log: journalctl -u devstack@n-cpu on ${host}`,
    };
  }
  if (units !== undefined && 'unknown' in units) {
    const silent = {
      what: `nobody can say whether nova-compute on ${host} lives, though the API calls it ${own.state}`,
      cure: `see services: ${host} did not tell its units`,
    };
    return unwell(own) ?? silent;
  }
  const dead = units === undefined ? null : deadCompute(units.known);
  if (dead === null) return unwell(own);
  return {
    what: `nova-compute on ${host} is dead, though the API calls it ${own.state}: ${dead}`,
    cure: `read why, then start it: journalctl -u devstack@n-cpu -e; sudo systemctl restart devstack@n-cpu on ${host}`,
  };
}

/** The scheduler, and a conductor for each cell that a node hosts and one above all cells: all there, and every one well. */
function controlProblems(node: ExpectedNode, listed: readonly ComputeService[]): readonly Problem[] {
  return BINARIES.flatMap(([service, binary]) => {
    if (binary === 'nova-compute' || !node.services.has(service)) return [];
    const own = listed.filter((each) => each.binary === binary && each.host === node.name);
    if (own.length === 0)
      return [{ what: `nova knows no ${binary} on ${node.name}`, cure: `look at devstack@${service} on ${node.name}` }];
    const planned = binary === 'nova-conductor' ? node.conductors : [];
    const few = {
      what: `nova knows ${own.length} of ${planned.length} conductors on ${node.name}`,
      cure: `look at ${planned.map((unit) => `devstack@${unit}`).join(', ')} there`,
    };
    return own.flatMap((each) => unwell(each) ?? []).concat(own.length < planned.length ? [few] : []);
  });
}

function problemsOf(listed: readonly ComputeService[], facts: CloudFacts, expected: Expectation): readonly Problem[] {
  const found = listed.filter(({ binary }) => binary === 'nova-compute').map(({ host }) => host);
  const strangers = without(
    found,
    expected.hypervisors.map(({ name }) => name),
  ).map((host) => ({
    what: `nova-compute on ${host} is not planned`,
    cure: 'openstack compute service delete ID, once nothing runs there',
  }));
  return [
    ...expected.nodes.flatMap((node) => controlProblems(node, listed)),
    ...expected.hypervisors.flatMap((one) => computeProblem(one, listed, facts.units) ?? []),
    ...unreported(facts, expected),
    ...strangers,
  ];
}

export const computeServices: Check = {
  name: 'compute-services',
  summary: "nova's services are the planned ones, up and enabled, and their units live",
  asks: ['compute-services', 'units'],
  guests: null,
  whySkipped: () => null,
  judge(facts, expected) {
    const listed = facts.computeServices;
    if ('unknown' in listed) return [notKnown(computeServices, null, listed.unknown)];
    const { known } = listed;
    return [
      judged(
        computeServices,
        null,
        problemsOf(known, facts, expected),
        `${known.length} services are up and enabled`,
        known.map(describe),
      ),
    ];
  },
};
