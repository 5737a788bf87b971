/** Our marks in OpenStack's words: Nova's server metadata and Neutron's description (reliability.md section 2.4). */
import { BuilderError } from '../errors.ts';
import type { Mark } from './cloud.ts';

const PREFIX = 'dsb:v1';
/** Neutron's and Nova's limit of one description or metadata value. */
const LONGEST = 255;

/** Decimal digits only: Number() would take '', ' 1' and '0x1'. */
function parseCount(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : null;
}

function makeMark(
  cluster: string | undefined,
  key: string | undefined,
  generation: string | undefined,
  nonce: string | undefined,
  epoch: string | undefined,
): Mark | null {
  const counts = [parseCount(generation), parseCount(epoch)] as const;
  if (!cluster || !key || !nonce || counts[0] === null || counts[1] === null) return null;
  return { cluster, key, generation: counts[0], nonce, epoch: counts[1] };
}

/** The metadata a server is created with. https://docs.openstack.org/api-ref/compute/#create-server */
export function markToMetadata(mark: Mark): Readonly<Record<string, string>> {
  return {
    dsb_cluster: mark.cluster,
    dsb_key: mark.key,
    dsb_gen: String(mark.generation),
    dsb_nonce: mark.nonce,
    dsb_epoch: String(mark.epoch),
  };
}

/** The mark in a server's metadata; null where there is none, or not a whole one. */
export function markFromMetadata(metadata: Readonly<Record<string, string>>): Mark | null {
  return makeMark(
    metadata['dsb_cluster'],
    metadata['dsb_key'],
    metadata['dsb_gen'],
    metadata['dsb_nonce'],
    metadata['dsb_epoch'],
  );
}

/**
 * The description a port, security group or floating IP is created with. Throws `internal` for a mark that could not be
 * read back.
 */
export function markToDescription(mark: Mark): string {
  const text = `${PREFIX}:${mark.cluster}:${mark.key}:${mark.generation}:${mark.nonce}:${mark.epoch}`;
  if (text.length > LONGEST || markFromDescription(text)?.key !== mark.key) {
    throw new BuilderError('internal', `the mark of ${mark.key} does not fit into a description`);
  }
  return text;
}

/** The mark in a Neutron description; null for any other text. */
export function markFromDescription(description: string): Mark | null {
  const [prefix, version, cluster, key, generation, nonce, epoch, ...rest] = description.split(':');
  if (`${prefix}:${version}` !== PREFIX || rest.length > 0) return null;
  return makeMark(cluster, key, generation, nonce, epoch);
}
