/** Check `agents`: every network agent that is planned, and every one that is known, is alive. */
import { type Check, judged, notKnown, type Problem } from './check.ts';
import type { ExpectedNode } from './expectation.ts';
import type { Agent } from './facts.ts';

/** Neutron's binaries by the service of DevStack that starts them. */
const BINARIES: Readonly<Record<string, string>> = {
  'ovn-controller': 'ovn-controller',
  'q-ovn-agent': 'neutron-ovn-agent',
  'neutron-ovn-agent': 'neutron-ovn-agent',
  'q-ovn-metadata-agent': 'neutron-ovn-metadata-agent',
  'neutron-ovn-metadata-agent': 'neutron-ovn-metadata-agent',
  'q-agt': 'neutron-openvswitch-agent',
  'q-dhcp': 'neutron-dhcp-agent',
  'q-l3': 'neutron-l3-agent',
  'q-meta': 'neutron-metadata-agent',
};

function plannedOn({ services }: ExpectedNode): readonly string[] {
  return [...services].flatMap((service) => BINARIES[service] ?? []);
}

const OPTIONS = 'open . external-ids';

/** Routers are put on every chassis that offers itself, and floating IPs work only where the public network is reached. */
function gatewayProblems({ name, isGateway }: ExpectedNode, own: Agent): readonly Problem[] {
  if (own.isGateway === isGateway) return [];
  return isGateway
    ? [
        {
          what: `${name} is planned to be a gateway, and OVN knows it as none`,
          cure: `on ${name}: sudo ovs-vsctl set ${OPTIONS}:ovn-cms-options=enable-chassis-as-gw`,
        },
      ]
    : [
        {
          what: `OVN may put routers on ${name}, which is not planned to be a gateway`,
          cure: `on ${name}: sudo ovs-vsctl remove ${OPTIONS} ovn-cms-options`,
        },
      ];
}

/** What is wrong with the network agents of one node. */
export function agentProblems(node: ExpectedNode, agents: readonly Agent[]): readonly Problem[] {
  return plannedOn(node).flatMap((binary) => {
    const own = agents.find((agent) => agent.binary === binary && agent.host === node.name);
    if (own === undefined) {
      return [
        { what: `neutron knows no ${binary} on ${node.name}`, cure: `look at its unit and its log on ${node.name}` },
      ];
    }
    if (!own.isAlive) {
      return [
        {
          what: `${binary} on ${node.name} is dead`,
          cure: `look at its unit and its log on ${node.name}, and restart it`,
        },
      ];
    }
    return binary === 'ovn-controller' ? gatewayProblems(node, own) : [];
  });
}

function describe({ binary, host, isAlive }: Agent): string {
  return `${binary} on ${host}: ${isAlive ? 'alive' : 'dead'}`;
}

export const agents: Check = {
  name: 'agents',
  summary: 'every network agent is there and alive',
  asks: ['agents'],
  guests: null,
  whySkipped: ({ nodes }) =>
    nodes.some((node) => plannedOn(node).length > 0) ? null : 'the layout has no network agents',
  judge(facts, { nodes }) {
    if ('unknown' in facts.agents) return [notKnown(agents, null, facts.agents.unknown)];
    const { known } = facts.agents;
    const isPlanned = ({ binary, host }: Agent): boolean =>
      nodes.some((node) => node.name === host && plannedOn(node).includes(binary));
    const strangers = known
      .filter((agent) => !agent.isAlive && !isPlanned(agent))
      .map(({ binary, host }) => ({
        what: `${binary} on ${host} is dead, and not planned`,
        cure: 'openstack network agent delete ID',
      }));
    const problems = [...nodes.flatMap((node) => agentProblems(node, known)), ...strangers];
    return [judged(agents, null, problems, `${known.length} agents are alive`, known.map(describe))];
  },
};
