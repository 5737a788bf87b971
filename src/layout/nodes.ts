/** Names of a layout's nodes, fixed for good before the first effect. */
import type { RoleName } from '../roles/role.ts';
import type { Layout, LayoutNode } from './layout.ts';

/** The one controller has its group's name; computes are counted from 1: `compute-1`. At most 36 characters. */
export function nodeName(group: { readonly name: string; readonly role: RoleName }, index: number): string {
  return group.role === 'compute' ? `${group.name}-${index}` : group.name;
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
    })),
  );
}
