/** What every answer of a service carries, and the microversion a request asks for. */
import type { ApiAnswer, Service } from './api/route.ts';

type Headers = Readonly<Record<string, string | undefined>>;
type Version = readonly [major: number, minor: number];

/** https://docs.openstack.org/api-guide/compute/microversions.html: what Nova of 2024.1 offers; its root says the same. */
export const NOVA_VERSIONS = { min: [2, 1], max: [2, 95] } as const;

const LOWEST: Version = NOVA_VERSIONS.min;

function show([major, minor]: Version): string {
  return `${major}.${minor}`;
}

/** The wish in either of the two headers; null for none. */
function wishOf(headers: Headers): string | null {
  const common = /(?:^|,)\s*compute\s+([\w.]+)/i.exec(headers['openstack-api-version'] ?? '')?.[1];
  return common ?? headers['x-openstack-nova-api-version'] ?? null;
}

/** Only Nova has them; the others get the lowest. Refused as Nova does: 400 for no version, 406 for one out of range. */
export function readMicroversion(
  service: Service,
  headers: Headers,
): { readonly version: Version } | { readonly refusal: ApiAnswer } {
  const wish = service.type === 'compute' ? wishOf(headers) : null;
  if (wish === null) return { version: LOWEST };
  if (wish === 'latest') return { version: NOVA_VERSIONS.max };
  const [, major, minor] = (/^(\d+)\.(\d+)$/.exec(wish) ?? []).map(Number);
  if (major === undefined || minor === undefined) {
    return {
      refusal: service.error(
        400,
        `API Version String ${wish} is of invalid format. Must be of format MajorNum.MinorNum.`,
      ),
    };
  }
  const { min, max } = NOVA_VERSIONS;
  if (major === 2 && minor >= min[1] && minor <= max[1]) return { version: [major, minor] };
  const range = `Minimum is ${show(min)} and maximum is ${show(max)}.`;
  return { refusal: service.error(406, `Version ${wish} is not supported by the API. ${range}`) };
}

/** Request id and versions, as each service sends them. */
export function headersOf(service: Service, request: Headers, requestId: string): Readonly<Record<string, string>> {
  if (service.type !== 'compute') return { 'x-openstack-request-id': requestId };
  const asked = readMicroversion(service, request);
  const version = show('version' in asked ? asked.version : LOWEST);
  return {
    'x-openstack-request-id': requestId,
    'x-compute-request-id': requestId,
    'openstack-api-version': `compute ${version}`,
    'x-openstack-nova-api-version': version,
    vary: 'OpenStack-API-Version, X-OpenStack-Nova-API-Version',
  };
}
