/** Asking for a server to go, whatever state it is in. */
import type { Cloud, Server } from './cloud.ts';

/** A plain delete leaves one that was deleted softly where it is. Resolves when Nova accepted or says 404. */
export async function removeServer(
  cloud: Cloud,
  { id, status }: Pick<Server, 'id' | 'status'>,
  signal: AbortSignal,
): Promise<void> {
  await (status === 'SOFT_DELETED' ? cloud.forceDeleteServer(id, signal) : cloud.deleteServer(id, signal));
}
