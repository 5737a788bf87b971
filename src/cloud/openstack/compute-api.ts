/** Nova's address and microversion. https://docs.openstack.org/api-guide/compute/microversions.html */
import { z } from 'zod';
import { BuilderError } from '../../errors.ts';
import type { Call, Session } from './session.ts';

const version = z.object({
  id: z.string(),
  version: z.string().nullish(),
  min_version: z.string().nullish(),
  links: z.array(z.object({ rel: z.string(), href: z.string() })).default([]),
});
const document = z.object({ version: version.optional(), versions: z.array(version).optional() });

/** The last microversion whose replies and requests we know. */
const NEWEST = [2, 90] as const;
/** Below it a list silently leaves out what a broken cell holds. */
const PARTIAL_RECORDS = [2, 69] as const;

type Microversion = readonly [number, number];

function parseMicroversion(text: string | null | undefined): Microversion | null {
  const found = /^(\d+)\.(\d+)$/.exec(text ?? '');
  return found === null ? null : [Number(found[1]), Number(found[2])];
}

function isBefore(one: Microversion, other: Microversion): boolean {
  return one[0] !== other[0] ? one[0] < other[0] : one[1] < other[1];
}

/** The newest microversion that both sides know; null for an API without microversions. Throws `no-endpoint` where there is none. */
export function negotiate(min: string | null | undefined, max: string | null | undefined): string | null {
  const offered = parseMicroversion(max);
  if (offered === null) return null;
  const least = parseMicroversion(min);
  if (least !== null && isBefore(NEWEST, least)) {
    throw new BuilderError(
      'no-endpoint',
      `this Nova speaks microversions from ${min}; we know up to ${NEWEST.join('.')}`,
      {
        fix: 'use a newer builder',
      },
    );
  }
  return (isBefore(NEWEST, offered) ? NEWEST : offered).join('.');
}

/** Nova's API as this cloud offers it. */
export interface ComputeApi {
  /** Without a trailing slash. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Records of a cell that is down are listed, as partial ones. */
  readonly hasPartialRecords: boolean;
}

/** Reads the version document at the catalog's address, which may name a version, a project, both or neither. */
export async function findComputeApi(session: Session, endpoint: string, signal: AbortSignal): Promise<ComputeApi> {
  // A project behind the version has no document of its own.
  const base = /^(.*\/v2(?:\.1)?)\/[^/]+$/.exec(endpoint)?.[1] ?? endpoint;
  const call: Call = { method: 'GET', url: `${base}/`, accepts: [300] };
  const found = session.parse(call, document, await session.send(call, signal));
  const chosen = found.version ?? found.versions?.find(({ id }) => id === 'v2.1') ?? found.versions?.[0];
  if (chosen === undefined)
    throw new BuilderError('no-endpoint', `no Compute API at ${base}`, {
      at: `GET ${call.url}`,
      fix: 'correct compute_endpoint_override',
    });
  const isRoot = found.version === undefined;
  const path = URL.parse(chosen.links.find(({ rel }) => rel === 'self')?.href ?? '', call.url)?.pathname;
  const url = isRoot && path !== undefined ? new URL(path, call.url).href.replace(/\/+$/, '') : endpoint;
  const microversion = negotiate(chosen.min_version, chosen.version);
  const spoken = parseMicroversion(microversion);
  return {
    url,
    headers: microversion === null ? {} : { 'openstack-api-version': `compute ${microversion}` },
    hasPartialRecords: spoken !== null && !isBefore(spoken, PARTIAL_RECORDS),
  };
}
