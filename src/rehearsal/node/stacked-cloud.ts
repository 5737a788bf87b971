/** The cloud that rehearsed servers make together once they are stacked: its members as the controller knows them. */
import { FLAVORS } from '../base-images.ts';
import { livingPorts } from '../living.ts';
import { hasDone, kindOf, subjectOf } from './job-kinds.ts';
import { jobLog, jobState } from './jobs.ts';
import { nodeAt } from './neighbours.ts';
import { keptFile, stackJobOf } from './node-files.ts';
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

const LEAVING: ReadonlySet<string> = new Set(['forget-compute', 'check-forgotten']);
const FORGETTING: ReadonlySet<string> = new Set([...LEAVING, 'forget-hypervisors']);

function hypervisorsOn(name: string, { NUMBER_FAKE_NOVA_COMPUTE: fakes }: Readonly<Record<string, string>>) {
  if (fakes === undefined) return [name];
  return Array.from({ length: Number(fakes) }, (_, index) => `${name}${index + 1}`);
}

function isOf(host: string, node: string): boolean {
  return host === node || (host.startsWith(node) && /^\d+$/.test(host.slice(node.length)));
}

/** When the controller last did one of these about a node; null where it never has. */
function forgottenAtMs(view: NodeView, node: string, kinds: ReadonlySet<string>): number | null {
  const ends = [...view.world.job.values()].flatMap((job) => {
    if (job.serverId !== view.server.id || !kinds.has(kindOf(job.id)) || subjectOf(job.id) !== node) return [];
    const state = jobState(job, view);
    return state.state === 'done' && state.end.code === 0 ? [state.end.atMs] : [];
  });
  return ends.length === 0 ? null : Math.max(...ends);
}

/** Hypervisors that the controller has mapped, in the order in which they were found. */
export function mappedHosts(view: NodeView): readonly string[] {
  const jobs = [...view.world.job.values()].filter((job) => job.serverId === view.server.id && job.start !== null);
  const mapped = new Set<string>();
  for (const job of jobs.toSorted((left, right) => (left.start?.atMs ?? 0) - (right.start?.atMs ?? 0))) {
    const forgotten = FORGETTING.has(kindOf(job.id)) ? subjectOf(job.id) : null;
    if (forgotten !== null && forgottenAtMs(view, forgotten, FORGETTING) !== null)
      for (const host of mapped) if (isOf(host, forgotten)) mapped.delete(host);
    const lines = kindOf(job.id) === 'discover-hosts' ? jobLog(job, view).toString('utf8').split('\n') : [];
    for (const line of lines) if (line.startsWith('mapped=')) mapped.add(line.slice('mapped='.length));
  }
  return [...mapped];
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
  return neighboursOf(view).flatMap(({ address, name }): readonly Member[] => {
    const node = serverAt(view, address);
    const forgottenMs = forgottenAtMs(view, name, LEAVING);
    const stackedMs = node === null ? null : (stackJobOf(node)?.start?.atMs ?? null);
    // Who is stacked after that is another one of the same name.
    if (forgottenMs !== null && (stackedMs === null || stackedMs < forgottenMs)) return [];
    const flavor = FLAVORS.find(({ id }) => id === node?.server.flavorId);
    const registered = mapped.includes(name) ? ['n-cpu', 'ovn-controller', 'q-ovn-agent'] : [];
    const localrc =
      node === null ? { services: registered, assignments: {}, disabled: new Set<string>() } : localrcOn(node);
    const { services, assignments }: Localrc = localrc;
    const member = {
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
    return [member];
  });
}
