/** How a server comes to be: what it is made of, whether it may be, and the rows that stand for it. */
import { FLAVORS, type FlavorFacts, IMAGES, ZONES } from '../base-images.ts';
import { NETWORKS, type NetworkFacts } from '../base-networks.ts';
import { spread } from '../chance.ts';
import { hostKeyFor } from '../host-key.ts';
import { isUnplugged, isVisible } from '../living.ts';
import { type PortRow, put, type ServerRow } from '../world.ts';
import { findFreeAddress, isInSubnet } from './addresses.ts';
import { groupsOf, portsOf, takenAddresses } from './neutron-world.ts';
import { linksOf, refuse } from './nova-answers.ts';
import { readCreate, type ServerRequest } from './nova-create-body.ts';
import { describeExcess } from './nova-usage.ts';
import type { ApiAnswer, ApiRequest, View } from './route.ts';

function findFlavor({ flavorRef }: ServerRequest): FlavorFacts {
  const wanted = String(flavorRef);
  return FLAVORS.find(({ id }) => id === wanted) ?? refuse(400, `Flavor ${wanted} could not be found.`);
}

function findImageId({ imageRef }: ServerRequest, flavor: FlavorFacts): string {
  if (!imageRef) return refuse(400, 'Missing imageRef attribute');
  const image = IMAGES.find(({ id }) => id === imageRef) ?? refuse(400, 'Can not find requested image');
  if (flavor.ramMb < image.minRamMb) return refuse(400, "Flavor's memory is too small for requested image.");
  if (flavor.diskGb < image.minDiskGb)
    return refuse(
      400,
      "Flavor's disk is smaller than the minimum size specified in image metadata. " +
        `Flavor disk is ${flavor.diskGb * 2 ** 30} bytes, minimum size is ${image.minDiskGb * 2 ** 30} bytes.`,
    );
  return image.id;
}

function findZone({ availability_zone: wanted = 'nova' }: ServerRequest): string {
  return ZONES.find((zone) => zone === wanted) ?? refuse(400, 'The requested availability zone is not available');
}

function findGroupIds(names: readonly string[], view: View): readonly string[] {
  const groups = groupsOf(view).filter((row) => isVisible(row, view.nowMs));
  return names.map((wanted) => {
    const group = groups.find(({ id, name }) => id === wanted || name === wanted);
    return group?.id ?? refuse(400, `Unable to find security_group with name or id '${wanted}'`);
  });
}

/** A port somebody made beforehand. */
function findPort(wanted: string, view: View): PortRow {
  // By its id Neutron finds what its lists do not show yet.
  const port = portsOf(view).find((row) => row.id === wanted);
  if (port === undefined) return refuse(400, `Port id ${wanted} could not be found.`);
  if (!isUnplugged(view.world, port, view.nowMs)) return refuse(409, `Port ${wanted} is still in use.`);
  if (port.fixedIps.length === 0) return refuse(400, `Port ${wanted} requires a FixedIP in order to be used.`);
  return port;
}

function findNetwork(wanted: string): NetworkFacts {
  const network = NETWORKS.find(({ id }) => id === wanted) ?? refuse(400, `Network ${wanted} could not be found.`);
  return network.isExternal
    ? refuse(403, `It is not allowed to create an interface on external network ${wanted}`)
    : network;
}

/** Six bytes of which the first three are those that OpenStack gives its ports. */
function macOf(id: string): string {
  return `fa:16:3e:${id.slice(-6).replaceAll(/(..)(?=.)/g, '$1:')}`;
}

/** An address of the network: the one that was asked for, else the first that is free. */
function chooseAddress(network: NetworkFacts, wanted: string | undefined, view: View): string {
  const taken = takenAddresses(view, network.id);
  if (wanted === undefined)
    return (
      findFreeAddress(network.subnet, taken) ??
      refuse(400, `No fixed IP addresses available for network: ${network.id}`)
    );
  if (taken.has(wanted)) {
    const owner = portsOf(view).find(({ fixedIps }) => fixedIps.some((ip) => ip.ip_address === wanted));
    return refuse(400, `Fixed IP address ${wanted} is already in use on instance ${owner?.deviceId ?? ''}.`);
  }
  return isInSubnet(network.subnet.cidr, wanted)
    ? wanted
    : refuse(400, `Fixed IP ${wanted} is not a valid ip address for network ${network.id}.`);
}

