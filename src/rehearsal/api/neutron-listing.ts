/** Lists and looks of Neutron's resources: filters, order, pages and fields. https://docs.openstack.org/api-ref/network/v2/#list-operations */
import { ACCOUNT } from '../account.ts';
import { read } from './neutron-attributes.ts';
import { badRequest, invalidInput, NeutronFault } from './neutron-fault.ts';
import { cutPage } from './paging.ts';
import type { ApiAnswer, ApiRequest, View } from './route.ts';

/** A resource as the API shows it. */
export type Shown = Readonly<Record<string, unknown>> & { readonly id: string };

export interface Collection {
  /** The key of one resource in an answer; that of many ends with an s. */
  readonly key: string;
  /** Attributes it can be filtered and sorted by, besides those that all kinds have. */
  readonly filters: readonly string[];
  notFound(id: string): NeutronFault;
}

const COMMON_FILTERS = ['id', 'name', 'description', 'project_id', 'tenant_id', 'revision_number'];
const TAG_FILTERS = ['tags', 'tags-any', 'not-tags', 'not-tags-any'];
const PAGING = ['limit', 'marker', 'page_reverse', 'sort_key', 'sort_dir', 'fields'];

/** What every kind shows. The model keeps no history: a resource is as old as its last change. */
export function standardAttributes(
  view: View,
  row: { readonly description: string; readonly tags: readonly string[]; readonly createdAtMs: number },
): Readonly<Record<string, unknown>> {
  const at = view.utc(row.createdAtMs);
  return {
    description: row.description,
    tags: row.tags,
    created_at: at,
    updated_at: at,
    revision_number: 1,
    project_id: ACCOUNT.project.id,
    tenant_id: ACCOUNT.project.id,
  };
}

function hasTags(item: Shown, filter: string, wanted: readonly string[]): boolean {
  const tags = item['tags'] as readonly string[];
  const isFound = filter.endsWith('-any')
    ? wanted.some((tag) => tags.includes(tag))
    : wanted.every((tag) => tags.includes(tag));
  return isFound !== filter.startsWith('not-');
}

/** `ip_address=…` or `subnet_id=…`; an address also by a part of it. */
function hasFixedIp(ips: readonly Readonly<Record<string, string>>[], filter: string): boolean {
  const [, key = '', value = ''] = /^(\w+)=(.*)$/.exec(filter) ?? [];
  if (key === '') throw invalidInput(`'${filter}' is not of the form <key>=[value]`);
  if (key === 'ip_address_substr') return ips.some((ip) => ip['ip_address']?.includes(value) === true);
  return ips.some((ip) => ip[key] === value);
}

function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

function fits(item: Shown, name: string, wanted: readonly string[]): boolean {
  if (TAG_FILTERS.includes(name)) return wanted.every((tags) => hasTags(item, name, tags.split(',')));
  const value = item[name];
  if (name === 'fixed_ips') return wanted.some((filter) => hasFixedIp(value as [], filter));
  if (Array.isArray(value)) return wanted.some((one) => value.includes(one));
  if (typeof value === 'boolean') return wanted.some((text) => read.boolean(text) === value);
  return wanted.includes(textOf(value));
}

function filterItems(items: readonly Shown[], known: readonly string[], query: URLSearchParams): readonly Shown[] {
  const names = [...new Set(query.keys())].filter((name) => !PAGING.includes(name));
  const strange = names.filter((name) => !known.includes(name) && !TAG_FILTERS.includes(name));
  if (strange.length > 0)
    throw badRequest(`[${strange.map((name) => `'${name}'`).join(', ')}] is invalid attribute for filtering`);
  return items.filter((item) => names.every((name) => fits(item, name, query.getAll(name))));
}

function compare(left: unknown, right: unknown): number {
  if (typeof left === 'number' && typeof right === 'number') return left - right;
  const [a, b] = [textOf(left), textOf(right)];
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function sortItems(items: readonly Shown[], known: readonly string[], query: URLSearchParams): readonly Shown[] {
  const keys = query.getAll('sort_key');
  const directions = query.getAll('sort_dir');
  if (keys.length !== directions.length) throw badRequest('The number of sort_keys and sort_dirs must be same');
  const unknown = keys.filter((key) => !known.includes(key));
  if (unknown.length > 0) throw badRequest(`['${unknown.join("', '")}'] is invalid attribute for sort_keys`);
  const strange = directions.filter((direction) => direction !== 'asc' && direction !== 'desc');
  if (strange.length > 0)
    throw badRequest(`['${strange.join("', '")}'] is invalid value for sort_dirs, valid value is 'asc' and 'desc'`);
  return [...items].sort((left, right) => {
    for (const [index, key] of keys.entries()) {
      const order = compare(left[key], right[key]);
      if (order !== 0) return directions[index] === 'asc' ? order : -order;
    }
    return compare(left.id, right.id);
  });
}

function pickFields(item: Shown, query: URLSearchParams): object {
  const fields = query.getAll('fields');
  if (fields.length === 0) return item;
  return Object.fromEntries(Object.entries(item).filter(([name]) => fields.includes(name)));
}

function linkTo(request: ApiRequest, view: View, edge: Shown | undefined, isReverse: boolean): string {
  const query = new URLSearchParams(request.query);
  query.delete('marker');
  query.delete('page_reverse');
  if (edge !== undefined) query.set('marker', edge.id);
  if (isReverse) query.set('page_reverse', 'True');
  return `${view.url}/network${request.path}?${query.toString()}`;
}

interface CutList {
  readonly items: readonly Shown[];
  readonly links: readonly object[];
}

/** Only a limit makes pages. The way one came from is always linked, and the way on unless the page was not filled. */
function cutList(sorted: readonly Shown[], collection: Collection, request: ApiRequest, view: View): CutList {
  const { query } = request;
  if ((query.get('limit') ?? '0') === '0') return { items: sorted, links: [] };
  const isReverse = query.get('page_reverse')?.toLowerCase() === 'true';
  const page = cutPage(isReverse ? sorted.toReversed() : sorted, query, { keyOf: ({ id }) => id, most: Infinity });
  if ('bad' in page) {
    if (page.bad === 'marker') throw collection.notFound(page.value);
    const message = `Bad limit request: Limit must be an integer 0 or greater and not '${page.value}'.`;
    throw new NeutronFault(400, 'BadRequest', message);
  }
  const items = isReverse ? page.items.toReversed() : page.items;
  const isShort = page.next === null;
  const next = { rel: 'next', href: linkTo(request, view, items.at(-1), false) };
  const previous = { rel: 'previous', href: linkTo(request, view, items.at(0), true) };
  return { items, links: [...(isShort && !isReverse ? [] : [next]), ...(isShort && isReverse ? [] : [previous])] };
}

export function answerList(
  collection: Collection,
  items: readonly Shown[],
  request: ApiRequest,
  view: View,
): ApiAnswer {
  const known = [...COMMON_FILTERS, ...collection.filters];
  const found = sortItems(filterItems(items, known, request.query), known, request.query);
  const page = cutList(found, collection, request, view);
  const plural = `${collection.key}s`;
  return {
    status: 200,
    json: {
      [plural]: page.items.map((item) => pickFields(item, request.query)),
      ...(page.links.length === 0 ? {} : { [`${plural}_links`]: page.links }),
    },
  };
}

export function answerShow(collection: Collection, items: readonly Shown[], { params, query }: ApiRequest): ApiAnswer {
  const id = params['id'] ?? '';
  const item = items.find((one) => one.id === id);
  if (item === undefined) throw collection.notFound(id);
  return { status: 200, json: { [collection.key]: pickFields(item, query) } };
}
