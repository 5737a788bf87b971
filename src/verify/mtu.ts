/** Check `mtu`: frames as big as the network of a project carries pass between hypervisors; small pings pass where these do not. */
import { type Check, judged, type Problem } from './check.ts';
import type { Guest } from './facts.ts';
import { ASKED_BEFORE, whyNoPairBoots, withGuests } from './guests.ts';

/** Only where small frames pass: the others are the business of ping. */
function lostFrames(guests: readonly Guest[], mtu: number): readonly Problem[] {
  return guests.flatMap((from) =>
    guests
      .filter(({ address }) => from.pinged.includes(address) && !from.gotFull.includes(address))
      .map((to) => ({
        what: `frames of ${mtu} bytes are lost from ${from.host} to ${to.host} or on the way back`,
        cure:
          'compare the MTU of all interfaces between the nodes (ip link); a tunnel takes 58 bytes: global_physnet_mtu must be ' +
          'the smallest of them',
      })),
  );
}

/** A guest that sends smaller ones than it might would cut the big one up, and nothing would be proven. */
function smallGuests(guests: readonly Guest[], mtu: number): readonly Problem[] {
  return guests.flatMap(({ host, mtu: own }) =>
    own === null || own >= mtu
      ? []
      : [
          {
            what: `the server on ${host} has an interface of ${own} bytes, its network carries ${mtu}`,
            cure: 'the image does not take the MTU that DHCP tells it: try another',
          },
        ],
  );
}

export const mtu: Check = {
  name: 'mtu',
  summary: "frames of the network's full size pass between servers on different hypervisors",
  asks: ASKED_BEFORE,
  guests: 'full-size',
  whySkipped: whyNoPairBoots,
  judge: (facts) =>
    withGuests(mtu, facts, ({ guests, networkMtu }) => {
      if (networkMtu === null) {
        return [judged(mtu, null, [{ what: 'neutron does not say what its network carries', cure: 'see boot' }], '')];
      }
      const hasWay = guests.some(({ pinged }) => pinged.length > 0);
      const silent = hasWay ? [] : [{ what: 'not even small frames pass between servers', cure: 'see ping' }];
      const problems = [...silent, ...lostFrames(guests, networkMtu), ...smallGuests(guests, networkMtu)];
      const evidence = guests.map(
        ({ host, mtu: own, gotFull }) =>
          `${host} (interface of ${own ?? 'unknown'}) got answers from ${gotFull.join(', ') || 'nobody'}`,
      );
      return [judged(mtu, null, problems, `frames of ${networkMtu} bytes pass between hypervisors`, evidence)];
    }),
};
