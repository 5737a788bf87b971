/** Deleting one object, after reading it again and proving that it is ours (promise S7). */
import type { Cloud, Mark } from '../cloud/cloud.ts';
import { BuilderError } from '../errors.ts';
import type { ClusterRecord } from '../journal/state.ts';
import type { Owned } from '../plan/ownership.ts';

/** `gone`: it answers 404. `asked`: the delete was accepted. `unsure`: it may have been. `foreign`: it is not ours after all. */
export type Deletion = 'gone' | 'asked' | 'unsure' | 'foreign' | 'locked';

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

/** What reading an object again tells, and the request that deletes it. */
interface Found {
  readonly mark: Mark | null;
  readonly projectId: string;
  readonly isLocked: boolean;
  remove(signal: AbortSignal): Promise<void>;
}

async function findServer(cloud: Cloud, id: string, signal: AbortSignal): Promise<Found | null> {
  const server = await cloud.getServer(id, signal);
  if (server === null || server.status === 'DELETED') return null;
  const remove = async (until: AbortSignal): Promise<void> => {
    if (server.isLocked) await cloud.unlockServer(id, until);
    await (server.status === 'SOFT_DELETED' ? cloud.forceDeleteServer(id, until) : cloud.deleteServer(id, until));
  };
  return { mark: server.mark, projectId: server.projectId, isLocked: server.isLocked, remove };
}

async function find(cloud: Cloud, { kind, id }: Owned, signal: AbortSignal): Promise<Found | null> {
  switch (kind) {
    case 'server':
      return await findServer(cloud, id, signal);
    case 'port': {
      const port = await cloud.getPort(id, signal);
      return port === null ? null : { ...port, isLocked: false, remove: (until) => cloud.deletePort(id, until) };
    }
    case 'floating-ip': {
      const ip = await cloud.getFloatingIp(id, signal);
      return ip === null ? null : { ...ip, isLocked: false, remove: (until) => cloud.deleteFloatingIp(id, until) };
    }
    case 'security-group': {
      const group = await cloud.getSecurityGroup(id, signal);
      return group === null
        ? null
        : { ...group, isLocked: false, remove: (until) => cloud.deleteSecurityGroup(id, until) };
    }
  }
}

/**
 * An object that is in use, or whose delete got no good answer, is `unsure`: a later sweep sees what became of it and asks again,
 * since a delete may be repeated. Every other failure is the caller's.
 */
export async function deleteOwned(
  cloud: Cloud,
  object: Owned,
  owner: Ownership,
  unlock: boolean,
  signal: AbortSignal,
): Promise<Deletion> {
  const found = await find(cloud, object, signal);
  if (found === null) return 'gone';
  if (!isOurs(object, found, owner)) return 'foreign';
  if (found.isLocked && !unlock) return 'locked';
  try {
    await found.remove(signal);
  } catch (error) {
    if (!(error instanceof BuilderError) || !['conflict', 'uncertain-write'].includes(error.code)) throw error;
    return 'unsure';
  }
  return 'asked';
}
