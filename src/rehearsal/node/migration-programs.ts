/** The programs around SSH between hypervisors: keys made, trusted and tried. */
import { createHash } from 'node:crypto';
import { publicHostKey } from '../host-key.ts';
import { hasDone } from './job-kinds.ts';
import { hostnameOf, nodeCalled } from './neighbours.ts';
import { fails, lasting, says } from './program-parts.ts';
import type { Program, ProgramCall, ProgramTable } from './view.ts';

const KEY_TYPE = 'ssh-ed25519';

/** A field of SSH's wire format: its length and its bytes. */
function field(data: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  return Buffer.concat([length, data]);
}

/** A public key nobody has the private half of: nothing in a rehearsal logs in with it. */
function inventedKey(seed: string): string {
  const point = createHash('sha256').update(seed).digest();
  return `${KEY_TYPE} ${Buffer.concat([field(Buffer.from(KEY_TYPE)), field(point)]).toString('base64')}`;
}

function makeMigrationKey(call: ProgramCall): Program {
  const { server } = call.view;
  return says(
    [
      `root_key=${inventedKey(`migration key ${server.id}`)} root@${hostnameOf(call.view)}`,
      `host_key=${publicHostKey(server.hostKey)}`,
    ],
    lasting(call, 200, 600),
  );
}

/** A peer lets us in once it trusts keys; whose they are is not modelled. */
function checkMigrationSsh(call: ProgramCall): Program {
  const peers = (call.env['PEERS'] ?? '').split(' ').filter((name) => name !== '');
  const lastsMs = lasting(call, 300, 500) * (1 + peers.length);
  const closed = peers.filter((name) => {
    const peer = nodeCalled(call.view, name);
    return peer === null || !hasDone(peer, 'trust-migration-keys');
  });
  if (closed.length === 0) return says([], lastsMs);
  const denied = closed.map((name) => `stack@${name}: Permission denied (publickey).`);
  return fails(1, [...denied, `cannot log in to: ${closed.join(' ')}`], lastsMs);
}

export const MIGRATION_PROGRAMS: ProgramTable = {
  'make-migration-key': makeMigrationKey,
  'trust-migration-keys': (call) => says([], lasting(call, 200, 400)),
  'check-migration-ssh': checkMigrationSsh,
};
