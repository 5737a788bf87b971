/** Check `ping`: servers on different hypervisors reach each other, which proves tunnels, DHCP, metadata and security groups at once. */
import { type Check, judged } from './check.ts';
import type { Guest } from './facts.ts';
import { ASKED_BEFORE, whyNoPairBoots, withGuests } from './guests.ts';

/** Every way from one guest to another that brought no answer. */
function unreached(guests: readonly Guest[]): readonly { readonly from: Guest; readonly to: Guest }[] {
  return guests.flatMap((from) =>
    guests.filter((to) => to !== from && !from.pinged.includes(to.address)).map((to) => ({ from, to })),
  );
}

const TUNNELS =
  'geneve (UDP 6081) must pass between the tunnel addresses; compare ovn-sbctl show, and what security groups of the cloud below allow';

export const ping: Check = {
  name: 'ping',
  summary: 'servers on different hypervisors reach each other, in both directions',
  asks: ASKED_BEFORE,
  guests: 'ping',
  whySkipped: whyNoPairBoots,
  judge: (facts, expected) =>
    withGuests(ping, facts, ({ guests }) => {
      const planned = expected.hypervisors.map(({ name }) => name);
      const running = guests.filter(({ host, server }) => planned.includes(host) && server?.status === 'ACTIVE');
      const absent = planned
        .filter((name) => !running.some(({ host }) => host === name))
        .map((name) => ({ what: `no server runs on ${name} to ping from or to`, cure: 'see boot' }));
      const broken = unreached(running).map(({ from, to }) => ({
        what: `${from.host} does not reach ${to.host}`,
        cure: from.isUp ? TUNNELS : `the server on ${from.host} has not booted to the end: see boot`,
      }));
      const evidence = running.map(
        ({ host, address, pinged }) => `${host} (${address}) reached ${pinged.join(', ') || 'nobody'}`,
      );
      const ways = running.length * (running.length - 1);
      return [judged(ping, null, [...absent, ...broken], `all ${ways} ways between hypervisors are open`, evidence)];
    }),
};
