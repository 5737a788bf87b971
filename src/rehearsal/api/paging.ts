/** Pages of a list, by limit and marker as all services cut them. */

export interface Page<T> {
  readonly items: readonly T[];
  /** Query of the next page; null where a page was not filled. As with the real services a full last page has a next one, empty. */
  readonly next: string | null;
}

/** What of the query cannot be followed: each service says it in its own words. */
export interface BadPaging {
  readonly bad: 'limit' | 'marker';
  readonly value: string;
}

export interface Paging<T> {
  /** What a marker names. */
  keyOf(item: T): string;
  /** Items of a page when nobody asks for fewer. */
  readonly most: number;
}

/** A limit of 0 asks for nothing, as Nova and Glance take it. */
export function cutPage<T>(
  items: readonly T[],
  query: URLSearchParams,
  { keyOf, most }: Paging<T>,
): Page<T> | BadPaging {
  const limit = query.get('limit');
  if (limit !== null && !/^\d+$/.test(limit)) return { bad: 'limit', value: limit };
  const marker = query.get('marker');
  const before = marker === null ? -1 : items.findIndex((item) => keyOf(item) === marker);
  if (marker !== null && before === -1) return { bad: 'marker', value: marker };
  const size = Math.min(Number(limit ?? most), most);
  const page = items.slice(before + 1, before + 1 + size);
  const last = page.at(-1);
  if (last === undefined || page.length < size) return { items: page, next: null };
  const next = new URLSearchParams(query);
  next.set('marker', keyOf(last));
  return { items: page, next: next.toString() };
}
