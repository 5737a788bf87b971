/** The local.conf each node of a layout would get, before there is a cloud that gives addresses. */
import type { Layout, LayoutNode } from '../layout/layout.ts';
import { planNodes } from '../layout/nodes.ts';
import { chooseOverlay, tunnelInput } from '../plan/overlay.ts';
import { isHeld } from '../plan/stacking.ts';
import { RELEASE_FILE } from '../remote/commands/devstack-plugin.ts';
import { layoutOn } from '../roles/distro-localrc.ts';
import { distroFromName } from '../roles/distros.ts';
import { renderLocalConf } from '../roles/local-conf.ts';

/** Neutron's own default for a network's MTU. */
export const DRAFT_MTU = 1500;
/** Networks for documentation (RFC 5737). */
const DOCUMENTATION = ['192.0.2', '198.51.100', '203.0.113'];
const HOSTS = 254;

/** The address that stands for the nth node's, from 0; where documentation's are used up, one for benchmarks (RFC 2544). */
function draftAddress(index: number): string {
  const block = Math.floor(index / HOSTS);
  const network = DOCUMENTATION[block] ?? `198.18.${block - DOCUMENTATION.length}`;
  return `${network}.${(index % HOSTS) + 1}`;
}

export interface LayoutDraft {
  readonly nodes: readonly LayoutNode[];
  /** Secrets stand as `{{secret:NAME}}`, addresses are those of documentation, the servers' network has `DRAFT_MTU`. */
  localConfOf(node: LayoutNode): string;
}

export function draftLocalConf(layout: Layout): LayoutDraft {
  const nodes = planNodes(layout);
  const addresses = new Map(nodes.map(({ name }, index) => [name, draftAddress(index)]));
  const overlay = chooseOverlay(layout, nodes, DRAFT_MTU);
  const imageOf = (group: string): string | null =>
    layout.groups.find(({ name }) => name === group)?.image ?? layout.defaults.image;
  return {
    nodes,
    localConfOf(node) {
      // Without a server its image's name is all that is known of it, and often there is none.
      const system = distroFromName(imageOf(node.group) ?? '');
      return renderLocalConf({
        layout: layoutOn(layout, system),
        node,
        addresses,
        ...tunnelInput({ mtu: DRAFT_MTU, overlay }, node.name),
        waitFor: isHeld(node, nodes, { isOverlapped: true }) ? RELEASE_FILE : null,
      });
    },
  };
}
