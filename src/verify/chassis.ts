/** Check `chassis`: OVN knows each node by the name nova has for it. */
import { type Check, judged, notKnown, type Problem, without } from './check.ts';
import type { Expectation, ExpectedNode } from './expectation.ts';
import type { Chassis } from './facts.ts';

const RENAME = 'sudo ovs-vsctl set open . external-ids:hostname=$(hostname)';

/** Whether OVN puts ports of servers on a node. */
export function isChassis({ services }: ExpectedNode): boolean {
  return services.has('ovn-controller');
}

/** Why there are no chassis to ask of; null where there are. */
export function whyNoOvn({ ovnNode }: Expectation): string | null {
  return ovnNode === null ? 'the layout has no OVN' : null;
}

export function ownChassis(node: ExpectedNode, all: readonly Chassis[]): Chassis | undefined {
  const byName = all.find(({ hostname }) => hostname === node.name);
  return byName ?? all.find(({ encaps }) => encaps.some(({ address }) => address === node.tunnelAddress));
}

/**
 * Whether OVN will bind ports of servers on this node; null when it will. A chassis that calls itself otherwise than nova's host
 * gets none of them, with every agent alive (devstack.md section 2.9).
 */
export function chassisProblem(node: ExpectedNode, all: readonly Chassis[]): Problem | null {
  const own = ownChassis(node, all);
  if (own === undefined)
    return { what: `OVN has no chassis of ${node.name}`, cure: `look at ovn-controller on ${node.name}` };
  if (own.hostname !== node.name) {
    return {
      what: `the chassis of ${node.name} calls itself ${own.hostname}: no server there gets its port`,
      cure: `on ${node.name}: ${RENAME}; and make hostname -f the short name`,
    };
  }
  return null;
}

function describe({ name, hostname, encaps }: Chassis): string {
  return `${hostname} (${name}): ${encaps.map(({ type, address }) => `${type} ${address}`).join(', ')}`;
}

/** Chassis that are no node's own: what a node left that was made anew, or a second one of a name. */
function strangers(planned: readonly ExpectedNode[], all: readonly Chassis[]): readonly Problem[] {
  const own = planned.flatMap((node) => ownChassis(node, all)?.name ?? []);
  return without(
    all.map(({ name }) => name),
    own,
  ).map((name) => ({
    what: `chassis ${name} belongs to no node`,
    cure: `on the node of OVN's databases: sudo ovn-sbctl chassis-del ${name}`,
  }));
}

export const chassis: Check = {
  name: 'chassis',
  summary: "OVN's chassis have the names of nova's hosts",
  asks: ['chassis'],
  guests: null,
  whySkipped: whyNoOvn,
  judge(facts, { nodes }) {
    if ('unknown' in facts.chassis) return [notKnown(chassis, null, facts.chassis.unknown)];
    const { known } = facts.chassis;
    const planned = nodes.filter(isChassis);
    const problems = [...planned.flatMap((node) => chassisProblem(node, known) ?? []), ...strangers(planned, known)];
    return [judged(chassis, null, problems, `${known.length} chassis have their hosts' names`, known.map(describe))];
  },
};
