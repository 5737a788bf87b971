/** Check `floating-ip`: a server is reached from the public network, by way of router and gateway. */
import { type Check, judged, type Problem } from './check.ts';
import type { FloatingIp } from './facts.ts';
import { ASKED_BEFORE, lastLine, whyNothingBoots, withGuests } from './guests.ts';

function floatingProblem({ host, address, answered, error }: FloatingIp, apiNode: string): Problem | null {
  if (answered) return null;
  if (address === '') {
    const why = lastLine(error);
    return {
      what: `there was no floating IP for the server on ${host}${why === '' ? '' : `: ${why}`}`,
      cure: 'look at the public network, and at the router that leads there: openstack router show router1',
    };
  }
  return {
    what: `the server on ${host} does not answer at ${address}, asked from ${apiNode}`,
    cure: `br-ex on ${apiNode} must be up with the gateway's address; compare ovn-nbctl show and where the router's gateway port is bound`,
  };
}

export const floatingIp: Check = {
  name: 'floating-ip',
  summary: 'a server answers at a floating IP, asked from the node that has the public gateway',
  asks: ASKED_BEFORE,
  guests: 'floating-ip',
  whySkipped: whyNothingBoots,
  judge: (facts, { apiNode }) =>
    withGuests(floatingIp, facts, ({ floatingIp: tried }) => {
      if (tried === null) {
        return [judged(floatingIp, null, [{ what: 'no server runs that could be reached', cure: 'see boot' }], '')];
      }
      const problem = floatingProblem(tried, apiNode);
      const evidence = tried.error === '' ? [] : [lastLine(tried.error)];
      const good = `the server on ${tried.host} answers at ${tried.address}`;
      return [judged(floatingIp, null, problem === null ? [] : [problem], good, evidence)];
    }),
};
