/** Distributions: what they are called by DevStack, os-release, Glance and people, who logs in to their cloud images, how well tested they are. */

/** As os-release's ID and VERSION_ID have it, and Glance's os_distro and os_version. */
export interface DistroVersion {
  readonly distro: string;
  readonly version: string;
}

/** How well DevStack's own gate tests it: its default, with a vote, or without one (devstack.md section 3.1). */
export type Tier = 'default' | 'tested' | 'experimental';

interface Distro {
  readonly id: string;
  readonly title: string;
  /** Login user of the distribution's cloud image (devstack.md section 3.2); null where nobody told. */
  readonly user: string | null;
  /** Version → DevStack's word for it in SUPPORTED_DISTROS. */
  readonly releases: readonly (readonly [version: string, release: string])[];
}

const ENTERPRISE_LINUX = [
  ['10', 'rhel10'],
  ['9', 'rhel9'],
  ['8', 'rhel8'],
] as const;

const DISTROS: readonly Distro[] = [
  {
    id: 'ubuntu',
    title: 'Ubuntu',
    user: 'ubuntu',
    releases: [
      ['24.04', 'noble'],
      ['26.04', 'resolute'],
      ['22.04', 'jammy'],
    ],
  },
  {
    id: 'debian',
    title: 'Debian',
    user: 'debian',
    releases: [
      ['13', 'trixie'],
      ['12', 'bookworm'],
      ['11', 'bullseye'],
    ],
  },
  { id: 'rocky', title: 'Rocky', user: 'rocky', releases: ENTERPRISE_LINUX },
  { id: 'centos', title: 'CentOS Stream', user: 'cloud-user', releases: ENTERPRISE_LINUX },
  { id: 'almalinux', title: 'AlmaLinux', user: 'almalinux', releases: ENTERPRISE_LINUX },
  { id: 'rhel', title: 'RHEL', user: 'cloud-user', releases: ENTERPRISE_LINUX },
  { id: 'openeuler', title: 'openEuler', user: null, releases: [['22.03', 'openEuler-22.03']] },
];

const TIERS: Readonly<Record<string, Tier>> = { noble: 'default', trixie: 'tested', bookworm: 'tested' };

function isVersion(wanted: string, text: string): boolean {
  // A minor version, or words behind, change nothing: 9.4, 9-stream, 24.04.2 LTS.
  return text.startsWith(wanted) && !/^[0-9]/.test(text.slice(wanted.length));
}

/** DevStack's word for it, like `noble` or `rhel9`; null for what no branch of DevStack ever supported. */
export function releaseOf({ distro, version }: DistroVersion): string | null {
  const known = DISTROS.find(({ id }) => id === distro.toLowerCase());
  const text = version.toLowerCase();
  const found = known?.releases.find(([wanted, release]) => isVersion(wanted, text) || release === text);
  return found?.[1] ?? null;
}

export function tierOf(release: string): Tier {
  return TIERS[release] ?? 'experimental';
}

/** The login user of an image of this distribution; null when it is not known. */
export function loginUserOf(distro: string): string | null {
  return DISTROS.find(({ id }) => id === distro.toLowerCase())?.user ?? null;
}

function hasVersion(lower: string, version: string): boolean {
  // What stands behind a point is a minor version.
  return new RegExp(`(^|[^0-9.])${version.replace('.', '\\.')}([^0-9]|$)`).test(lower);
}

/** A code name tells its distribution too; `rhel9` stands for four. */
function hasCodeName(lower: string, release: string): boolean {
  return /^[a-z]+$/.test(release) && new RegExp(`(^|[^a-z])${release}([^a-z]|$)`).test(lower);
}

/** What a text says of a distribution, like an image's name: `Ubuntu-24.04-amd64` and `noble-server` are ubuntu 24.04. */
export function distroFromName(name: string): DistroVersion | null {
  const lower = name.toLowerCase();
  for (const { id, releases } of DISTROS) {
    const isNamed = lower.includes(id);
    const found = releases.find(
      ([version, release]) => (isNamed && hasVersion(lower, version)) || hasCodeName(lower, release),
    );
    if (found !== undefined) return { distro: id, version: found[0] };
  }
  return null;
}

/** Releases as people call them, one distribution after the other: `Ubuntu 24.04; Debian 13, 12; Rocky, CentOS Stream 9`. */
export function describeReleases(releases: readonly string[]): string {
  const versions = new Map<string, string[]>();
  for (const { title, releases: own } of DISTROS) {
    const named = own.filter(([, release]) => releases.includes(release)).map(([version]) => version);
    const key = named.join(', ');
    if (key !== '') versions.set(key, [...(versions.get(key) ?? []), title]);
  }
  return [...versions].map(([version, titles]) => `${titles.join(', ')} ${version}`).join('; ');
}
