/** What a seed alone does: a cloud on a rough day, from which a builder that is run again recovers. */
import { type FaultScript, faultScriptOf } from './faults.ts';

/** Everything happens by chance, and to each resource a few times at most, so that the day ends. */
export function roughDay(): FaultScript {
  return faultScriptOf({
    version: 1,
    faults: [
      { on: ['delete-*', 'show-*', 'list-*'], chance: 0.03, status: 503, retry_after: '1' },
      // Not 503: whether such a create was done is in doubt for minutes, and this day is to be over soon.
      { on: 'create-*', chance: 0.05, status: 429, retry_after: '1' },
      { on: ['create-server', 'create-port', 'create-floating-ip'], chance: 0.05, status: 503, effect: true },
      { on: ['create-*', 'delete-*'], chance: 0.05, reply: 'lost' },
      { on: ['show-*', 'list-*'], chance: 0.02, times: 3, status: 502, reply: 'html' },
      { on: ['show-*', 'list-*'], chance: 0.02, times: 3, reply: 'truncated' },
      { on: 'create-server', chance: 0.1, lag: 20 },
      { on: 'list-servers', chance: 0.03, times: 3, omit: true },
      { on: ['show-server', 'list-servers', 'list-ports'], chance: 0.02, token: 'expired' },
      { on: 'create-server', chance: 0.05, error: 'No valid host was found. There are not enough hosts available.' },
      { on: 'connect', chance: 0.1, times: 3, ssh: 'refused' },
      { on: 'session', chance: 0.03, times: 3, session: 'cut-before' },
      { on: 'session', chance: 0.03, times: 3, session: 'cut-after' },
    ],
  });
}
