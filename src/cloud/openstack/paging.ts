/** Lists read page by page until there is no next one. */
import { z } from 'zod';
import { BuilderError } from '../../errors.ts';
import type { Session } from './session.ts';

/** Nova and Neutron: `<collection>_links`; Glance: `next`. */
const links = z.array(z.object({ rel: z.string(), href: z.string() })).optional();

export interface PagedList<T> {
  readonly url: string;
  /** The key of the list in the reply. */
  readonly collection: string;
  readonly item: z.ZodType<T>;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * All items of all pages. Throws `bad-answer` when the next page is one that was read before: following it would never end.
 * Of a next link only the query is believed, because behind a proxy services often name their inner host.
 */
export async function listAll<T>(session: Session, list: PagedList<T>, signal: AbortSignal): Promise<readonly T[]> {
  const page = z
    .object({ [list.collection]: z.array(list.item), [`${list.collection}_links`]: links, next: z.string().nullish() })
    .loose();
  const items: T[] = [];
  const seen = new Set<string>();
  let query = new URL(list.url).search;
  for (;;) {
    seen.add(query);
    const url = new URL(list.url);
    url.search = query;
    // Each page names the next one.
    const reply = await session.call(
      { method: 'GET', url: url.href, ...(list.headers === undefined ? {} : { headers: list.headers }) },
      page,
      signal,
    );
    items.push(...(reply[list.collection] as T[]));
    const linked = reply[`${list.collection}_links`] as z.infer<typeof links>;
    const next =
      linked?.find(({ rel }) => rel === 'next')?.href ?? (reply['next'] as string | null | undefined) ?? null;
    if (next === null) return items;
    query = URL.parse(next, list.url)?.search ?? '';
    if (seen.has(query)) {
      throw new BuilderError(
        'bad-answer',
        `the list of ${list.collection.replaceAll('_', ' ')} never ends: its next page was read before`,
        {
          at: `GET ${url.href}`,
          disposition: 'terminal',
          fix: 'tell the cloud’s operators that paging is broken',
        },
      );
    }
  }
}