/** A port that Nova makes itself, since only a network was named. */
function makePort(network: NetworkFacts, wanted: string | undefined, groupIds: readonly string[], view: View): PortRow {
  if (portsOf(view).length >= view.settings.quotas.ports) return refuse(403, 'Maximum number of ports exceeded');
  const address = chooseAddress(network, wanted, view);
  const id = view.uuid();
  return {
    id,
    name: '',
    description: '',
    networkId: network.id,
    macAddress: macOf(id),
    fixedIps: [{ subnet_id: network.subnet.id, ip_address: address }],
    securityGroupIds: groupIds,
    deviceId: '',
    deviceOwner: '',
    tags: [],
    createdAtMs: view.nowMs,
    visibleAtMs: view.nowMs,
    isNovas: true,
  };
}

function findPorts({ networks }: ServerRequest, groupIds: readonly string[], view: View): readonly PortRow[] {
  if (networks === 'none') return [];
  // There are several networks to choose from, which is one too many for Nova.
  if (networks === undefined || networks === 'auto' || networks.length === 0)
    return refuse(
      409,
      'More than one possible network found. Specify network ID(s) to select which one(s) to connect to.',
    );
  return networks.map(({ port, uuid, fixed_ip: address }) => {
    if (port) return findPort(port, view);
    return uuid === undefined
      ? refuse(400, "Bad network format: missing 'uuid'")
      : makePort(findNetwork(uuid), address, groupIds, view);
  });
}

/** Durations of this server: other ones for every server of a name that came before it. */
function timesOf(name: string, { world, nowMs, settings }: View): Pick<ServerRow, 'builtAtMs' | 'sshAfterMs'> {
  const generation = [...world.server.values()].filter((server) => server.name === name).length;
  const between = (what: string, leastMs: number, mostMs: number): number =>
    leastMs + Math.round(spread(settings.seed, what, name, generation) * (mostMs - leastMs));
  return { builtAtMs: nowMs + between('build', 18_000, 35_000), sshAfterMs: between('boot', 12_000, 25_000) };
}

export function createServer(request: ApiRequest, view: View): ApiAnswer {
  const wanted = readCreate(request);
  const { world, nowMs } = view;
  const flavor = findFlavor(wanted);
  const zone = findZone(wanted);
  const imageId = findImageId(wanted, flavor);
  const groupNames = wanted.security_groups?.map(({ name }) => name) ?? ['default'];
  const ports = findPorts(wanted, findGroupIds(groupNames, view), view);
  if (wanted.key_name !== undefined && !world.keypair.has(wanted.key_name))
    return refuse(400, 'Invalid key_name provided.');
  const excess = describeExcess(view, { instances: 1, cores: flavor.vcpus, ram: flavor.ramMb });
  if (excess !== null) return refuse(403, excess);
  const id = view.uuid();
  const userData = wanted.user_data ?? '';
  const server: ServerRow = {
    id,
    name: wanted.name,
    imageId,
    flavorId: flavor.id,
    zone,
    metadata: wanted.metadata ?? {},
    tags: wanted.tags ?? [],
    keyName: wanted.key_name ?? null,
    userData,
    portIds: ports.map((port) => port.id),
    securityGroups: groupNames,
    isLocked: false,
    isStopped: false,
    createdAtMs: nowMs,
    ...timesOf(wanted.name, view),
    fault: null,
    firstBootId: view.uuid(),
    reboot: null,
    deletedAtMs: null,
    goneAtMs: null,
    isSoftDeleted: false,
    visibleAtMs: nowMs,
    hostKey: hostKeyFor(userData),
  };
  const links = linksOf(view, 'servers', id);
  return {
    status: 202,
    headers: { Location: `${view.url}/compute/v2.1/servers/${id}` },
    json: {
      server: {
        id,
        links,
        'OS-DCF:diskConfig': 'MANUAL',
        security_groups: groupNames.map((name) => ({ name })),
        adminPass: wanted.adminPass ?? view.uuid().replaceAll('-', '').slice(0, 12),
      },
    },
    changes: [
      put('server', id, server),
      ...ports.map((port) => put('port', port.id, { ...port, deviceId: id, deviceOwner: `compute:${zone}` })),
    ],
  };
}
