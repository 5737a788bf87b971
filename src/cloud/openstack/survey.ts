/** Everything of ours in one look, and whether that look can be believed (reliability.md section 2.3, canary). */
import { BuilderError } from '../../errors.ts';
import type { Survey } from '../cloud.ts';
import type { Neutron } from './neutron.ts';
import type { Nova } from './nova.ts';
import type { NovaServers } from './nova-servers.ts';

/** What makes this look unworthy of belief. `serversUsed` is null where the cloud hides its count. Pure. */
export function findBlindness(look: Omit<Survey, 'blindness'>, serversUsed: number | null): readonly string[] {
  const blindness: string[] = [];
  const partial = look.servers.filter(({ status, mark }) => status === 'UNKNOWN' && mark === null).length;
  if (partial > 0) blindness.push(`Nova tells only the ids of ${partial} servers, because a cell is down`);
  const listed = look.servers.length;
  if (serversUsed === null) blindness.push('Nova hides how many servers the project has');
  // A server accepted a moment ago is listed before it is counted; only a missing one can hide ours.
  else if (listed < serversUsed) blindness.push(`Nova lists ${listed} servers, but counts ${serversUsed}`);
  if (!look.securityGroups.some(({ name }) => name === 'default'))
    blindness.push('Neutron does not list the security group "default"');
  return blindness;
}

async function countServers(nova: Nova, signal: AbortSignal): Promise<number | null> {
  try {
    return (await nova.readLimits(signal)).servers.used;
  } catch (error) {
    if (error instanceof BuilderError && error.code === 'forbidden') return null;
    throw error;
  }
}

/** One look; a blind one is repeated once at once, because a server that vanished between list and count blinds too. */
export async function survey(
  nova: Nova,
  novaServers: NovaServers,
  neutron: Neutron,
  signal: AbortSignal,
): Promise<Survey> {
  const look = async (): Promise<Survey> => {
    const [servers, serversUsed, ports, floatingIps, securityGroups] = await Promise.all([
      novaServers.listServers(signal),
      countServers(nova, signal),
      neutron.listPorts(signal),
      neutron.listFloatingIps(signal),
      neutron.listSecurityGroups(signal),
    ]);
    const found = { servers, ports, floatingIps, securityGroups };
    return { ...found, blindness: findBlindness(found, serversUsed) };
  };
  const first = await look();
  return first.blindness.length === 0 ? first : await look();
}
