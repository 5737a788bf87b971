/** Names of a layout's nodes and hypervisors, fixed for good before the first effect. */
import type { RoleName } from '../roles/role.ts';
import type { Layout, LayoutNode } from './layout.ts';

/** How many scripts of people's own nodes are given at most: each has a kind of its own in the plan. */
export const MAX_USER_STEPS = 20;

/** Of other roles there is one node. */
const COUNTED: ReadonlySet<RoleName> = new Set(['compute', 'network']);

/** One node of a role has its group's name; of those there may be several of, they are counted from 1: `compute-1`. At most 36 characters. */
export function nodeName(group: { readonly name: string; readonly role: RoleName }, index: number): string {
  return COUNTED.has(group.role) ? `${group.name}-${index}` : group.name;
}

/** All nodes, in the order of the groups. */
export function planNodes(layout: Layout): readonly LayoutNode[] {
  return layout.groups.flatMap((group) =>
    Array.from({ length: group.count }, (_, position) => ({
      name: nodeName(group, position + 1),
      group: group.name,
      role: group.role,
      index: position + 1,
      isHypervisor: group.compute,
      cell: group.cell,
      fakeHypervisors: group.fakeHypervisors,
    })),
  );
}

/** What nova will call the node's hypervisors; fake ones are the node's name and a number (devstack.md section 1.3). */
export function hypervisorNames(
  node: Pick<LayoutNode, 'name' | 'isHypervisor' | 'fakeHypervisors'>,
): readonly string[] {
  if (!node.isHypervisor) return [];
  if (node.fakeHypervisors === null) return [node.name];
  return Array.from({ length: node.fakeHypervisors }, (_, index) => `${node.name}${index + 1}`);
}
