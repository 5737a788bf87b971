/** Which image and flavor each node gets: exactly one match, big enough for its role and its image. */
import type { Flavor, Image } from '../cloud/cloud.ts';
import { BuilderError } from '../errors.ts';
import { distroFromName, isSupportedDistro } from '../roles/distros.ts';
import type { FlavorNeed } from '../roles/role.ts';

const STATE = 'nothing was created';

/** By id, else by name. Throws `image-not-found`, `image-ambiguous`, `image-not-active`. */
export function findImage(images: readonly Image[], wanted: string, at: string): Image {
  const byId = images.find(({ id }) => id === wanted);
  const matches = byId === undefined ? images.filter(({ name }) => name === wanted) : [byId];
  const [only] = matches;
  if (only === undefined) {
    const names = [...new Set(images.map(({ name }) => name))].sort().slice(0, 8).join(', ');
    throw new BuilderError('image-not-found', `no image "${wanted}"`, {
      at,
      state: STATE,
      fix: `choose one of: ${names}`,
    });
  }
  if (matches.length > 1) {
    throw new BuilderError('image-ambiguous', `${matches.length} images "${wanted}"`, {
      at,
      state: STATE,
      fix: `use an id: ${matches.map(({ id }) => id).join(', ')}`,
    });
  }
  if (only.status !== 'active') {
    throw new BuilderError('image-not-active', `image "${wanted}" is ${only.status}`, {
      at,
      state: STATE,
      fix: 'choose another image',
    });
  }
  return only;
}

/** What Glance's properties, else the image's name, say it holds; null when neither does. */
export function distroOf(image: Image): { readonly distro: string; readonly version: string } | null {
  if (image.osDistro === null) return distroFromName(image.name);
  return { distro: image.osDistro, version: image.osVersion ?? distroFromName(image.name)?.version ?? '' };
}

/** The newest active image of a distribution that DevStack supports; of two equally new the one that asks for less. */
export function newestSupportedImage(images: readonly Image[]): Image {
  const supported = images.filter((image) => {
    const distro = distroOf(image);
    return image.status === 'active' && distro !== null && isSupportedDistro(distro.distro, distro.version);
  });
  const [newest] = supported.toSorted(
    (a, b) =>
      b.createdAt.slice(0, 10).localeCompare(a.createdAt.slice(0, 10)) ||
      a.minRamMb - b.minRamMb ||
      a.name.localeCompare(b.name),
  );
  if (newest !== undefined) return newest;
  throw new BuilderError('image-not-found', 'no image of a distribution that DevStack supports', {
    at: '--image',
    state: STATE,
    fix: 'name one: --image NAME',
  });
}

function gib(mb: number): string {
  return `${Math.round((mb / 1024) * 10) / 10} GiB`;
}

function meets(flavor: Flavor, need: FlavorNeed): boolean {
  return flavor.vcpus >= need.vcpus && flavor.ramMb >= need.ramMb && flavor.diskGb >= need.diskGb;
}

/** Throws `flavor-small` with every number that does not reach; `isForced` lets a role's minimum pass, never the image's. */
export function checkFlavor(
  flavor: Flavor,
  image: Image,
  minimum: FlavorNeed,
  subject: string,
  isForced: boolean,
): void {
  const role = isForced ? { vcpus: 0, ramMb: 0, diskGb: 0 } : minimum;
  const short = [
    flavor.vcpus < role.vcpus ? [`${flavor.vcpus} vCPUs, ${subject} needs ${role.vcpus}`] : [],
    flavor.ramMb < role.ramMb ? [`${gib(flavor.ramMb)} of memory, ${subject} needs ${gib(role.ramMb)}`] : [],
    flavor.diskGb < role.diskGb ? [`${flavor.diskGb} GB of disk, ${subject} needs ${role.diskGb}`] : [],
    flavor.ramMb < image.minRamMb
      ? [`${gib(flavor.ramMb)} of memory, image ${image.name} needs ${gib(image.minRamMb)}`]
      : [],
    flavor.diskGb < image.minDiskGb
      ? [`${flavor.diskGb} GB of disk, image ${image.name} needs ${image.minDiskGb}`]
      : [],
  ].flat();
  if (short.length === 0) return;
  throw new BuilderError('flavor-small', `flavor ${flavor.name} has ${short.join('; ')}`, {
    at: '--flavor',
    state: STATE,
    fix: 'choose a larger flavor, or pass --force if you know better',
  });
}

/** By id or name; without a wish the smallest comfortable one, else the smallest that reaches the minimum. */
export function chooseFlavor(
  flavors: readonly Flavor[],
  wanted: string | null,
  needs: { readonly minimum: FlavorNeed; readonly comfortable: FlavorNeed },
  image: Image,
): Flavor {
  if (wanted !== null) {
    const flavor = flavors.find(({ id, name }) => id === wanted || name === wanted);
    if (flavor !== undefined) return flavor;
    const names = flavors.map(({ name }) => name).sort();
    throw new BuilderError('flavor-not-found', `no flavor "${wanted}"`, {
      at: '--flavor',
      state: STATE,
      fix: `choose one of: ${names.slice(0, 12).join(', ')}`,
    });
  }
  const bySize = flavors
    .filter(({ ramMb, diskGb }) => ramMb >= image.minRamMb && diskGb >= image.minDiskGb)
    .toSorted((a, b) => a.ramMb - b.ramMb || a.vcpus - b.vcpus || a.diskGb - b.diskGb || a.name.localeCompare(b.name));
  const chosen =
    bySize.find((flavor) => meets(flavor, needs.comfortable)) ?? bySize.find((flavor) => meets(flavor, needs.minimum));
  if (chosen !== undefined) return chosen;
  const { vcpus, ramMb, diskGb } = needs.minimum;
  throw new BuilderError(
    'flavor-not-found',
    `no flavor has ${vcpus} vCPUs, ${gib(ramMb)} of memory and ${diskGb} GB of disk`,
    {
      at: '--flavor',
      state: STATE,
      fix: 'name one: --flavor NAME --force',
    },
  );
}
