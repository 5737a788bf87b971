/** One node's local.conf: role, layout and addresses in, DevStack's file with places for secrets out. */
import ipaddr from 'ipaddr.js';
import { BuilderError } from '../errors.ts';
import { childOf, hostedCells } from './cells.ts';
import { changesLocalrc, type ProjectChange } from './changes.ts';
import { hasNetworkNode } from './gateway.ts';
import { roleNamed } from './index.ts';
import { NODE_SERVICES, TLS_SERVICE, WATCHING_SERVICES } from './known-services.ts';
import { type MetaConfig, renderMetaSections } from './meta-sections.ts';
import { type Mirrors, proxyVariables } from './mirrors.ts';
import { tunnelLocalrc } from './networking.ts';
import { ownPluginLines } from './own-plugin.ts';
import { enablingLines, type Plugin, pluginServices, pluginsOn } from './plugins.ts';
import { quoteForBash } from './quote.ts';
import type { NetworkBackend, RoleFacts, RoleName } from './role.ts';

interface Changes {
  readonly localrc: Readonly<Record<string, string>>;
  readonly services: { readonly add: readonly string[]; readonly remove: readonly string[] };
  readonly config: MetaConfig;
}

/** What is read of a layout and its node (`Layout` and `LayoutNode` fit; this room does not know theirs). */
export interface LocalConfRequest {
  readonly layout: Changes & {
    readonly devstack: { readonly ref: string; readonly gitBase: string | null };
    readonly cells: number;
    readonly plugins: readonly Plugin[];
    readonly changes: readonly ProjectChange[];
    readonly mirrors: Mirrors;
    readonly network: {
      readonly backend: NetworkBackend;
      readonly fixedRange: string;
      readonly floatingRange: string;
    };
    readonly groups: readonly (Changes & {
      readonly name: string;
      readonly role: RoleName;
      readonly count: number;
      readonly compute: boolean;
      readonly cell: number;
      readonly fakeHypervisors: number | null;
    })[];
    readonly tls: boolean;
  };
  readonly node: {
    readonly name: string;
    readonly group: string;
    readonly role: RoleName;
    readonly isHypervisor: boolean;
    readonly cell: number;
    readonly fakeHypervisors: number | null;
  };
  /** Private address by node name, of every node of the cluster. */
  readonly addresses: ReadonlyMap<string, string>;
  /** MTU of what carries tunnels: of the overlay where there is one, else of the network the servers are on. */
  readonly mtu: number;
  /** What the plugins' refs stood at, by name; without it the refs themselves stand in the file. */
  readonly pluginCommits?: ReadonlyMap<string, string>;
  /** The node's address on the overlay; none without one. */
  readonly overlayAddress?: string | null;
  /** Of all nodes on the overlay, for what is not asked of a proxy. */
  readonly overlayAddresses?: readonly string[];
  /** The file whose coming stack.sh waits for when all sources are there; without it, for nothing. */
  readonly waitFor?: string | null;
}

/** First usable address of an IPv4 range, DevStack's gateway in it. */
export function firstAddress(range: string): string {
  const octets = ipaddr.IPv4.networkAddressFromCIDR(range).octets;
  return [...octets.slice(0, 3), (octets[3] ?? 0) + 1].join('.');
}

function addressOf(request: LocalConfRequest, name: string | undefined): string {
  const address = request.addresses.get(name ?? '');
  if (address === undefined) throw new BuilderError('internal', `no address of node ${String(name)} for local.conf`);
  return address;
}

type Groups = LocalConfRequest['layout']['groups'];

function countHypervisors(groups: Groups): number {
  return groups.reduce((sum, { compute, count, fakeHypervisors }) => {
    return sum + (compute ? count * (fakeHypervisors ?? 1) : 0);
  }, 0);
}

/** Guests move within a cell, between real hypervisors (devstack.md section 1.7). */
function canLiveMigrate(groups: Groups): boolean {
  const real = groups.filter(({ compute, fakeHypervisors }) => compute && fakeHypervisors === null);
  return real.some(({ cell }) => countHypervisors(real.filter((group) => group.cell === cell)) > 1);
}

function gatherFacts(request: LocalConfRequest): RoleFacts {
  const { layout, node } = request;
  const api = layout.groups.find(({ role }) => roleNamed(role).hasApi);
  // There is one node of these, which has its group's name.
  const hostOf = (role: RoleName): string =>
    addressOf(request, (layout.groups.find((group) => group.role === role) ?? api)?.name);
  const child = childOf(layout.groups, node.cell);
  return {
    hostIp: addressOf(request, node.name),
    serviceHost: addressOf(request, api?.name),
    databaseHost: node.role === 'child-cell' ? addressOf(request, node.name) : hostOf('database'),
    messagingHost: child === undefined ? hostOf('messaging') : addressOf(request, child.name),
    isHypervisor: node.isHypervisor,
    hasNetworkNode: hasNetworkNode(layout.groups),
    fakeHypervisors: node.fakeHypervisors,
    hypervisorCount: countHypervisors(layout.groups),
    canLiveMigrate: canLiveMigrate(layout.groups),
    backend: layout.network.backend,
    cells: layout.cells,
    hostedCells: hostedCells(layout.cells, layout.groups).length,
    remoteCells: layout.groups
      .filter(({ role }) => role === 'child-cell')
      .map(({ name, cell }) => ({ cell, host: addressOf(request, name) }))
      .toSorted((one, other) => one.cell - other.cell),
    cell: node.cell,
    ref: layout.devstack.ref,
    fixedRange: layout.network.fixedRange,
    fixedGateway: firstAddress(layout.network.fixedRange),
    floatingRange: layout.network.floatingRange,
    floatingGateway: firstAddress(layout.network.floatingRange),
    mtu: request.mtu,
    tunnelIp: request.overlayAddress ?? null,
  };
}

