/** What `create` does and in which order: the plan, from layout and choices, as pure data. */
import type { PlannedStep } from '../engine/step.ts';
import type { Layout, LayoutNode } from '../layout/layout.ts';
import { roleNamed } from '../roles/index.ts';
import { certificateRows } from './certificates.ts';
import type { Choices } from './choices.ts';
import { overlayRows, tunnelInput } from './overlay.ts';
import { accessOf, type Row } from './row.ts';
import { discoveryRow, isHeld, stackRows } from './stacking.ts';
import { fileRows, userRows } from './user-rows.ts';

const VERSION = 1;

function toStep(node: string | null, subject: string, row: Row, known: ReadonlySet<string>): PlannedStep {
  const after = row.after.map((name) => (name.includes('/') ? name : `${name}/${subject}`));
  return {
    key: `${row.kind}/${subject}`,
    kind: row.kind,
    version: VERSION,
    node,
    lifetime: row.lifetime ?? 'server',
    input: row.input ?? {},
    // A step that is not wanted here leaves no edge behind.
    after: after.filter((key) => known.has(key)),
  };
}

/** The node's place in the cloud: port, floating IP, server. */
function resourceRows(node: LayoutNode, choices: Choices): readonly Row[] {
  const choice = choices.nodes[node.name];
  if (choice === undefined) throw new TypeError(`no choice was made for node ${node.name}`);
  const { networkId, subnetId, floatingNetworkId, keyName, user } = choices;
  const { imageId, flavorId, zones } = choice;
  const access = accessOf(node, choices);
  return [
    {
      kind: 'create-port',
      lifetime: 'cluster',
      input: { node: node.name, networkId, subnetId },
      after: ['create-security-group/cluster'],
    },
    {
      kind: 'create-floating-ip',
      lifetime: 'cluster',
      input: { node: node.name, networkId: floatingNetworkId },
      after: ['create-port'],
      isWanted: floatingNetworkId !== null,
    },
    {
      kind: 'create-server',
      input: { node: node.name, imageId, flavorId, zones, keyName, user },
      after: ['create-port'],
    },
    { kind: 'wait-server', input: { node: node.name }, after: ['create-server'] },
    {
      kind: 'wait-ssh',
      input: { ...access, timeoutMs: choices.sshTimeoutMs },
      after: ['wait-server', 'create-floating-ip', 'allow-traffic/cluster'],
    },
  ];
}

/** What every node enables its plugins at; nothing where the layout has none. */
function pluginCommits({ projects }: Choices): { readonly pluginCommits?: Readonly<Record<string, string>> } {
  if (projects.plugins.length === 0) return {};
  return { pluginCommits: Object.fromEntries(projects.plugins.map(({ name, commit }) => [name, commit])) };
}

/** Our plugin holds stack.sh where others must come first, and makes and maps cells with nodes of their own (devstack.md sections 1.8, 2.10). */
function builderPluginRow(node: LayoutNode, nodes: readonly LayoutNode[], choices: Choices): Row {
  const isChild = ({ role }: LayoutNode): boolean => role === 'child-cell';
  return {
    kind: 'install-builder-plugin',
    input: accessOf(node, choices),
    after: ['clone-devstack'],
    isWanted: isHeld(node, nodes, choices) || isChild(node) || (roleNamed(node.role).hasApi && nodes.some(isChild)),
  };
}

/** From a server that answers to a node ready to be stacked (devstack.md section 2.1, steps 2 to 9). */
function preparationRows(
  node: LayoutNode,
  nodes: readonly LayoutNode[],
  choices: Choices,
  computeId: string,
): readonly Row[] {
  const input = accessOf(node, choices);
  const { devstack, uploads } = choices;
  const { patches, plugin, repositories } = uploads;
  const ports = nodes.map(({ name }) => `create-port/${name}`);
  return [
    { kind: 'check-server', input: { ...input, isForced: choices.isDistroForced }, after: ['wait-ssh'] },
    { kind: 'wait-cloud-init', input, after: ['check-server'] },
    { kind: 'make-host-key', input, after: ['wait-cloud-init'] },
    { kind: 'install-host-key', input, after: ['make-host-key'] },
    {
      kind: 'set-names',
      input: { ...input, nodes: nodes.map(({ name }) => name) },
      after: ['install-host-key', ...ports],
    },
    { kind: 'create-stack-user', input, after: ['set-names'] },
    {
      kind: 'write-repositories',
      input: { ...input, upload: repositories },
      after: ['install-host-key'],
      isWanted: repositories !== null,
    },
    { kind: 'write-mirrors', input, after: ['set-names'], isWanted: choices.isMirrored === true },
    { kind: 'install-packages', input, after: ['create-stack-user', 'write-repositories', 'write-mirrors'] },
    { kind: 'configure-git', input, after: ['install-packages'] },
    { kind: 'clone-devstack', input: { ...input, ...devstack }, after: ['configure-git'] },
    {
      kind: 'apply-patches',
      input: { ...input, commit: devstack.commit, upload: patches },
      after: ['clone-devstack'],
      isWanted: patches !== null,
    },
    {
      kind: 'install-plugin',
      input: { ...input, plugin: plugin?.name ?? null, upload: plugin?.sha256 ?? null },
      after: ['clone-devstack'],
      isWanted: plugin !== null,
    },
    builderPluginRow(node, nodes, choices),
    {
      kind: 'write-local-conf',
      input: {
        ...input,
        ...tunnelInput(choices, node.name),
        ...(choices.isMirrored === true && choices.overlay
          ? { overlayAddresses: Object.values(choices.overlay.addresses) }
          : {}),
        fragment: uploads.fragments[node.role] ?? '',
        plugin: plugin?.name ?? null,
        ...pluginCommits(choices),
        ...(isHeld(node, nodes, choices) ? { isHeld: true } : {}),
      },
      after: ['apply-patches', 'clone-devstack'],
    },
    {
      kind: 'write-compute-id',
      input: { ...input, computeId },
      after: ['create-stack-user'],
      // DevStack gives each fake hypervisor an identity of its own (lib/nova, start_nova_compute), and nova refuses one beside it.
      isWanted: node.isHypervisor && node.fakeHypervisors === null,
    },
  ];
}

