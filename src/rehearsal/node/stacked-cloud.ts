/** The cloud that rehearsed servers make together once they are stacked: its members as the controller knows them. */
import { FLAVORS } from '../base-images.ts';
import { livingPorts } from '../living.ts';
import { hasDone, kindOf } from './job-kinds.ts';
import { jobLog } from './jobs.ts';
import { nodeAt } from './neighbours.ts';
import { keptFile } from './node-files.ts';
import { type Localrc, readLocalrc } from './shell-text.ts';
import type { NodeView } from './view.ts';

export interface Member {
  readonly name: string;
  readonly address: string;
  /** Where its tunnels end. */
  readonly tunnelAddress: string;
  /** What stack.sh has started there; empty where it has not completed. */
  readonly services: readonly string[];
  /** As nova calls them: one, with the node's name, or several fake ones with numbers behind it. */
  readonly hypervisors: readonly string[];
  /** Where its hypervisors are. */
  readonly cell: string;
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

/** Cells besides cell0 that a node knows. */
export function cellsOn(view: NodeView): readonly string[] {
  const count = Number(localrcOn(view).assignments['NOVA_NUM_CELLS'] ?? 1);
  return Array.from({ length: count }, (_, index) => `cell${index + 1}`);
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
  return neighboursOf(view).map(({ address, name }) => {
    const node = serverAt(view, address);
    const flavor = FLAVORS.find(({ id }) => id === node?.server.flavorId);
    const registered = mapped.includes(name) ? ['n-cpu', 'ovn-controller', 'q-ovn-agent'] : [];
    const { services, assignments } =
      node === null ? { services: registered, assignments: {} as Localrc['assignments'] } : localrcOn(node);
    return {
      name,
      address,
      tunnelAddress: assignments['TUNNEL_ENDPOINT_IP'] ?? address,
      services,
      hypervisors: services.includes('n-cpu') ? hypervisorsOn(name, assignments) : [],
      cell: `cell${assignments['NOVA_CPU_CELL'] ?? 1}`,
      isAlive: nodeAt(view, address) !== null,
      size: { vcpus: flavor?.vcpus ?? 0, ramMb: flavor?.ramMb ?? 0, diskGb: flavor?.diskGb ?? 0 },
    };
  });
}
