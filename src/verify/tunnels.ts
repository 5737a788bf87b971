/** Check `tunnels`: each chassis ends geneve at the planned address, and the node has that address; else no ping comes through. */
import { isChassis, ownChassis, whyNoOvn } from './chassis.ts';
import { type Check, type CheckResult, judged, notKnown, type Problem } from './check.ts';
import type { ExpectedNode } from './expectation.ts';
import type { Chassis } from './facts.ts';

function setTo(node: ExpectedNode, address: string): string {
  return `on ${node.name}: sudo ovs-vsctl set open . external-ids:ovn-encap-ip=${address}`;
}

function tunnelProblems(node: ExpectedNode, own: Chassis, addresses: readonly string[]): readonly Problem[] {
  const ends = own.encaps.filter(({ type }) => type === 'geneve').map(({ address }) => address);
  if (ends.length === 0) {
    const others = own.encaps.map(({ type }) => type).join(', ') || 'nothing';
    const cure = `on ${node.name}: sudo ovs-vsctl set open . external-ids:ovn-encap-type=geneve`;
    return [{ what: `${node.name} has no geneve tunnel, but ${others}`, cure }];
  }
  const planned = node.tunnelAddress;
  const elsewhere =
    planned === null || ends.includes(planned)
      ? []
      : [
          {
            what: `tunnels of ${node.name} end at ${ends.join(', ')}, planned is ${planned}`,
            cure: setTo(node, planned),
          },
        ];
  const foreign = ends.filter((address) => !addresses.includes(address));
  const absent = foreign.map((address) => ({
    what: `no interface of ${node.name} has ${address}, where its tunnels end`,
    cure: `bring the interface up that is to have it (ip -o addr on ${node.name}), or ${setTo(node, planned ?? 'ADDRESS')}`,
  }));
  return [...elsewhere, ...absent];
}

export const tunnels: Check = {
  name: 'tunnels',
  summary: 'each chassis ends its geneve tunnels at the planned address, which is up on its node',
  asks: ['chassis', 'addresses'],
  guests: null,
  whySkipped: whyNoOvn,
  judge(facts, { nodes }) {
    if ('unknown' in facts.chassis) return [notKnown(tunnels, null, facts.chassis.unknown)];
    const { known } = facts.chassis;
    return nodes.filter(isChassis).map((node): CheckResult => {
      const own = ownChassis(node, known);
      if (own === undefined) {
        const what = `OVN has no chassis of ${node.name}`;
        return judged(tunnels, node.name, [{ what, cure: 'see chassis' }], '');
      }
      const addresses = facts.addresses.get(node.name) ?? { unknown: 'nobody asked' };
      if ('unknown' in addresses) return notKnown(tunnels, node.name, addresses.unknown);
      const ends = own.encaps.map(({ type, address }) => `${type} at ${address}`);
      const problems = tunnelProblems(node, own, addresses.known);
      return judged(tunnels, node.name, problems, ends.join(', '), [
        ...ends,
        `its addresses: ${addresses.known.join(', ')}`,
      ]);
    });
  },
};
