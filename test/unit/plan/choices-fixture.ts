/** Choices of preflight, as if every node had got the first that came. */
import type { LayoutNode } from '../../../src/layout/layout.ts';
import type { Choices } from '../../../src/plan/choices.ts';

export function choicesFor(nodes: readonly LayoutNode[], changes: Partial<Choices> = {}): Choices {
  return {
    nodes: Object.fromEntries(nodes.map(({ name }) => [name, { imageId: 'i', flavorId: 'f', zones: ['az1'] }])),
    networkId: 'n',
    networkName: 'net',
    subnetId: 's',
    mtu: 1450,
    floatingNetworkId: null,
    sshFrom: '0.0.0.0/0',
    user: 'debian',
    keyName: null,
    devstack: { repo: 'https://git/devstack', ref: 'stable/2026.1', commit: 'a'.repeat(40) },
    sshTimeoutMs: 600_000,
    isDistroForced: false,
    uploads: { patches: null, plugin: null, repositories: null, fragments: {} },
    projects: { plugins: [], changes: [] },
    isMirrored: false,
    userParts: { files: [], steps: [] },
    isOverlapped: true,
    ...changes,
  };
}
