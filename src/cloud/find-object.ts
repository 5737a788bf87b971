/** Reading one object by its id: whose it is, and the request that deletes it. */
import type { Cloud, Mark, ResourceKind } from './cloud.ts';
import { removeServer } from './remove-server.ts';

export interface Found {
  readonly name: string;
  /** As the cloud sends it; empty for a security group, which has none. */
  readonly status: string;
  readonly mark: Mark | null;
  readonly projectId: string;
  readonly isLocked: boolean;
  /** Unlocks it before, where it is locked. */
  remove(signal: AbortSignal): Promise<void>;
}

async function findServer(cloud: Cloud, id: string, signal: AbortSignal): Promise<Found | null> {
  const server = await cloud.getServer(id, signal);
  if (server === null || server.status === 'DELETED') return null;
  const remove = async (until: AbortSignal): Promise<void> => {
    if (server.isLocked) await cloud.unlockServer(id, until);
    await removeServer(cloud, server, until);
  };
  return { ...server, remove };
}

/** null when it answers 404, which alone proves that it is gone: lists leave things out. */
export async function findObject(
  cloud: Cloud,
  { kind, id }: { readonly kind: ResourceKind; readonly id: string },
  signal: AbortSignal,
): Promise<Found | null> {
  switch (kind) {
    case 'server':
      return await findServer(cloud, id, signal);
    case 'port': {
      const port = await cloud.getPort(id, signal);
      return port === null ? null : { ...port, isLocked: false, remove: (until) => cloud.deletePort(id, until) };
    }
    case 'floating-ip': {
      const ip = await cloud.getFloatingIp(id, signal);
      if (ip === null) return null;
      return { ...ip, name: ip.address, isLocked: false, remove: (until) => cloud.deleteFloatingIp(id, until) };
    }
    case 'security-group': {
      const group = await cloud.getSecurityGroup(id, signal);
      if (group === null) return null;
      return { ...group, status: '', isLocked: false, remove: (until) => cloud.deleteSecurityGroup(id, until) };
    }
  }
}
