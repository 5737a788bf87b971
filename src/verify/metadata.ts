/** Check `metadata`: servers get their user data, which the metadata service alone can give them. */
import { type Check, judged } from './check.ts';
import { ASKED_BEFORE, whyNothingBoots, withGuests } from './guests.ts';

export const metadata: Check = {
  name: 'metadata',
  summary: 'servers on each hypervisor get their user data from the metadata service',
  asks: ASKED_BEFORE,
  guests: 'boot',
  whySkipped: whyNothingBoots,
  judge: (facts, { hypervisors }) =>
    withGuests(metadata, facts, ({ guests }) => {
      const problems = hypervisors.flatMap(({ name }) => {
        const guest = guests.find(({ host }) => host === name);
        if (guest?.isTold === true) return [];
        if (guest?.isUp !== true) return [{ what: `no server on ${name} has booted to ask for any`, cure: 'see boot' }];
        const agent = `the metadata agent (devstack@q-ovn-agent, q-ovn-metadata-agent or q-meta) on ${name}`;
        return [
          { what: `the server on ${name} got no user data`, cure: `read the logs of ${agent}, and of n-api-meta` },
        ];
      });
      return [judged(metadata, null, problems, `user data reached the servers on ${hypervisors.length} hypervisors`)];
    }),
};