/** Keys between hypervisors that guests can move between: real ones of one cell, where there are two. */
function migrationRows(node: LayoutNode, nodes: readonly LayoutNode[], choices: Choices): readonly Row[] {
  const input = accessOf(node, choices);
  const canMigrate = ({ isHypervisor, fakeHypervisors, cell }: LayoutNode): boolean =>
    isHypervisor && fakeHypervisors === null && cell === node.cell;
  const peers = nodes.filter((peer) => peer.name !== node.name && canMigrate(peer)).map(({ name }) => name);
  const isWanted = canMigrate(node) && peers.length > 0;
  return [
    { kind: 'make-migration-key', input, after: ['create-stack-user', 'install-packages'], isWanted },
    {
      kind: 'trust-migration-keys',
      input: { ...input, peers },
      after: ['make-migration-key', ...peers.map((peer) => `make-migration-key/${peer}`)],
      isWanted,
    },
    {
      kind: 'check-migration-ssh',
      input: { ...input, peers },
      after: ['trust-migration-keys', ...peers.map((peer) => `trust-migration-keys/${peer}`)],
      isWanted,
    },
  ];
}

/**
 * The whole plan in the order people read it. `nodes` are the layout's. `computeIds` holds a UUID for each hypervisor, made by the
 * caller, so that a plan is a function of its arguments.
 */
export function planCreate(
  layout: Layout,
  nodes: readonly LayoutNode[],
  choices: Choices,
  computeIds: ReadonlyMap<string, string>,
): readonly PlannedStep[] {
  const clusterRows: readonly Row[] = [
    { kind: 'create-security-group', lifetime: 'cluster', after: [] },
    {
      kind: 'allow-traffic',
      lifetime: 'cluster',
      input: { sshFrom: choices.sshFrom },
      after: ['create-security-group'],
    },
  ];
  const discovery = discoveryRow(nodes, choices);
  const api = discovery.node;
  const rows = nodes.flatMap((node) =>
    [
      ...resourceRows(node, choices),
      ...preparationRows(node, nodes, choices, computeIds.get(node.name) ?? ''),
      ...overlayRows(node, nodes, choices),
      ...migrationRows(node, nodes, choices),
      ...fileRows(node, choices),
      ...certificateRows(node, nodes, layout, choices),
      ...userRows(node, choices, 'before-stack', api),
      ...stackRows(node, nodes, choices, layout.cells),
      ...userRows(node, choices, 'after-stack', api),
    ]
      .filter(({ isWanted }) => isWanted !== false)
      .map((row) => ({ node: node.name, row })),
  );
  const last = nodes.flatMap((node) =>
    userRows(node, choices, 'after-discovery', api).map((row) => ({ node: node.name, row })),
  );
  const known = new Set([
    ...clusterRows.map(({ kind }) => `${kind}/cluster`),
    ...[...rows, ...last].map(({ node, row }) => `${row.kind}/${node}`),
    `${discovery.row.kind}/cluster`,
  ]);
  return [
    ...clusterRows.map((row) => toStep(null, 'cluster', row, known)),
    ...rows.map(({ node, row }) => toStep(node, node, row, known)),
    toStep(discovery.node, 'cluster', discovery.row, known),
    ...last.map(({ node, row }) => toStep(node, node, row, known)),
  ];
}

/** The removal that a new generation of a node's server begins with. */
export function planRemoval(node: string, generation: number): PlannedStep {
  return {
    key: `remove-server/${node}`,
    kind: 'remove-server',
    version: VERSION,
    node,
    lifetime: 'server',
    input: { node, generation },
    after: [],
  };
}
