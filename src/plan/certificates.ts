/** Where the certificates of a cluster with TLS come from: one CA, made on the node with the APIs, on every node before its stack.sh. */
import type { Layout, LayoutNode } from '../layout/layout.ts';
import { roleNamed } from '../roles/index.ts';
import { TLS_SERVICE } from '../roles/known-services.ts';
import { enabledServices } from '../roles/local-conf.ts';
import type { Choices } from './choices.ts';
import { accessOf, type Row } from './row.ts';

/**
 * The API node makes the CA by DevStack's own functions, in the checkout that it will be stacked from. stack.sh keeps what it finds,
 * so no node waits for another's (devstack.md section 2.10).
 */
export function certificateRows(
  node: LayoutNode,
  nodes: readonly LayoutNode[],
  layout: Layout,
  choices: Choices,
): readonly Row[] {
  const input = accessOf(node, choices);
  const api = nodes.find(({ role }) => roleNamed(role).hasApi);
  if (!layout.tls || api === undefined) return [];
  const isApi = node.name === api.name;
  return [
    { kind: 'make-ca', input, after: ['set-names', 'write-local-conf'], isWanted: isApi },
    {
      kind: 'install-ca',
      input: { ...input, maker: api.name },
      after: [`make-ca/${api.name}`, ...(isApi ? [] : [`install-ca/${api.name}`]), 'install-packages'],
      isWanted: enabledServices({ layout, node }).includes(TLS_SERVICE),
    },
  ];
}