function changeServices(services: readonly string[], { add, remove }: Changes['services']): readonly string[] {
  return [...new Set([...services.filter((service) => !remove.includes(service)), ...add])];
}

/** Whatever serves APIs or calls them needs the certificates; a database or a message queue alone does neither (devstack.md section 2.3). */
function withTls(services: readonly string[], tls: boolean): readonly string[] {
  const isAlone = services.every((service) => service === 'mysql' || service === 'rabbit');
  return tls && !isAlone ? [...services, TLS_SERVICE] : services;
}

function groupOf({ layout, node }: Pick<LocalConfRequest, 'layout' | 'node'>): Groups[number] {
  const group = layout.groups.find((candidate) => candidate.name === node.group);
  if (group === undefined) throw new BuilderError('internal', `node ${node.name} belongs to no group of the layout`);
  return group;
}

/**
 * ENABLED_SERVICES of a node: the role's services, changed by the layout as far as this node is concerned, then by its plugins and
 * by its group to the letter.
 *
 * @throws `internal` when the node's group is missing.
 */
export function enabledServices(request: Pick<LocalConfRequest, 'layout' | 'node'>): readonly string[] {
  const { layout, node } = request;
  const { add, remove } = layout.services;
  const role = roleNamed(node.role);
  const hasAgents = node.isHypervisor || node.role === 'network';
  const isMeant = (service: string): boolean =>
    role.hasApi || WATCHING_SERVICES.has(service) || (hasAgents && NODE_SERVICES.has(service));
  const own = { add: add.filter(isMeant), remove };
  const facts = {
    isHypervisor: node.isHypervisor,
    ref: layout.devstack.ref,
    backend: layout.network.backend,
    hasNetworkNode: hasNetworkNode(layout.groups),
  };
  const changes = [own, ...pluginServices(node, layout.plugins), groupOf(request).services];
  return changes.reduce(changeServices, withTls(role.services(facts), layout.tls));
}

/** What the layout itself says of a key for the nodes of a group, its last word; undefined where it leaves it to the role. */
export function assignmentOf(
  {
    localrc,
    groups,
  }: {
    readonly localrc: Changes['localrc'];
    readonly groups: readonly (Pick<Changes, 'localrc'> & { readonly name: string })[];
  },
  group: string | undefined,
  key: string,
): string | undefined {
  return groups.find(({ name }) => name === group)?.localrc[key] ?? localrc[key];
}

/** What the builder itself has to say in the services' files. */
function ownConfig(facts: RoleFacts, services: readonly string[]): MetaConfig {
  // The neutron server alone decides the MTU of networks.
  const hasServer = services.includes('q-svc') || services.includes('neutron-api');
  return {
    'post-config': hasServer ? { $NEUTRON_CONF: { DEFAULT: { global_physnet_mtu: String(facts.mtu) } } } : {},
    'test-config': { $TEMPEST_CONFIG: { compute: { min_compute_nodes: String(facts.hypervisorCount) } } },
  };
}

/**
 * The text of the node's local.conf (devstack.md sections 1.2, 1.3). The role speaks first, then the whole layout, then the
 * node's group; each key stands once, where it was first named, with the last value. Secrets stand as `{{secret:NAME}}`.
 *
 * @throws `internal` when an address or the node's group is missing.
 */
export function renderLocalConf(request: LocalConfRequest): string {
  const { layout, node } = request;
  const group = groupOf(request);
  const facts = gatherFacts(request);
  const role = roleNamed(node.role);
  const services = enabledServices(request);
  const disabled = role.disables?.(facts) ?? [];
  const plugins = pluginsOn(node, layout.plugins);
  const removed = [layout.services, ...pluginServices(node, plugins), group.services].flatMap(({ remove }) => remove);
  // Swift asks for its hash on stdin where none is set, which ends the run.
  const needsSwiftHash = services.some((service) => service === 'swift' || /^s-|^s3api$/.test(service));
  const assignments = {
    ...role.localrc(facts),
    ...tunnelLocalrc(facts, services),
    ...(needsSwiftHash ? { SWIFT_HASH: '{{secret:swift_hash}}' } : {}),
    ...(layout.devstack.gitBase === null ? {} : { GIT_BASE: layout.devstack.gitBase }),
    ...changesLocalrc(layout.changes),
    ...proxyVariables(layout.mirrors, request.addresses, request.overlayAddresses),
    ...layout.localrc,
    ...Object.fromEntries(plugins.flatMap(({ localrc }) => Object.entries(localrc))),
    ...group.localrc,
    // Another file than the one that is made later would hold it for ever.
    ...(typeof request.waitFor === 'string' ? { BUILDER_WAIT_FOR: request.waitFor } : {}),
  };
  return [
    '[[local|localrc]]',
    ...Object.entries(assignments).map(([key, value]) => `${key}=${quoteForBash(value)}`),
    'disable_all_services',
    `ENABLED_SERVICES=${services.join(',')}`,
    ...(disabled.length === 0 ? [] : [`disable_service ${disabled.join(' ')}`]),
    ...ownPluginLines(Object.keys(assignments)),
    ...enablingLines(plugins, removed, request.pluginCommits ?? new Map()),
    ...renderMetaSections([ownConfig(facts, services), layout.config, group.config], services),
    '',
  ].join('\n');
}
