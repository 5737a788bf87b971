/** A server as Nova writes it, by row, time and microversion. */
import { ACCOUNT } from '../account.ts';
import { FLAVORS } from '../base-images.ts';
import { NETWORKS } from '../base-networks.ts';
import { isVisible } from '../living.ts';
import { type ServerStatus, stateOf } from '../server-life.ts';
import type { PortRow, ServerRow } from '../world.ts';
import { groupsOf as listGroups } from './neutron-world.ts';
import { linksOf, speaks } from './nova-answers.ts';
import type { ApiRequest, View } from './route.ts';

const STATE_WORDS: Readonly<Record<ServerStatus, string>> = {
  BUILD: 'building',
  ACTIVE: 'active',
  REBOOT: 'active',
  ERROR: 'error',
  SHUTOFF: 'stopped',
  SOFT_DELETED: 'soft-delete',
  GONE: 'deleted',
};
const POWER_STATES: Readonly<Partial<Record<ServerStatus, number>>> = { ACTIVE: 1, REBOOT: 1, SHUTOFF: 4 };

/** Nova's words for what a server is by now. */
export function vmStateOf(server: ServerRow, nowMs: number): string {
  return STATE_WORDS[stateOf(server, nowMs).status];
}

/** The ports that still stand, in the order in which the server has them. */
export function attachedPorts(server: ServerRow, { world, nowMs }: View): readonly PortRow[] {
  return server.portIds
    .flatMap((id) => world.port.get(id) ?? [])
    .filter((port) => port.deviceId === server.id && isVisible(port, nowMs));
}

/** Whether the scheduler has found a host: what is asked of a host has nobody to answer before. */
export function isPlaced(server: ServerRow, nowMs: number): boolean {
  const hasFailed = server.fault !== null && nowMs >= server.builtAtMs;
  return !hasFailed && stateOf(server, nowMs).activity !== 'scheduling';
}

/** Nova learns a port's addresses when it has a host for the server. */
function addressesOf(server: ServerRow, view: View): object {
  if (!isPlaced(server, view.nowMs)) return {};
  const addresses: Record<string, object[]> = {};
  for (const port of attachedPorts(server, view)) {
    const label = NETWORKS.find(({ id }) => id === port.networkId)?.name ?? port.networkId;
    const floating = [...view.world['floating-ip'].values()].filter(
      (row) => row.portId === port.id && isVisible(row, view.nowMs),
    );
    const known = addresses[label] ?? [];
    const describe = (addr: string, type: string): object => ({
      version: addr.includes(':') ? 6 : 4,
      addr,
      'OS-EXT-IPS:type': type,
      'OS-EXT-IPS-MAC:mac_addr': port.macAddress,
    });
    known.push(
      ...port.fixedIps.map(({ ip_address: address }) => describe(address, 'fixed')),
      ...floating.map(({ address }) => describe(address, 'floating')),
    );
    addresses[label] = known;
  }
  return addresses;
}

function flavorOf({ flavorId }: ServerRow, request: ApiRequest, view: View): object {
  if (!speaks(request, 47)) {
    const [, bookmark] = linksOf(view, 'flavors', flavorId);
    return { id: flavorId, links: [bookmark] };
  }
  const flavor = FLAVORS.find(({ id }) => id === flavorId);
  return {
    vcpus: flavor?.vcpus,
    ram: flavor?.ramMb,
    disk: flavor?.diskGb,
    ephemeral: 0,
    swap: 0,
    original_name: flavor?.name,
    extra_specs: {},
  };
}

function updatedAtMs(server: ServerRow, nowMs: number): number {
  const moments = [server.createdAtMs, server.builtAtMs, server.reboot?.atMs ?? 0, server.deletedAtMs ?? 0];
  return Math.max(...moments.filter((moment) => moment <= nowMs));
}

function newerFields(server: ServerRow, request: ApiRequest): object {
  return {
    ...(speaks(request, 9) ? { locked: server.isLocked } : {}),
    ...(speaks(request, 73) ? { locked_reason: null } : {}),
    ...(speaks(request, 19) ? { description: null } : {}),
    ...(speaks(request, 26) ? { tags: server.tags } : {}),
    ...(speaks(request, 63) ? { trusted_image_certificates: null } : {}),
    ...(speaks(request, 90) ? { 'OS-EXT-SRV-ATTR:hostname': hostnameOf(server.name) } : {}),
    ...(speaks(request, 71) ? { server_groups: [] } : {}),
  };
}

function hostnameOf(name: string): string {
  return name
    .toLowerCase()
    .replaceAll(/[ _.]/g, '-')
    .replaceAll(/[^a-z0-9-]/g, '')
    .slice(0, 63);
}

function faultOf(server: ServerRow, view: View): object {
  const isShown = stateOf(server, view.nowMs).status === 'ERROR';
  return isShown ? { fault: { code: 500, created: view.utc(server.builtAtMs), message: server.fault } } : {};
}

/** The groups are those of the ports, whatever the create asked for. */
function groupsOf(server: ServerRow, view: View): object {
  const ids = attachedPorts(server, view).flatMap(({ securityGroupIds }) => securityGroupIds);
  const groups = listGroups(view).filter(({ id }) => ids.includes(id));
  return groups.length === 0 ? {} : { security_groups: groups.map(({ name }) => ({ name })) };
}

export function nameServer({ id, name }: ServerRow, view: View): object {
  return { id, name, links: linksOf(view, 'servers', id) };
}

export function describeServer(server: ServerRow, request: ApiRequest, view: View): object {
  const { status, activity } = stateOf(server, view.nowMs);
  const hasHost = isPlaced(server, view.nowMs);
  const [, imageBookmark] = linksOf(view, 'images', server.imageId);
  const isLaunched = server.fault === null && view.nowMs >= server.builtAtMs;
  const launchedAt = view.utc(server.builtAtMs).replace('Z', '.000000');
  return {
    id: server.id,
    name: server.name,
    status,
    tenant_id: ACCOUNT.project.id,
    user_id: ACCOUNT.user.id,
    metadata: server.metadata,
    hostId: hasHost ? `${ACCOUNT.project.id}${server.id.replaceAll('-', '').slice(0, 24)}` : '',
    image: { id: server.imageId, links: [imageBookmark] },
    flavor: flavorOf(server, request, view),
    created: view.utc(server.createdAtMs),
    updated: view.utc(updatedAtMs(server, view.nowMs)),
    addresses: addressesOf(server, view),
    accessIPv4: '',
    accessIPv6: '',
    links: linksOf(view, 'servers', server.id),
    'OS-DCF:diskConfig': 'MANUAL',
    ...faultOf(server, view),
    ...(status === 'ACTIVE' || status === 'BUILD' ? { progress: 0 } : {}),
    'OS-EXT-AZ:availability_zone': hasHost ? server.zone : '',
    config_drive: '',
    key_name: server.keyName,
    'OS-SRV-USG:launched_at': isLaunched ? launchedAt : null,
    'OS-SRV-USG:terminated_at': null,
    ...groupsOf(server, view),
    'OS-EXT-STS:task_state': activity,
    'OS-EXT-STS:vm_state': vmStateOf(server, view.nowMs),
    'OS-EXT-STS:power_state': POWER_STATES[status] ?? 0,
    'os-extended-volumes:volumes_attached': [],
    ...newerFields(server, request),
  };
}
