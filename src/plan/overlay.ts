/** The overlay network in the plan: who has which address on it, and the steps that make and try it. */
import type { Layout, LayoutNode } from '../layout/layout.ts';
import { assignOverlayAddresses } from '../layout/overlay.ts';
import { roleNamed } from '../roles/index.ts';
import { overlayMtu } from '../roles/mtu.ts';
import type { Choices, OverlayChoice } from './choices.ts';
import { accessOf, type Row } from './row.ts';

/** `mtu` is of the network the servers are on; nodes that were there `before` keep their addresses. null where the layout wants no overlay. */
export function chooseOverlay(
  { network }: Layout,
  nodes: readonly LayoutNode[],
  mtu: number,
  before: OverlayChoice | null = null,
): OverlayChoice | null {
  if (!network.overlay) return null;
  const names = nodes.map(({ name }) => name);
  return {
    range: network.overlayRange,
    mtu: overlayMtu(mtu),
    addresses: assignOverlayAddresses(network.overlayRange, names, before?.addresses),
  };
}

/** What a node's local.conf says of the networks between nodes. */
export function tunnelInput(
  { mtu, overlay }: Pick<Choices, 'mtu' | 'overlay'>,
  node: string,
): { mtu: number; overlayAddress: string | null } {
  return { mtu: overlay?.mtu ?? mtu, overlayAddress: overlay?.addresses[node] ?? null };
}

/**
 * A node's own part needs the others' ports alone, and its stack.sh the node's own part alone: a server that is made anew finds its
 * peers as they were, and undoes nothing of theirs but their look at it.
 */
export function overlayRows(node: LayoutNode, nodes: readonly LayoutNode[], choices: Choices): readonly Row[] {
  const { overlay } = choices;
  if (overlay === null || overlay === undefined) return [];
  const input = accessOf(node, choices);
  const { addresses, mtu, range } = overlay;
  const addressOf = (name: string): string => {
    const address = addresses[name];
    if (address === undefined) throw new TypeError(`no overlay address was chosen for node ${name}`);
    return address;
  };
  const peers = nodes.map(({ name }) => name).filter((name) => name !== node.name);
  return [
    { kind: 'install-openvswitch', input, after: ['install-packages'] },
    {
      kind: 'make-overlay',
      input: { ...input, address: `${addressOf(node.name)}/${range.replace(/^.*\//, '')}`, mtu, peers },
      after: ['install-openvswitch', ...peers.map((peer) => `create-port/${peer}`)],
    },
    {
      kind: 'check-overlay',
      input: { ...input, mtu, peers: Object.fromEntries(peers.map((peer) => [peer, addressOf(peer)])) },
      after: ['make-overlay', ...peers.map((peer) => `make-overlay/${peer}`)],
      isWanted: peers.length > 0,
    },
    {
      // The gateway's own address is on the node with the APIs, the routers that need it are on the others.
      kind: 'join-public-bridge',
      input: { ...input, isGateway: roleNamed(node.role).hasApi },
      after: ['run-stack', 'make-overlay'],
      isWanted:
        nodes.some(({ role }) => role === 'network') && (node.role === 'network' || roleNamed(node.role).hasApi),
    },
  ];
}
