/** What proxies and broken lines do to one request of an operation, besides what a fault script can say. */

import { glance } from '../../src/rehearsal/api/glance.ts';
import { keystone } from '../../src/rehearsal/api/keystone.ts';
import { neutron } from '../../src/rehearsal/api/neutron.ts';
import { nova } from '../../src/rehearsal/api/nova.ts';
import { findRoute } from '../../src/rehearsal/api/route.ts';
import type { RawAnswer, RawRequest } from '../../src/rehearsal/api-desk.ts';
import type { Way } from '../simulation/simulated-cloud.ts';

type Bend = (request: RawRequest, next: () => Promise<RawAnswer>) => Promise<RawAnswer>;
type Fields = Record<string, unknown>;

/** As Node's fetch fails when nobody listens. */
function connectionRefused(): TypeError {
  const cause = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED', syscall: 'connect' });
  return new TypeError('fetch failed', { cause });
}

/** A refusal whose dates are those of a clock that goes wrong by decades. */
function slowDown(date: string, retryAfter: string): Bend {
  return async () => ({
    status: 429,
    headers: { date, 'retry-after': retryAfter, 'content-type': 'application/json' },
    body: '{"error": {"message": "slow down"}}',
    cut: null,
  });
}

function bendJson(change: (json: Fields, request: RawRequest) => Fields): Bend {
  return async (request, next) => {
    const answer = await next();
    if (answer.status !== 200) return answer;
    return { ...answer, body: JSON.stringify(change(JSON.parse(answer.body) as Fields, request)) };
  };
}

/** The next page is the one that was asked for. */
const loop = bendJson((json, { url }) => {
  const links = Object.entries(json).flatMap(([key, value]) =>
    Array.isArray(value) ? [[`${key}_links`, [{ rel: 'next', href: `http://inner${url}` }]]] : [],
  );
  return { ...json, ...(Object.fromEntries(links) as Fields), ...('first' in json && { next: url }) };
});

const THEIRS = { name: 'foreign', tenant_id: 'theirs', project_id: 'theirs' };

/** What others own is listed too, as an administrator's list would, marks and all. */
const showForeign = bendJson((json) =>
  Object.fromEntries(
    Object.entries(json).map(([key, value]) => {
      if (!Array.isArray(value)) return [key, value];
      const theirs = (value as Fields[]).map((item) =>
        Object.assign({}, item, THEIRS, { id: `foreign-${String(item['id'])}` }),
      );
      return [key, [...(value as Fields[]), ...theirs]];
    }),
  ),
);

/** By name; some are for lists, and some for lists of what we make. */
export const BENDS: Readonly<Record<string, Bend>> = {
  'connection refused': () => Promise.reject(connectionRefused()),
  'retry after a date in 2100': slowDown('Sun, 01 Mar 2026 12:00:00 GMT', 'Fri, 01 Jan 2100 00:00:00 GMT'),
  'skewed date': slowDown('Thu, 01 Jan 1970 00:00:00 GMT', 'Thu, 01 Jan 1970 00:00:07 GMT'),
};

export const LIST_BENDS: Readonly<Record<string, Bend>> = { 'paging loop': loop };

export const OWNED_BENDS: Readonly<Record<string, Bend>> = { 'filter ignored': showForeign };

function operationOf({ method, url, headers, body }: RawRequest): string {
  const { pathname, searchParams: query } = new URL(url, 'http://simulated');
  const service = [keystone, nova, glance, neutron].find(({ name }) => pathname.startsWith(`/${name}/`));
  const path = pathname.slice((service?.name.length ?? 0) + 1);
  const found = findRoute(service?.routes ?? [], method, path);
  if (found === null) return '';
  const { route, params } = found;
  const json: unknown = body === '' ? null : JSON.parse(body);
  return (
    route.operationOf?.({ method, path, query, headers, body: json, params, microversion: [2, 1] }) ?? route.operation
  );
}

/** Bends the n-th request of an operation. */
export function bendOnce(operation: string, occurrence: number, bend: Bend): Way {
  let asked = 0;
  return (request, next) => {
    if (operationOf(request) !== operation) return next();
    asked += 1;
    return asked === occurrence ? bend(request, next) : next();
  };
}
