/** Which flavor each node gets: big enough for its role and its image. */
import type { Flavor, Image } from '../cloud/cloud.ts';
import { BuilderError } from '../errors.ts';
import type { FlavorNeed } from '../roles/role.ts';

const STATE = 'nothing was created';

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
