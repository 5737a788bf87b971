/** What the saved layout lets us expect of the built cloud: nodes, their services, hypervisors and their cells. */
import type { Layout, LayoutNode } from '../layout/layout.ts';
import { planNodes } from '../layout/nodes.ts';
import { enabledServices } from '../roles/local-conf.ts';

export interface ExpectedNode {
  readonly name: string;
  /** Its fixed address, as planned for every service on it. */
  readonly address: string;
  /** DevStack's names of what runs on it. */
  readonly services: ReadonlySet<string>;
  /** The cell of the hypervisor on it; null where it is none. */
  readonly cell: string | null;
  /** Where OVN ends its tunnels; null where the layout chooses another address than the node's own. */
  readonly tunnelAddress: string | null;
}

export interface Expectation {
  readonly nodes: readonly ExpectedNode[];
  /** The node whose API answers for the cloud. */
  readonly apiNode: string;
  /** The node of OVN's databases; null where there is no OVN. */
  readonly ovnNode: string | null;
  /** Cells with hypervisors, cell0 not among them. */
  readonly cells: readonly string[];
  /** The network that servers are tried on. */
  readonly network: string;
  /** Whether hypervisors are real: VIRT_DRIVER=fake boots nothing. */
  readonly canBoot: boolean;
}

/** The cell DevStack makes when nobody asks for more. */
const ONLY_CELL = 'cell1';

/** The last of the assignments that hold for a node. */
function localrcOf(layout: Layout, group: string, key: string): string | undefined {
  return layout.groups.find(({ name }) => name === group)?.localrc[key] ?? layout.localrc[key];
}

function expectNode(layout: Layout, node: LayoutNode, addresses: ReadonlyMap<string, string>): ExpectedNode {
  const address = addresses.get(node.name) ?? '';
  return {
    name: node.name,
    address,
    services: new Set(enabledServices({ layout, node, addresses, mtu: 0 })),
    cell: node.isHypervisor ? ONLY_CELL : null,
    tunnelAddress: localrcOf(layout, node.group, 'TUNNEL_ENDPOINT_IP') === undefined ? address : null,
  };
}

/** The first node that runs one of these. */
function nodeWith(nodes: readonly ExpectedNode[], ...services: readonly string[]): string | null {
  return nodes.find((node) => services.some((service) => node.services.has(service)))?.name ?? null;
}

/** `addresses`: the fixed address of every node by its name. Throws `internal` where one is missing. */
export function expectCloud(layout: Layout, addresses: ReadonlyMap<string, string>): Expectation {
  const nodes = planNodes(layout).map((node) => expectNode(layout, node, addresses));
  const drivers = layout.groups.map(({ name }) => localrcOf(layout, name, 'VIRT_DRIVER'));
  return {
    nodes,
    apiNode: nodeWith(nodes, 'key', 'n-api') ?? nodes[0]?.name ?? '',
    ovnNode: nodeWith(nodes, 'ovn-northd'),
    cells: [...new Set(nodes.flatMap(({ cell }) => cell ?? []))],
    network: layout.localrc['PRIVATE_NETWORK_NAME'] ?? 'private',
    canBoot: !drivers.includes('fake'),
  };
}

/** Nodes that are hypervisors, in the order of the layout. */
export function hypervisorsOf({ nodes }: Expectation): readonly ExpectedNode[] {
  return nodes.filter(({ cell }) => cell !== null);
}

/** Two hypervisors of one cell, of those that are `fit`: only between such a live server can move. */
export function migrationPair(
  expected: Expectation,
  fit: readonly string[],
): { readonly from: string; readonly to: string } | null {
  for (const cell of expected.cells) {
    const [from, to] = hypervisorsOf(expected).filter((node) => node.cell === cell && fit.includes(node.name));
    if (from !== undefined && to !== undefined) return { from: from.name, to: to.name };
  }
  return null;
}
