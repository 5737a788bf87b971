/** What the saved layout lets us expect of the built cloud: nodes, their services, hypervisors and their cells. */
import { BuilderError } from '../errors.ts';
import type { Layout, LayoutNode } from '../layout/layout.ts';
import { hypervisorNames, planNodes } from '../layout/nodes.ts';
import { childOf, hostedCells } from '../roles/cells.ts';
import { hasNetworkNode, isGatewayRole } from '../roles/gateway.ts';
import { assignmentOf, enabledServices } from '../roles/local-conf.ts';
import type { RoleName } from '../roles/role.ts';

export interface ExpectedNode {
  readonly name: string;
  /** Its fixed address, as planned for every service on it. */
  readonly address: string;
  /** DevStack's names of what runs on it. */
  readonly services: ReadonlySet<string>;
  /** Units of nova's conductors on it: of the cells it hosts, and the one above all cells; empty where that is not known. */
  readonly conductors: readonly string[];
  /** Where OVN ends its tunnels: the node's address on the overlay, or its own; null where the layout chooses another. */
  readonly tunnelAddress: string | null;
  /** Whether OVN is to put routers there. */
  readonly isGateway: boolean;
}

export interface ExpectedHypervisor {
  /** As nova calls it: the node's name, or with a number behind it where it is one of several fake ones. */
  readonly name: string;
  readonly cell: string;
  readonly node: ExpectedNode;
}

export interface ExpectedCell {
  readonly name: string;
  /** Addresses of its message queue and its database. */
  readonly queue: string;
  readonly database: string;
}

export interface Expectation {
  readonly nodes: readonly ExpectedNode[];
  /** In the order of the layout. */
  readonly hypervisors: readonly ExpectedHypervisor[];
  /** The node whose API answers for the cloud. */
  readonly apiNode: string;
  /** The node of OVN's databases; null where there is no OVN. */
  readonly ovnNode: string | null;
  /** Also those without hypervisors, cell0 not among them. */
  readonly cells: readonly ExpectedCell[];
  /** The network that servers are tried on, and the one of floating IPs. */
  readonly network: string;
  readonly publicNetwork: string;
  /** Whether hypervisors are real: VIRT_DRIVER=fake boots nothing. */
  readonly canBoot: boolean;
}

type Addresses = ReadonlyMap<string, string>;

function conductorsOn(layout: Layout, node: LayoutNode, services: ReadonlySet<string>): readonly string[] {
  // A conductor for everything has another unit, and is nobody's default.
  if (!services.has('n-cond') || assignmentOf(layout, node.group, 'CELLSV2_SETUP') !== undefined) return [];
  if (node.role === 'child-cell') return [`n-cond-cell${node.cell}`];
  return ['n-super-cond', ...hostedCells(layout.cells, layout.groups).map((cell) => `n-cond-cell${cell}`)];
}

function addressOf(addresses: Addresses, node: string): string {
  const address = addresses.get(node);
  if (address === undefined) throw new BuilderError('internal', `no address of node ${node}`);
  return address;
}

/** As the layout's own words have it, else by the roles there are. */
function isGateway(layout: Layout, node: LayoutNode): boolean {
  const said = assignmentOf(layout, node.group, 'ENABLE_CHASSIS_AS_GW');
  if (said !== undefined) return said.toLowerCase() !== 'false';
  return isGatewayRole(node.role, hasNetworkNode(layout.groups));
}

function expectNode(layout: Layout, node: LayoutNode, addresses: Addresses, overlay: Addresses): ExpectedNode {
  const address = addressOf(addresses, node.name);
  const services = new Set(enabledServices({ layout, node }));
  return {
    name: node.name,
    address,
    services,
    conductors: conductorsOn(layout, node, services),
    tunnelAddress:
      assignmentOf(layout, node.group, 'TUNNEL_ENDPOINT_IP') === undefined ? (overlay.get(node.name) ?? address) : null,
    isGateway: isGateway(layout, node),
  };
}

/** The first node that runs one of these. */
function nodeWith(nodes: readonly ExpectedNode[], ...services: readonly string[]): string | null {
  return nodes.find((node) => services.some((service) => node.services.has(service)))?.name ?? null;
}

/** Each cell, where its own node is or the nodes that serve the one with the APIs. */
function expectCells(layout: Layout, apiNode: string, addresses: Addresses): readonly ExpectedCell[] {
  const hostOf = (role: RoleName): string => layout.groups.find((group) => group.role === role)?.name ?? apiNode;
  return Array.from({ length: layout.cells }, (_, index) => {
    const child = childOf(layout.groups, index + 1)?.name;
    return {
      name: `cell${index + 1}`,
      queue: addressOf(addresses, child ?? hostOf('messaging')),
      database: addressOf(addresses, child ?? hostOf('database')),
    };
  });
}

/** Both by node: the fixed address of every one, and what is planned on the overlay. Throws `internal` where a fixed one is missing. */
export function expectCloud(layout: Layout, addresses: Addresses, overlay: Addresses = new Map()): Expectation {
  const planned = planNodes(layout).map((node) => ({ node, expected: expectNode(layout, node, addresses, overlay) }));
  const nodes = planned.map(({ expected }) => expected);
  const apiNode = nodeWith(nodes, 'key', 'n-api') ?? nodes[0]?.name ?? '';
  const drivers = layout.groups.map(({ name }) => assignmentOf(layout, name, 'VIRT_DRIVER'));
  return {
    nodes,
    hypervisors: planned.flatMap(({ node, expected }) =>
      hypervisorNames(node).map((name) => ({ name, cell: `cell${node.cell}`, node: expected })),
    ),
    apiNode,
    ovnNode: nodeWith(nodes, 'ovn-northd'),
    cells: expectCells(layout, apiNode, addresses),
    network: layout.localrc['PRIVATE_NETWORK_NAME'] ?? 'private',
    publicNetwork: layout.localrc['PUBLIC_NETWORK_NAME'] ?? 'public',
    canBoot: !drivers.includes('fake') && layout.groups.every(({ fakeHypervisors }) => fakeHypervisors === null),
  };
}

/** Why nothing can be asked of hypervisors; null where there are some. */
export function whyNoHypervisor({ hypervisors }: Expectation): string | null {
  return hypervisors.length === 0 ? 'the layout has no hypervisor' : null;
}

/** Two hypervisors of one cell, of those that are `fit`: only between such a live server can move. */
export function migrationPair(
  expected: Expectation,
  fit: readonly string[],
): { readonly from: string; readonly to: string } | null {
  for (const { name } of expected.cells) {
    const [from, to] = expected.hypervisors.filter((one) => one.cell === name && fit.includes(one.name));
    if (from !== undefined && to !== undefined) return { from: from.name, to: to.name };
  }
  return null;
}
