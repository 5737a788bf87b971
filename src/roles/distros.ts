/** Distributions that DevStack runs on, and who logs in to their cloud images. */

interface Distro {
  readonly id: string;
  /** Major versions DevStack's SUPPORTED_DISTROS names on its maintained branches (devstack.md section 3.1). */
  readonly versions: readonly string[];
  /** Login user of the distribution's cloud image (devstack.md section 3.2). */
  readonly user: string;
}

const DISTROS: readonly Distro[] = [
  { id: 'ubuntu', versions: ['24.04', '26.04', '22.04'], user: 'ubuntu' },
  { id: 'debian', versions: ['12', '13'], user: 'debian' },
  { id: 'rocky', versions: ['9', '10'], user: 'rocky' },
  { id: 'centos', versions: ['9', '10'], user: 'cloud-user' },
  { id: 'almalinux', versions: ['9', '10'], user: 'almalinux' },
  { id: 'rhel', versions: ['9', '10'], user: 'cloud-user' },
];

export const SUPPORTED_DISTROS = DISTROS.map(({ id, versions }) => `${id} ${versions.join(', ')}`).join('; ');

/** `distro` and `version` as os-release and Glance's os_distro, os_version have them; a minor version is ignored outside Ubuntu. */
export function isSupportedDistro(distro: string, version: string): boolean {
  const known = DISTROS.find(({ id }) => id === distro);
  return known?.versions.some((wanted) => version === wanted || version.startsWith(`${wanted}.`)) ?? false;
}

/** The login user of an image of this distribution; null when it is not known. */
export function loginUserOf(distro: string): string | null {
  return DISTROS.find(({ id }) => id === distro)?.user ?? null;
}

/** What an image says of itself by its name, where it has no os_distro: `Ubuntu-24.04-noble` is ubuntu 24.04. */
export function distroFromName(name: string): { readonly distro: string; readonly version: string } | null {
  const lower = name.toLowerCase();
  const distro = DISTROS.find(({ id }) => lower.includes(id));
  const version = distro?.versions.find((wanted) =>
    new RegExp(`(^|[^0-9])${wanted.replace('.', '\\.')}([^0-9]|$)`).test(lower),
  );
  return distro === undefined || version === undefined ? null : { distro: distro.id, version };
}
