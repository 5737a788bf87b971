/** SSH between hypervisors for live migration: keys made everywhere, then trusted everywhere, then tried. */
import { z } from 'zod';
import { BuilderError } from '../errors.ts';
import { parseFacts } from '../remote/commands/facts.ts';
import { CHECK_MIGRATION_SSH, MAKE_MIGRATION_KEY, TRUST_MIGRATION_KEYS } from '../remote/commands/migration-keys.ts';
import { accessInput, fixedAddress } from './node-access.ts';
import { nothing } from './outputs.ts';
import { scriptStep } from './script-step.ts';

const keys = z.object({ rootKey: z.string(), hostKey: z.string() });
const withPeers = accessInput.extend({ peers: z.array(z.string()) });

export const makeMigrationKey = scriptStep({
  kind: 'make-migration-key',
  version: 1,
  repeat: 'idempotent',
  input: accessInput,
  output: keys,
  timeLimitMs: 5 * 60_000,
  title: () => 'make the key for live migration',
  prepare: () => ({ script: MAKE_MIGRATION_KEY, env: {} }),
  conclude(text, _context, { node }) {
    const { root_key: rootKey, host_key: hostKey } = parseFacts(text);
    if (rootKey === undefined || hostKey === undefined) {
      throw new BuilderError('job-failed', `${node}: the key for live migration was not printed`, {
        at: `make-migration-key/${node}`,
      });
    }
    return { rootKey, hostKey };
  },
});

export const trustMigrationKeys = scriptStep({
  kind: 'trust-migration-keys',
  version: 1,
  repeat: 'idempotent',
  input: withPeers,
  output: nothing,
  timeLimitMs: 5 * 60_000,
  title: () => 'trust the other hypervisors',
  prepare(context, { peers }) {
    const known = peers.map((peer) => ({
      peer,
      address: fixedAddress(context, peer),
      ...context.outputOf<z.infer<typeof keys>>(`make-migration-key/${peer}`),
    }));
    return {
      script: TRUST_MIGRATION_KEYS,
      env: {
        KEYS: known.map(({ rootKey }) => rootKey).join('|'),
        HOSTS: known.map(({ peer, address, hostKey }) => `${peer},${address} ${hostKey}`).join('|'),
      },
    };
  },
  conclude: () => ({}),
});

export const checkMigrationSsh = scriptStep({
  kind: 'check-migration-ssh',
  version: 1,
  repeat: 'read',
  input: withPeers,
  output: nothing,
  timeLimitMs: 5 * 60_000,
  title: () => 'log in to the other hypervisors',
  prepare: (_context, { peers }) => ({ script: CHECK_MIGRATION_SSH, env: { PEERS: peers.join(' ') } }),
  conclude: () => ({}),
});
