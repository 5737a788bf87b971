/** The overlay network in the plan: who has which address on it, and the steps that make and try it. */
import type { Layout, LayoutNode } from '../layout/layout.ts';
import { assignOverlayAddresses } from '../layout/overlay.ts';
import { overlayMtu } from '../roles/mtu.ts';
import type { Choices, OverlayChoice } from './choices.ts';
import { accessOf, type Row } from './row.ts';

/** `mtu` is of the network the servers are on; null where the layout wants no overlay. */
export function chooseOverlay({ network }: Layout, nodes: readonly LayoutNode[], mtu: number): OverlayChoice | null {
  if (!network.overlay) return null;
  const names = nodes.map(({ name }) => name);
  return {
    range: network.overlayRange,
    mtu: overlayMtu(mtu),
    addresses: assignOverlayAddresses(network.overlayRange, names),
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
  ];
}
