/** Which image each node gets: exactly one match, of a distribution that the branch of DevStack runs on. */
import type { Image } from '../cloud/cloud.ts';
import { BuilderError } from '../errors.ts';
import { supportOf } from '../roles/branches.ts';
import { type DistroVersion, distroFromName, releaseOf, type Tier, tierOf } from '../roles/distros.ts';
import { judgeDistro } from '../roles/judge-distro.ts';

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

/** What Glance's properties, else the image's name, say it holds; null when neither does. The version is '' where none is told. */
export function distroOf({ name, osDistro, osVersion }: Image): DistroVersion | null {
  if (osDistro === null) return distroFromName(name);
  const said = { distro: osDistro, version: osVersion ?? '' };
  if (releaseOf(said) !== null) return said;
  // People write `Ubuntu Linux` too; a version that is told is not overruled by a name.
  return distroFromName(`${osDistro} ${said.version === '' ? name : said.version}`) ?? said;
}

/**
 * What is to be told before a server is made of an image that DevStack at this ref may not run on; null for nothing. An image
 * that does not say what it holds is judged by its server.
 *
 * @throws `distro` where the branch does not support it and nobody insists.
 */
export function checkImage(image: Image, ref: string, isForced: boolean): string | null {
  const system = distroOf(image);
  if (system === null || system.version === '') return null;
  const { refusal, warning } = judgeDistro(ref, system);
  if (refusal === null || isForced) return warning;
  const holds = `image "${image.name}" holds ${system.distro} ${system.version}`;
  throw new BuilderError('distro', `${holds}; ${refusal.message}`, {
    at: '--image',
    state: STATE,
    fix: `${refusal.fix}; or pass --force if you know better`,
  });
}

const TIERS: readonly Tier[] = ['default', 'tested', 'experimental'];

/** Of the active images that DevStack at this ref supports the best tested; of those the newest, then the one that asks for less. */
export function newestSupportedImage(images: readonly Image[], ref: string): Image {
  const supported = images.flatMap((image) => {
    const system = distroOf(image);
    const release = system === null ? null : releaseOf(system);
    if (image.status !== 'active' || system === null || release === null) return [];
    return supportOf(ref, system) === 'unsupported' ? [] : [{ image, tier: TIERS.indexOf(tierOf(release)) }];
  });
  const [best] = supported.toSorted(
    ({ image: a, tier: tierA }, { image: b, tier: tierB }) =>
      tierA - tierB ||
      b.createdAt.slice(0, 10).localeCompare(a.createdAt.slice(0, 10)) ||
      a.minRamMb - b.minRamMb ||
      a.name.localeCompare(b.name),
  );
  if (best !== undefined) return best.image;
  throw new BuilderError('image-not-found', `no image of a distribution that DevStack ${ref} supports`, {
    at: '--image',
    state: STATE,
    fix: 'name one: --image NAME',
  });
}
