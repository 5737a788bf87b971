/** Check `boot`: a server comes up on each hypervisor. */
import { type Check, judged, type Problem } from './check.ts';
import type { Guest } from './facts.ts';
import { ASKED_BEFORE, lastLine, whyNothingBoots, withGuests } from './guests.ts';

function bootProblem(host: string, guest: Guest | undefined): Problem | null {
  if (guest === undefined) {
    return { what: `no server was tried on ${host}: its nova-compute does not serve`, cure: 'see compute-services' };
  }
  const { server } = guest;
  if (server === null) {
    const why = lastLine(guest.error);
    return {
      what: `no server was made on ${host}${why === '' ? '' : `: ${why}`}`,
      cure: 'the evidence says what refused it',
    };
  }
  const logs = `journalctl -u devstack@n-cpu on ${host}`;
  if (server.status !== 'ACTIVE') {
    return {
      what: `the server on ${host} is ${server.status}: ${server.fault ?? 'nova says no more'}`,
      cure: `read ${logs}`,
    };
  }
  if (server.host !== host) return { what: `the server for ${host} is on ${server.host}`, cure: `read ${logs}` };
  // A port is ACTIVE once OVN has bound it: so much is proven of a guest that says nothing.
  if (guest.isUp || guest.port === 'ACTIVE') return null;
  return {
    what: `the server on ${host} says nothing, and its port is ${guest.port || 'unknown'}`,
    cure: `read its console, and ${logs}`,
  };
}

function describeGuest({ host, server, port, isUp, console: words, error }: Guest): readonly string[] {
  const state = server === null ? 'no server' : `${server.status} on ${server.host}`;
  const spoken = isUp ? 'it has booted' : `console: ${lastLine(words) || 'silent'}`;
  return [`${host}: ${state}, port ${port || 'unknown'}, ${spoken}`, ...(error === '' ? [] : [lastLine(error)])];
}

export const boot: Check = {
  name: 'boot',
  summary: 'a server boots on each hypervisor',
  asks: ASKED_BEFORE,
  guests: 'boot',
  whySkipped: whyNothingBoots,
  judge: (facts, expected) =>
    withGuests(boot, facts, ({ guests }) =>
      expected.hypervisors.map(({ name }) => {
        const guest = guests.find(({ host }) => host === name);
        const problem = bootProblem(name, guest);
        const good = guest?.isUp === true ? 'a server boots, and says so' : 'a server is ACTIVE, and so is its port';
        return judged(
          boot,
          name,
          problem === null ? [] : [problem],
          good,
          guest === undefined ? [] : describeGuest(guest),
        );
      }),
    ),
};
