/** What a distribution asks of local.conf, by branch. */
import { branchOf, supportOf } from './branches.ts';
import { type DistroVersion, releaseOf } from './distros.ts';

/** Since this series projects need more than EL 9's own Python 3.9; DevStack's gate sets the same (devstack.md section 3.1). */
const NEEDS_NEWER_PYTHON = '2025.1';

function distroLocalrc(ref: string, system: DistroVersion): Readonly<Record<string, string>> {
  const branch = branchOf(ref);
  const release = releaseOf(system);
  if (branch === null) return {};
  return {
    // Somebody insisted, or there would be no server to write this for.
    ...(supportOf(ref, system) === 'unsupported' ? { FORCE: 'yes' } : {}),
    ...(release === 'rhel9' && branch.series >= NEEDS_NEWER_PYTHON ? { PYTHON3_VERSION: '3.11' } : {}),
    // Python 3.14 and eventlet: without it the console proxy does not start (devstack.md sections 1.7, 3.1).
    ...(release === 'resolute' && branch.releases.includes(release)
      ? { 'SYSTEMD_ENV_VARS["n-novnc-cell1"]': 'OS_NOVA_DISABLE_EVENTLET_PATCHING=true' }
      : {}),
  };
}

interface Changed {
  readonly devstack: { readonly ref: string };
  readonly localrc: Readonly<Record<string, string>>;
}

/** The layout as it stands for a node that runs `system`; what the layout itself says has the last word. null changes nothing. */
export function layoutOn<L extends Changed>(layout: L, system: DistroVersion | null): L {
  if (system === null) return layout;
  return { ...layout, localrc: { ...distroLocalrc(layout.devstack.ref, system), ...layout.localrc } };
}
