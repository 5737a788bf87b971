/** DevStack's branches: how they are kept, and which distributions each runs on (SUPPORTED_DISTROS; devstack.md section 3.1). */
import { type DistroVersion, describeReleases, releaseOf, type Tier, tierOf } from './distros.ts';

export interface Branch {
  readonly name: string;
  /** OpenStack's series that the branch became, or is to become. */
  readonly series: string;
  readonly state: 'development' | 'maintained' | 'unmaintained';
  /** In DevStack's words. On others stack.sh stops, unless FORCE=yes. */
  readonly releases: readonly string[];
}

/** Newest first. */
export const BRANCHES: readonly Branch[] = [
  {
    name: 'master',
    series: '2026.2',
    state: 'development',
    releases: ['trixie', 'bookworm', 'noble', 'resolute', 'rhel9', 'rhel10'],
  },
  {
    name: 'stable/2026.1',
    series: '2026.1',
    state: 'maintained',
    releases: ['trixie', 'bookworm', 'noble', 'rhel9', 'rhel10'],
  },
  {
    name: 'stable/2025.2',
    series: '2025.2',
    state: 'maintained',
    releases: ['bookworm', 'jammy', 'noble', 'rhel9', 'rhel10'],
  },
  {
    name: 'stable/2025.1',
    series: '2025.1',
    state: 'maintained',
    releases: ['bookworm', 'jammy', 'noble', 'rhel9'],
  },
  {
    name: 'unmaintained/2024.1',
    series: '2024.1',
    state: 'unmaintained',
    releases: ['bookworm', 'bullseye', 'jammy', 'rhel8', 'rhel9', 'openEuler-22.03'],
  },
];

/** The branch a ref names, also by the name it had before it was renamed; null for a tag, a commit, or a branch nobody here knows. */
export function branchOf(ref: string): Branch | null {
  const name = ref.replace(/^refs\/heads\//, '');
  const series = /^(?:stable|unmaintained)\/(.+)$/.exec(name)?.[1];
  return BRANCHES.find((branch) => branch.name === name || (series !== undefined && branch.series === series)) ?? null;
}

/** `unknown`: some branch runs on it, and whether this ref does cannot be told from here. */
export type Support = 'supported' | 'unknown' | 'unsupported';

export function supportOf(ref: string, system: DistroVersion): Support {
  const release = releaseOf(system);
  if (release === null) return 'unsupported';
  const branch = branchOf(ref);
  if (branch !== null) return branch.releases.includes(release) ? 'supported' : 'unsupported';
  return BRANCHES.every(({ releases }) => releases.includes(release)) ? 'supported' : 'unknown';
}

/** Names of the branches that run on it. */
export function branchesFor(system: DistroVersion): readonly string[] {
  const release = releaseOf(system);
  return BRANCHES.filter(({ releases }) => release !== null && releases.includes(release)).map(({ name }) => name);
}

/** What a ref runs on as people call it, by how well that is tested; of a ref nobody here knows, what any branch does. */
export function describeSupport(ref: string): Readonly<Record<Tier, string>> {
  const releases = branchOf(ref)?.releases ?? BRANCHES.flatMap((branch) => branch.releases);
  const textOf = (tier: Tier): string => describeReleases(releases.filter((release) => tierOf(release) === tier));
  return { default: textOf('default'), tested: textOf('tested'), experimental: textOf('experimental') };
}
