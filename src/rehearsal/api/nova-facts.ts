/** Nova besides servers and keypairs: flavors, zones, limits, quotas, and what only an administrator may see. */
import { ACCOUNT } from '../account.ts';
import { FLAVORS, type FlavorFacts, ZONES } from '../base-images.ts';
import { answerPage, linksOf, novaError, refuse, speaks } from './nova-answers.ts';
import { usageOf } from './nova-usage.ts';
import type { ApiAnswer, ApiRequest, Route, View } from './route.ts';

function describeFlavor(flavor: FlavorFacts, request: ApiRequest, view: View): object {
  return {
    id: flavor.id,
    name: flavor.name,
    ram: flavor.ramMb,
    disk: flavor.diskGb,
    swap: speaks(request, 75) ? 0 : '',
    'OS-FLV-EXT-DATA:ephemeral': 0,
    'OS-FLV-DISABLED:disabled': false,
    vcpus: flavor.vcpus,
    'os-flavor-access:is_public': true,
    rxtx_factor: 1,
    links: linksOf(view, 'flavors', flavor.id),
    ...(speaks(request, 55) ? { description: null } : {}),
    ...(speaks(request, 61) ? { extra_specs: {} } : {}),
  };
}

function nameFlavor({ id, name }: FlavorFacts, request: ApiRequest, view: View): object {
  const description = speaks(request, 55) ? { description: null } : {};
  return { id, name, links: linksOf(view, 'flavors', id), ...description };
}

/** A filter's number, at least which a flavor must have. */
function readLeast(query: URLSearchParams, key: 'minRam' | 'minDisk'): number {
  const text = query.get(key) ?? '0';
  return /^\d+$/.test(text) ? Number(text) : refuse(400, `Invalid ${key} filter [${text}]`);
}

function listFlavors(write: typeof describeFlavor): Route['handle'] {
  return (request, view) => {
    const [leastRam, leastDisk] = [readLeast(request.query, 'minRam'), readLeast(request.query, 'minDisk')];
    const found = FLAVORS.filter(({ ramMb, diskGb }) => ramMb >= leastRam && diskGb >= leastDisk);
    return answerPage('flavors', found, request, view, (flavor) => write(flavor, request, view));
  };
}

function findFlavor({ params }: ApiRequest): FlavorFacts {
  return FLAVORS.find(({ id }) => id === params['id']) ?? refuse(404, `Flavor ${params['id']} could not be found.`);
}

const flavorSubject: NonNullable<Route['subject']> = ({ params }) =>
  FLAVORS.find(({ id }) => id === params['id'])?.name ?? '';

function showLimits(request: ApiRequest, view: View): ApiAnswer {
  const { quotas } = view.settings;
  const used = usageOf(view);
  const isOld = !speaks(request, 36);
  const ofOthers = {
    maxTotalFloatingIps: -1,
    maxSecurityGroups: -1,
    maxSecurityGroupRules: -1,
    totalFloatingIpsUsed: 0,
    totalSecurityGroupsUsed: 0,
  };
  const absolute = {
    maxTotalInstances: quotas.instances,
    maxTotalCores: quotas.cores,
    maxTotalRAMSize: quotas.ram,
    maxServerMeta: 128,
    ...(speaks(request, 39) ? {} : { maxImageMeta: 128 }),
    ...(speaks(request, 57) ? {} : { maxPersonality: 5, maxPersonalitySize: 10_240 }),
    maxTotalKeypairs: quotas.keyPairs,
    maxServerGroups: 10,
    maxServerGroupMembers: 10,
    totalRAMUsed: used.ram,
    totalCoresUsed: used.cores,
    totalInstancesUsed: used.instances,
    totalServerGroupsUsed: 0,
    ...(isOld ? ofOthers : {}),
  };
  return { status: 200, json: { limits: { rate: [], absolute } } };
}

type Quota = (limit: number, used?: number) => unknown;

function answerQuotas(write: Quota): Route['handle'] {
  return (request, view) => {
    if (request.params['project'] !== ACCOUNT.project.id)
      return novaError(403, "Policy doesn't allow os_compute_api:os-quota-sets:show to be performed.");
    const { quotas } = view.settings;
    const used = usageOf(view);
    const ofOthers = {
      fixed_ips: write(-1),
      floating_ips: write(-1),
      security_group_rules: write(-1),
      security_groups: write(-1),
    };
    const files = {
      injected_file_content_bytes: write(10_240),
      injected_file_path_bytes: write(255),
      injected_files: write(5),
    };
    const quotaSet = {
      id: ACCOUNT.project.id,
      cores: write(quotas.cores, used.cores),
      instances: write(quotas.instances, used.instances),
      key_pairs: write(quotas.keyPairs),
      metadata_items: write(128),
      ram: write(quotas.ram, used.ram),
      server_group_members: write(10),
      server_groups: write(10),
      ...(speaks(request, 36) ? {} : ofOthers),
      ...(speaks(request, 57) ? {} : files),
    };
    return { status: 200, json: { quota_set: quotaSet } };
  };
}

function listZones(): ApiAnswer {
  const zones = ZONES.map((zoneName) => ({ zoneName, zoneState: { available: true }, hosts: null }));
  return { status: 200, json: { availabilityZoneInfo: zones } };
}

/** Paths of administrators with the rule that keeps others out. */
const FORBIDDEN: readonly (readonly [path: string, rule: string])[] = [
  ['os-availability-zone/detail', 'os-availability-zone:detail'],
  ['os-hypervisors', 'os-hypervisors:list'],
  ['os-hypervisors/detail', 'os-hypervisors:list-detail'],
  ['os-services', 'os-services:list'],
  ['os-aggregates', 'os-aggregates:index'],
  ['os-migrations', 'os-migrations:index'],
];

function show(operation: string, path: string, handle: Route['handle'], subject?: Route['subject']): Route {
  return {
    operation,
    method: 'GET',
    pattern: `/v2.1/${path}`,
    handle,
    ...(subject === undefined ? {} : { subject }),
  };
}

const limitOnly: Quota = (limit) => limit;

export const factRoutes: readonly Route[] = [
  show('list-flavors', 'flavors', listFlavors(nameFlavor)),
  show('list-flavors', 'flavors/detail', listFlavors(describeFlavor)),
  show(
    'show-flavor',
    'flavors/:id',
    (request, view) => ({ status: 200, json: { flavor: describeFlavor(findFlavor(request), request, view) } }),
    flavorSubject,
  ),
  show(
    'show-flavor',
    'flavors/:id/os-extra_specs',
    (request) => {
      findFlavor(request);
      return { status: 200, json: { extra_specs: {} } };
    },
    flavorSubject,
  ),
  show('list-availability-zones', 'os-availability-zone', listZones),
  show('show-limits', 'limits', showLimits),
  show('show-quota', 'os-quota-sets/:project', answerQuotas(limitOnly)),
  show('show-quota', 'os-quota-sets/:project/defaults', answerQuotas(limitOnly)),
  show(
    'show-quota',
    'os-quota-sets/:project/detail',
    answerQuotas((limit, used = 0) => ({ limit, in_use: used, reserved: 0 })),
  ),
  show('list-server-groups', 'os-server-groups', () => ({ status: 200, json: { server_groups: [] } })),
  show('show-server-group', 'os-server-groups/:id', ({ params }) =>
    novaError(404, `Instance group ${params['id']} could not be found.`),
  ),
  ...FORBIDDEN.map(([path, rule]) =>
    show('list-hosts', path, () => novaError(403, `Policy doesn't allow os_compute_api:${rule} to be performed.`)),
  ),
];
