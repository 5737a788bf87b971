/** Glance of the rehearsal cloud: the images that are there from the start, to be listed and looked at. */
import { createHash } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import { ACCOUNT } from '../account.ts';
import { IMAGES, type ImageFacts } from '../base-images.ts';
import { cutPage } from './paging.ts';
import type { ApiAnswer, ApiRequest, Route, Service, View } from './route.ts';

const NEWEST_MINOR = 15;

/** Glance has no form of its own for errors: this is what its web framework writes. */
function glanceError(status: number, message: string): ApiAnswer {
  const title = `${status} ${STATUS_CODES[status] ?? 'Error'}`;
  const text = `<html>\n <head>\n  <title>${title}</title>\n </head>\n <body>\n  <h1>${title}</h1>\n  ${message}<br /><br />\n\n\n\n </body>\n</html>`;
  return { status, text, headers: { 'content-type': 'text/html; charset=UTF-8' } };
}

function imageOf(image: ImageFacts): Readonly<Record<string, unknown>> {
  const digest = (kind: string): string => createHash(kind).update(image.id).digest('hex');
  return {
    ...(image.isTold ? { os_distro: image.distro, os_version: image.version } : {}),
    os_admin_user: image.user,
    hw_disk_bus: 'virtio',
    hw_vif_model: 'virtio',
    name: image.name,
    disk_format: 'qcow2',
    container_format: 'bare',
    visibility: 'public',
    size: image.sizeBytes,
    virtual_size: image.minDiskGb * 2 ** 30,
    status: 'active',
    checksum: digest('md5'),
    protected: false,
    min_ram: image.minRamMb,
    min_disk: image.minDiskGb,
    owner: ACCOUNT.operator,
    os_hidden: false,
    os_hash_algo: 'sha512',
    os_hash_value: digest('sha512'),
    id: image.id,
    created_at: image.createdAt,
    updated_at: image.createdAt,
    tags: [],
    self: `/v2/images/${image.id}`,
    file: `/v2/images/${image.id}/file`,
    schema: '/v2/schemas/image',
  };
}

const SORT_KEYS = [
  'name',
  'status',
  'container_format',
  'disk_format',
  'size',
  'id',
  'created_at',
  'updated_at',
] as const;
const VISIBILITIES = ['public', 'private', 'shared', 'community', 'all'];
/** What a query says of the list rather than of the images. */
const LIST_WORDS = ['limit', 'marker', 'sort', 'sort_key', 'sort_dir', 'visibility', 'member_status', 'os_hidden'];

interface SortOrder {
  readonly key: string;
  readonly isDescending: boolean;
}

/** `sort=key:direction,…`, or the older sort_key and sort_dir; the newest comes first when nobody asks. */
function readOrder(query: URLSearchParams): readonly SortOrder[] {
  const sort = query.get('sort');
  const parts =
    sort === null
      ? query.getAll('sort_key').map((key) => `${key}:${query.get('sort_dir') ?? 'desc'}`)
      : sort.split(',').map((part) => (part.includes(':') ? part : `${part}:desc`));
  return [...parts, 'created_at:desc', 'id:desc'].map((part) => {
    const [key = '', direction = ''] = part.split(':');
    if (!(SORT_KEYS as readonly string[]).includes(key))
      throw new RangeError(`Invalid sort key: ${key}. It must be one of the following: ${SORT_KEYS.join(', ')}.`);
    if (direction !== 'asc' && direction !== 'desc') throw new RangeError(`Invalid sort direction: ${direction}`);
    return { key, isDescending: direction === 'desc' };
  });
}

type Shown = ReturnType<typeof imageOf>;

function compare(left: Shown, right: Shown, { key, isDescending }: SortOrder): number {
  const [one, other] = [left[key] as string | number, right[key] as string | number];
  const order = one < other ? -1 : Number(one > other);
  return isDescending ? -order : order;
}

function matches(image: Shown, query: URLSearchParams): boolean {
  const visibility = query.get('visibility') ?? 'all';
  if (visibility !== 'all' && visibility !== image['visibility']) return false;
  if (query.get('os_hidden') === 'true') return false;
  return [...query].every(([key, wanted]) => {
    if (LIST_WORDS.includes(key)) return true;
    const found = String(image[key]);
    return wanted.startsWith('in:') ? wanted.slice(3).split(',').includes(found) : found === wanted;
  });
}

function listImages({ query }: ApiRequest): ApiAnswer {
  const visibility = query.get('visibility');
  if (visibility !== null && !VISIBILITIES.includes(visibility))
    return glanceError(400, `Invalid visibility value: ${visibility}`);
  let order: readonly SortOrder[];
  try {
    order = readOrder(query);
  } catch (error) {
    if (error instanceof RangeError) return glanceError(400, error.message);
    throw error;
  }
  const images = IMAGES.map(imageOf)
    .filter((image) => matches(image, query))
    .sort((left, right) => order.map((by) => compare(left, right, by)).find((sign) => sign !== 0) ?? 0);
  const page = cutPage(images, query, { keyOf: (image) => image['id'] as string, most: 1000 });
  if ('bad' in page)
    return glanceError(
      400,
      page.bad === 'limit' ? 'limit param must be an integer' : `No image found with ID ${page.value}`,
    );
  const asked = query.size === 0 ? '' : `?${query.toString()}`;
  const next = page.next === null ? {} : { next: `/v2/images?${page.next}` };
  const json = { images: page.items, first: `/v2/images${asked}`, schema: '/v2/schemas/images', ...next };
  return { status: 200, json };
}

function showImage({ params }: ApiRequest): ApiAnswer {
  const found = IMAGES.find(({ id }) => id === params['id']);
  return found === undefined
    ? glanceError(404, `No image found with ID ${params['id']}`)
    : { status: 200, json: imageOf(found) };
}

function versionsOf(view: View): object {
  const minors = Array.from({ length: NEWEST_MINOR + 1 }, (_, index) => NEWEST_MINOR - index);
  return {
    // 2.14 is the one that no release speaks of.
    versions: minors
      .filter((minor) => minor !== 14)
      .map((minor) => ({
        id: `v2.${minor}`,
        status: minor === NEWEST_MINOR ? 'CURRENT' : 'SUPPORTED',
        links: [{ rel: 'self', href: `${view.url}/image/v2/` }],
      })),
  };
}

const routes: readonly Route[] = [
  {
    operation: 'discover-image',
    method: 'GET',
    pattern: '/',
    isOpen: true,
    handle: (_request, view) => ({ status: 300, json: versionsOf(view) }),
  },
  {
    operation: 'discover-image',
    method: 'GET',
    pattern: '/versions',
    isOpen: true,
    handle: (_request, view) => ({ status: 200, json: versionsOf(view) }),
  },
  { operation: 'list-images', method: 'GET', pattern: '/v2/images', handle: listImages },
  {
    operation: 'show-image',
    method: 'GET',
    pattern: '/v2/images/:id',
    subject: ({ params }) => IMAGES.find(({ id }) => id === params['id'])?.name ?? '',
    handle: showImage,
  },
  {
    operation: 'show-image-schema',
    method: 'GET',
    pattern: '/v2/schemas/image',
    handle: () => ({
      status: 200,
      json: {
        name: 'image',
        properties: { id: { type: 'string' }, name: { type: ['null', 'string'] }, status: { type: 'string' } },
        additionalProperties: { type: 'string' },
      },
    }),
  },
];

export const glance: Service = { name: 'image', type: 'image', routes, error: glanceError };
