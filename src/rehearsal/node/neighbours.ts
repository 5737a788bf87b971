/** How a rehearsed server finds others: by address over the network, by name through its own /etc/hosts. */
import { livingPorts } from '../living.ts';
import { stateOf } from '../server-life.ts';
import { keptFile } from './node-files.ts';
import type { NodeView } from './view.ts';

/** The inside of the server with this private address; null when there is none. */
export function nodeAt(view: NodeView, address: string): NodeView | null {
  for (const port of livingPorts(view.world, view.nowMs)) {
    if (!port.fixedIps.some(({ ip_address }) => ip_address === address)) continue;
    const server = view.world.server.get(port.deviceId);
    if (server !== undefined && stateOf(server, view.nowMs).status === 'ACTIVE') return { ...view, server };
  }
  return null;
}

/** The inside of the server called so; null when the name or its address is nobody's. */
export function nodeCalled(view: NodeView, name: string): NodeView | null {
  const hosts = keptFile(view, '/etc/hosts')?.toString('utf8') ?? '';
  const line = hosts.split('\n').find((each) => each.split(/\s+/).slice(1).includes(name));
  return line === undefined ? null : nodeAt(view, line.split(/\s+/, 1)[0] ?? '');
}

export function hostnameOf(view: NodeView): string {
  return keptFile(view, '/etc/hostname')?.toString('utf8').trim() ?? view.server.name;
}
