/** The order in which nodes are stacked, and what must happen between two of them (devstack.md section 2.1, steps 10 to 16). */
import type { LayoutNode } from '../layout/layout.ts';
import { hypervisorNames } from '../layout/nodes.ts';
import { hostedCells } from '../roles/cells.ts';
import { roleNamed } from '../roles/index.ts';
import type { Choices } from './choices.ts';
import { accessOf, type Row } from './row.ts';
import { userKinds } from './user-rows.ts';

/** Steps that follow one stack.sh of a node: where it is held, its beginning and the rest of it. */
export const STACK_KINDS: readonly string[] = ['start-stack', 'run-stack'];

/** The node with the APIs, which every layout has. */
export function apiNodeOf(nodes: readonly LayoutNode[]): LayoutNode {
  const api = nodes.find(({ role }) => roleNamed(role).hasApi);
  if (api === undefined) throw new TypeError('a layout has a controller');
  return api;
}

/** What a node of a lower stack order must have done before the next order begins. */
function lastOf({ name, role }: LayoutNode): string {
  return role === 'messaging' ? `create-vhosts/${name}` : `run-stack/${name}`;
}

function orderOf({ role }: LayoutNode): number {
  return roleNamed(role).stackOrder;
}

/** Whether the node's stack.sh begins beside those it needs, and is held by our plugin until they have ended well. */
export function isHeld(
  node: LayoutNode,
  nodes: readonly LayoutNode[],
  choices: Pick<Choices, 'isOverlapped'>,
): boolean {
  return choices.isOverlapped && nodes.some((other) => orderOf(other) < orderOf(node));
}

/**
 * stack.sh waits for the node's own preparation and for every node of a lower stack order, and for nothing else: with its beginning,
 * or in the middle, where nothing but packages and sources is there. Never is it released while one of them is still stacked. The message
 * queue needs the vhosts of the API node's cells before that node goes on, whose twins of database and queue are stopped once it is
 * stacked (section 1.6).
 */
export function stackRows(
  node: LayoutNode,
  nodes: readonly LayoutNode[],
  choices: Choices,
  cells: number,
): readonly Row[] {
  const input = accessOf(node, choices);
  const before = nodes.filter((other) => orderOf(other) < orderOf(node));
  const own = before.flatMap((other) =>
    userKinds(other, choices, 'after-stack').map((kind) => `${kind}/${other.name}`),
  );
  const earlier = [...before.map(lastOf), ...own];
  const prepared = [
    'write-local-conf',
    'install-plugin',
    'install-builder-plugin',
    'write-compute-id',
    'make-overlay',
    'install-ca',
    'install-files',
    ...userKinds(node, choices, 'before-stack'),
  ];
  const held = isHeld(node, nodes, choices);
  return [
    { kind: 'start-stack', input, after: prepared, isWanted: held },
    { kind: 'release-stack', input, after: ['start-stack', ...earlier], isWanted: held },
    {
      kind: 'run-stack',
      input: held ? { ...input, isHeld: true } : input,
      after: held ? ['release-stack'] : [...prepared, ...earlier],
    },
    {
      kind: 'create-vhosts',
      input: { ...input, vhosts: hostedCells(cells, nodes).map((cell) => `nova_cell${cell}`) },
      after: ['run-stack'],
      isWanted: node.role === 'messaging',
    },
    {
      kind: 'keep-public-bridge',
      input,
      after: ['run-stack'],
      // Where other nodes have the routers, the overlay's program does it, which joins their bridges to this one.
      isWanted: roleNamed(node.role).hasApi && nodes.every(({ role }) => role !== 'network'),
    },
    { kind: 'read-commits', input, after: ['run-stack'] },
    { kind: 'stop-idle-twins', input, after: ['run-stack'], isWanted: node.role === 'api' },
  ];
}

/** Mapping every hypervisor to its cell, on the node with the APIs, when all are stacked. */
export function discoveryRow(
  nodes: readonly LayoutNode[],
  choices: Choices,
): { readonly node: string; readonly row: Row } {
  const api = apiNodeOf(nodes);
  const hosts = nodes.flatMap((node) => hypervisorNames(node).map((name) => [name, `cell${node.cell}`] as const));
  const row: Row = {
    kind: 'discover-hosts',
    input: {
      ...accessOf(api, choices),
      hypervisors: hosts.map(([name]) => name),
      cells: Object.fromEntries(hosts),
    },
    after: [...nodes.map(({ name }) => `run-stack/${name}`), `stop-idle-twins/${api.name}`],
  };
  return { node: api.name, row };
}
