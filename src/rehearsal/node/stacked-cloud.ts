/** The cloud that rehearsed servers make together once they are stacked: its members as the controller knows them. */
import { FLAVORS } from '../base-images.ts';
import { livingPorts } from '../living.ts';
import { hasDone, kindOf } from './job-kinds.ts';
import { jobLog } from './jobs.ts';
import { nodeAt } from './neighbours.ts';
import { keptFile } from './node-files.ts';
import { type Localrc, readLocalrc } from './shell-text.ts';
import { cellOf, conductorsOn, type MappedCell, mappedCells } from './stacked-cells.ts';
import type { NodeView } from './view.ts';

export interface Member {
  readonly name: string;
  readonly address: string;
  /** Where its tunnels end. */
  readonly tunnelAddress: string;
  /** Whether OVN may put routers there. */
  readonly isGateway: boolean;
  /** What stack.sh has started there; empty where it has not completed. */
  readonly services: readonly string[];
  /** As nova calls them: one, with the node's name, or several fake ones with numbers behind it. */
  readonly hypervisors: readonly string[];
  /** Where its hypervisors are; empty where the cell they were told of is mapped nowhere. */
  readonly cell: string;
  /** Units of the conductors on it. */
  readonly conductors: readonly string[];
  /** Whether its server runs: what was registered of it stays known without it. */
  readonly isAlive: boolean;
  readonly size: { readonly vcpus: number; readonly ramMb: number; readonly diskGb: number };
}

/** Address and name of each node, as every node's /etc/hosts has them. */
function neighboursOf(view: NodeView): readonly { readonly address: string; readonly name: string }[] {
  const lines = keptFile(view, '/etc/hosts')?.toString('utf8').split('\n') ?? [];
  const begin = lines.indexOf('# builder: nodes of this cluster');
  const block = begin < 0 ? [] : lines.slice(begin + 1, lines.indexOf('# builder: end'));
  return block.map((line) => {
    const [address = '', name = ''] = line.split(/\s+/);
    return { address, name };
  });
}

export const LOCAL_CONF = '/opt/stack/devstack/local.conf';

/** What stack.sh read of local.conf; nothing where it has not completed. */
export function localrcOn(view: NodeView): Localrc {
  return readLocalrc(hasDone(view, 'run-stack') ? (keptFile(view, LOCAL_CONF)?.toString('utf8') ?? '') : '');
}

/** Cells besides cell0 as the controller has mapped them. */
function cellsOf(view: NodeView): readonly MappedCell[] {
  return mappedCells(localrcOn(view), hasDone(view, 'install-builder-plugin'));
}

function hypervisorsOn(name: string, { NUMBER_FAKE_NOVA_COMPUTE: fakes }: Readonly<Record<string, string>>) {
  if (fakes === undefined) return [name];
  return Array.from({ length: Number(fakes) }, (_, index) => `${name}${index + 1}`);
}

/** Hypervisors that the controller has mapped, in the order in which they were found. */
export function mappedHosts(view: NodeView): readonly string[] {
  const jobs = [...view.world.job.values()].filter(
    (job) => job.serverId === view.server.id && kindOf(job.id) === 'discover-hosts',
  );
  const lines = jobs.flatMap((job) => jobLog(job, view).toString('utf8').split('\n'));
  return [...new Set(lines.flatMap((line) => (line.startsWith('mapped=') ? [line.slice('mapped='.length)] : [])))];
}

/** The server that has this address, running or not; null when it is gone. */
function serverAt(view: NodeView, address: string): NodeView | null {
  const port = livingPorts(view.world, view.nowMs).find(({ fixedIps }) =>
    fixedIps.some(({ ip_address }) => ip_address === address),
  );
  const server = view.world.server.get(port?.deviceId ?? '');
  return server === undefined ? null : { ...view, server };
}

/** `view`: the controller's. A node whose server is gone is still known by its mapping. */
export function membersOf(view: NodeView): readonly Member[] {
  const mapped = mappedHosts(view);
  const cells = cellsOf(view);
  return neighboursOf(view).map(({ address, name }) => {
    const node = serverAt(view, address);
    const flavor = FLAVORS.find(({ id }) => id === node?.server.flavorId);
    const registered = mapped.includes(name) ? ['n-cpu', 'ovn-controller', 'q-ovn-agent'] : [];
    const localrc =
      node === null ? { services: registered, assignments: {}, disabled: new Set<string>() } : localrcOn(node);
    const { services, assignments }: Localrc = localrc;
    return {
      name,
      address,
      isGateway: assignments['ENABLE_CHASSIS_AS_GW'] !== 'False',
      tunnelAddress: assignments['TUNNEL_ENDPOINT_IP'] ?? address,
      services,
      hypervisors: services.includes('n-cpu') ? hypervisorsOn(name, assignments) : [],
      cell: cellOf(assignments, cells),
      conductors: conductorsOn(localrc),
      isAlive: nodeAt(view, address) !== null,
      size: { vcpus: flavor?.vcpus ?? 0, ramMb: flavor?.ramMb ?? 0, diskGb: flavor?.diskGb ?? 0 },
    };
  });
}
