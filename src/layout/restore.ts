/** Saved layouts of earlier builders, with what they could not say yet. */
import { NO_MIRRORS } from '../roles/mirrors.ts';
import type { Layout } from './layout.ts';
import { OVERLAY_RANGE } from './overlay.ts';

/** `saved` is the JSON of a `Layout` as this builder or an earlier one wrote it; `{}`, of a cluster known by its marks alone, stays so. */
export function restoreLayout(saved: unknown): Layout {
  const layout = saved as Layout;
  if (layout.groups === undefined) return layout;
  return {
    ...layout,
    devstack: { ...layout.devstack, commit: layout.devstack.commit ?? null },
    cells: layout.cells ?? 1,
    network: {
      ...layout.network,
      backend: layout.network.backend ?? 'ovn',
      overlay: layout.network.overlay ?? false,
      overlayRange: layout.network.overlayRange ?? OVERLAY_RANGE,
    },
    groups: layout.groups.map((group) =>
      Object.assign({}, group, {
        cell: group.cell ?? 1,
        fakeHypervisors: group.fakeHypervisors ?? null,
        config: group.config ?? {},
      }),
    ),
    config: layout.config ?? {},
    plugins: layout.plugins ?? [],
    changes: layout.changes ?? [],
    mirrors: layout.mirrors ?? NO_MIRRORS,
    files: layout.files ?? [],
    steps: layout.steps ?? [],
    // Nobody wished for any when there were none to wish for.
    verify: layout.verify ?? [],
    tls: layout.tls ?? false,
  };
}
