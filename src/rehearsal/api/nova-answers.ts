/** The forms that all of Nova's answers share: faults, links, pages and microversions. */
import { cutPage } from './paging.ts';
import { Refusal } from './refusal.ts';
import type { ApiAnswer, ApiRequest, View } from './route.ts';

const FAULT_NAMES: Readonly<Partial<Record<number, string>>> = {
  400: 'badRequest',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'itemNotFound',
  405: 'badMethod',
  409: 'conflictingRequest',
  413: 'overLimit',
  415: 'badMediaType',
  429: 'overLimit',
  501: 'notImplemented',
  503: 'serviceUnavailable',
};

export function novaError(status: number, message: string): ApiAnswer {
  return { status, json: { [FAULT_NAMES[status] ?? 'computeFault']: { code: status, message } } };
}

export function refuse(status: number, message: string): never {
  throw new Refusal(novaError(status, message));
}

/** Whether a request's microversion is 2.`minor` or newer. */
export function speaks({ microversion }: ApiRequest, minor: number): boolean {
  return microversion[1] >= minor;
}

export function linksOf(view: View, collection: string, id: string): readonly object[] {
  return [
    { rel: 'self', href: `${view.url}/compute/v2.1/${collection}/${id}` },
    { rel: 'bookmark', href: `${view.url}/compute/${collection}/${id}` },
  ];
}

/** The page of a list that the query asks for, each item as `show` writes it. */
export function answerPage<T extends { readonly id: string }>(
  collection: string,
  items: readonly T[],
  { query, path }: ApiRequest,
  view: View,
  show: (item: T) => object,
): ApiAnswer {
  const page = cutPage(items, query, { keyOf: ({ id }) => id, most: 1000 });
  if ('bad' in page) {
    const { bad, value } = page;
    return bad === 'marker'
      ? novaError(400, `marker [${value}] not found`)
      : novaError(
          400,
          `Invalid input for query parameters limit. Value: ${value}. '${value}' does not match '^[0-9]*$'`,
        );
  }
  const links =
    page.next === null
      ? {}
      : { [`${collection}_links`]: [{ rel: 'next', href: `${view.url}/compute${path}?${page.next}` }] };
  return { status: 200, json: { [collection]: page.items.map(show), ...links } };
}
