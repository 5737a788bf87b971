/** Which rows still count, and which of them a look finds. */
import { stateOf } from './server-life.ts';
import type { PortRow, ServerRow, World } from './world.ts';

/** Whether a look at the API finds it. */
export function isVisible(row: { readonly visibleAtMs: number }, nowMs: number): boolean {
  return row.visibleAtMs <= nowMs;
}

/** Servers that still count: in lists, in quotas. */
export function livingServers(world: World, nowMs: number): readonly ServerRow[] {
  return [...world.server.values()].filter((server) => stateOf(server, nowMs).status !== 'GONE');
}

/** Ports that still count: what Nova made for a server goes with it. */
export function livingPorts(world: World, nowMs: number): readonly PortRow[] {
  return [...world.port.values()].filter((port) => !port.isNovas || !isUnplugged(world, port, nowMs));
}

/** Whether the server a port was plugged into is gone, which unplugs it. */
export function isUnplugged(world: World, port: PortRow, nowMs: number): boolean {
  if (!port.deviceOwner.startsWith('compute:')) return port.deviceId === '';
  const server = world.server.get(port.deviceId);
  if (server === undefined) return true;
  return stateOf(server, nowMs).status === 'GONE' && nowMs >= (server.unpluggedAtMs ?? 0);
}
