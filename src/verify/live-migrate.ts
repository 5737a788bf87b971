/** Check `live-migrate`: a server that runs moves to another hypervisor of its cell. */
import { type Check, judged, type Problem } from './check.ts';
import { type Expectation, migrationPair } from './expectation.ts';
import type { Migration } from './facts.ts';
import { ASKED_BEFORE, lastLine, whyNothingBoots, withGuests } from './guests.ts';

function hasPair(expected: Expectation): boolean {
  return (
    migrationPair(
      expected,
      expected.hypervisors.map(({ name }) => name),
    ) !== null
  );
}

function migrationProblem({ from, to, exit, server, error }: Migration): Problem | null {
  const logs = `read journalctl -u devstack@n-cpu on ${from} and ${to}`;
  if (server === null) return { what: `nobody knows where the server is: ${lastLine(error)}`, cure: logs };
  if (server.status !== 'ACTIVE') return { what: `the server is ${server.status} after the migration`, cure: logs };
  if (server.host !== to) {
    const why = exit === 0 ? 'nova has quietly left it there' : lastLine(error);
    return {
      what: `the server is still on ${server.host}: ${why}`,
      cure: `${logs}; logins between hypervisors may be the cause`,
    };
  }
  return null;
}

export const liveMigrate: Check = {
  name: 'live-migrate',
  summary: 'a server that runs moves to another hypervisor of its cell',
  asks: ASKED_BEFORE,
  guests: 'migrate',
  whySkipped: (expected) => whyNothingBoots(expected) ?? (hasPair(expected) ? null : 'no cell has two hypervisors'),
  judge: (facts) =>
    withGuests(liveMigrate, facts, ({ migration }) => {
      if (migration === null) {
        const what = 'no two hypervisors of a cell were fit to move a server between them';
        return [judged(liveMigrate, null, [{ what, cure: 'see compute-services, and boot' }], '')];
      }
      const problem = migrationProblem(migration);
      const good = `a server moved from ${migration.from} to ${migration.to} while it ran`;
      const evidence = migration.error === '' ? [] : [lastLine(migration.error)];
      return [judged(liveMigrate, null, problem === null ? [] : [problem], good, evidence)];
    }),
};
