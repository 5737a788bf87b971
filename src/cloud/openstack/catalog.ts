/** Where a service answers: overrides, catalog, region and interface, as openstacksdk chooses. */
import { BuilderError } from '../../errors.ts';
import type { Credentials, ServiceName } from './credentials.ts';
import type { CatalogService } from './identity.ts';
import { excerpt } from './place.ts';

export interface Endpoint {
  /** Without a trailing slash. */
  readonly url: string;
  readonly region: string | null;
}

/** The catalog's names of a service, the official one first (https://service-types.openstack.org/). */
const TYPES: Readonly<Record<ServiceName, readonly string[]>> = {
  compute: ['compute'],
  image: ['image'],
  network: ['network'],
};

function refuseDowngrade(url: string, credentials: Credentials, service: ServiceName): void {
  const { transport, authUrl } = credentials;
  const target = URL.parse(url);
  if (target === null)
    throw new BuilderError('no-endpoint', `the address of the ${service} service is no URL: ${excerpt(url)}`);
  const home = URL.parse(authUrl);
  if (target.protocol !== 'http:' || home?.protocol !== 'https:') return;
  // Even --insecure-tls sends the token in the clear to no other host than the one that was named.
  if (transport.isInsecure && target.hostname === home.hostname) return;
  throw new BuilderError(
    'tls-off',
    `the ${service} service is at ${excerpt(url)}: the token would travel unencrypted`,
    {
      fix: `use an https address: ${service}_endpoint_override in clouds.yaml, or OS_${service.toUpperCase()}_ENDPOINT_OVERRIDE`,
    },
  );
}

/** Throws `no-endpoint` where the catalog has none that fits, `tls-off` where it would downgrade https to http. */
export function findEndpoint(
  catalog: readonly CatalogService[],
  credentials: Credentials,
  service: ServiceName,
): Endpoint {
  const override = credentials.overrides[service];
  if (override !== undefined) {
    refuseDowngrade(override, credentials, service);
    return { url: override.replace(/\/+$/, ''), region: credentials.region };
  }
  const endpoints = catalog.filter(({ type }) => TYPES[service].includes(type)).flatMap((entry) => entry.endpoints);
  const chosen = credentials.interfaces
    .flatMap((wanted) => endpoints.filter(({ interface: found }) => found.replace(/URL$/, '') === wanted))
    .find(({ region, region_id }) => credentials.region === null || [region, region_id].includes(credentials.region));
  if (chosen === undefined) {
    const offered = endpoints.map(
      (endpoint) => `${endpoint.interface} in ${endpoint.region_id ?? endpoint.region ?? 'no region'}`,
    );
    const region = credentials.region === null ? '' : ` in region ${credentials.region}`;
    throw new BuilderError(
      'no-endpoint',
      `the catalog has no ${credentials.interfaces.join(' or ')} endpoint of the ${service} service${region}; it has ${excerpt(offered.join(', ')) || 'none at all'}`,
      { fix: 'correct region_name or interface in clouds.yaml, or OS_REGION_NAME or OS_INTERFACE' },
    );
  }
  refuseDowngrade(chosen.url, credentials, service);
  return { url: chosen.url.replace(/\/+$/, ''), region: chosen.region_id ?? chosen.region ?? null };
}

/** The address with the API's version: catalogs name the service with or without it, and with a project behind it. */
export function withVersion(url: string, version: 'v2' | 'v2.0'): string {
  return /\/v2(\.\d+)?$/.test(url) ? url : `${url.replace(/\/v1$/, '')}/${version}`;
}
