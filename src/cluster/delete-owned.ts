/** Deleting one object, after reading it again and proving that it is ours (promise S7). */
import type { Cloud, Mark } from '../cloud/cloud.ts';
import { BuilderError } from '../errors.ts';
import type { ClusterRecord } from '../journal/state.ts';
import type { Owned } from '../plan/ownership.ts';

/** `gone`: it answers 404. `asked`: the delete was accepted. `foreign`: it is not ours after all. */
export type Deletion = 'gone' | 'asked' | 'foreign' | 'locked';

type Ownership = Pick<ClusterRecord, 'id'> & { readonly scope: { readonly projectId: string } };

function isOurs(
  object: Owned,
  found: { readonly mark: Mark | null; readonly projectId: string },
  owner: Ownership,
): boolean {
  return (
    found.mark?.cluster === owner.id && found.mark.key === object.mark.key && found.projectId === owner.scope.projectId
  );
}

async function deleteServer(
  cloud: Cloud,
  object: Owned,
  owner: Ownership,
  unlock: boolean,
  signal: AbortSignal,
): Promise<Deletion> {
  const server = await cloud.getServer(object.id, signal);
  if (server === null || server.status === 'DELETED') return 'gone';
  if (!isOurs(object, server, owner)) return 'foreign';
  if (server.isLocked && !unlock) return 'locked';
  if (server.isLocked) await cloud.unlockServer(object.id, signal);
  await (server.status === 'SOFT_DELETED'
    ? cloud.forceDeleteServer(object.id, signal)
    : cloud.deleteServer(object.id, signal));
  return 'asked';
}

/** Neutron's kinds, each with its way to be read and deleted. */
function neutronCalls(
  cloud: Cloud,
  object: Owned,
): {
  read(signal: AbortSignal): Promise<{ readonly mark: Mark | null; readonly projectId: string } | null>;
  remove(signal: AbortSignal): Promise<void>;
} {
  switch (object.kind) {
    case 'port':
      return {
        read: (signal) => cloud.getPort(object.id, signal),
        remove: (signal) => cloud.deletePort(object.id, signal),
      };
    case 'floating-ip':
      return {
        read: (signal) => cloud.getFloatingIp(object.id, signal),
        remove: (signal) => cloud.deleteFloatingIp(object.id, signal),
      };
    case 'security-group':
      return {
        read: (signal) => cloud.getSecurityGroup(object.id, signal),
        remove: (signal) => cloud.deleteSecurityGroup(object.id, signal),
      };
    case 'server':
      throw new TypeError('servers are Nova’s');
  }
}

/** An object in use is asked for again by the next sweep; every other failure is the caller's. */
export async function deleteOwned(
  cloud: Cloud,
  object: Owned,
  owner: Ownership,
  unlock: boolean,
  signal: AbortSignal,
): Promise<Deletion> {
  if (object.kind === 'server') return await deleteServer(cloud, object, owner, unlock, signal);
  const calls = neutronCalls(cloud, object);
  const found = await calls.read(signal);
  if (found === null) return 'gone';
  if (!isOurs(object, found, owner)) return 'foreign';
  try {
    await calls.remove(signal);
  } catch (error) {
    if (!(error instanceof BuilderError) || error.code !== 'conflict') throw error;
  }
  return 'asked';
}
