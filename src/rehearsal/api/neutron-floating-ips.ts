/** Floating IPs of the rehearsal cloud. https://docs.openstack.org/api-ref/network/v2/#floating-ips-floatingips */
import { NETWORKS, type NetworkFacts, ROUTER } from '../base-networks.ts';
import { isVisible } from '../living.ts';
import { type FloatingIpRow, type PortRow, put, remove } from '../world.ts';
import { type Form, read, readCreate, readUpdate } from './neutron-attributes.ts';
import { invalidInput, NeutronFault } from './neutron-fault.ts';
import { giveAddress } from './neutron-fixed-ips.ts';
import { answerList, answerShow, type Collection, type Shown, standardAttributes } from './neutron-listing.ts';
import { describePort, plugStateOf } from './neutron-port-view.ts';
import { checkQuota } from './neutron-quotas.ts';
import { floatingIpsOf, portsOf, takenAddresses } from './neutron-world.ts';
import type { ApiAnswer, ApiRequest, Route, View } from './route.ts';

const FLOATING_IPS: Collection = {
  key: 'floatingip',
  filters: ['floating_ip_address', 'floating_network_id', 'router_id', 'port_id', 'fixed_ip_address', 'status'],
  notFound: (id) => new NeutronFault(404, 'FloatingIPNotFound', `Floating IP ${id} could not be found`),
};

const READERS = {
  floating_network_id: read.uuid,
  port_id: read.uuidOrNull,
  fixed_ip_address: (value: unknown, name: string): string | null => (value === null ? null : read.text(value, name)),
  subnet_id: read.uuidOrNull,
  description: read.text,
};

const FORM: Form<typeof READERS> = {
  key: 'floatingip',
  readers: READERS,
  required: ['floating_network_id'],
  fixed: ['floating_network_id', 'subnet_id'],
  readOnly: ['id', 'status', 'router_id', 'port_details', 'tags', 'created_at', 'updated_at', 'revision_number'],
  adminOnly: ['floating_ip_address'],
};

/** The port it stands for, and which of the port's addresses. */
interface Association {
  readonly portId: string | null;
  readonly fixedAddress?: string;
}

const DETAILS = ['name', 'network_id', 'mac_address', 'admin_state_up', 'status', 'device_id', 'device_owner'];

function fixedAddressOf(row: Association, port: PortRow): string | null {
  return row.fixedAddress ?? port.fixedIps[0]?.ip_address ?? null;
}

function describeFloatingIp(row: FloatingIpRow, ports: readonly PortRow[], view: View): Shown {
  const port = row.portId === null ? undefined : ports.find(({ id }) => id === row.portId);
  const details = port === undefined ? [] : Object.entries(describePort(port, view));
  return {
    id: row.id,
    floating_ip_address: row.address,
    floating_network_id: row.networkId,
    router_id: port === undefined ? null : ROUTER.id,
    port_id: port?.id ?? null,
    fixed_ip_address: port === undefined ? null : fixedAddressOf(row, port),
    status: port !== undefined && plugStateOf(port, view).deviceId !== '' ? 'ACTIVE' : 'DOWN',
    port_details: port === undefined ? null : Object.fromEntries(details.filter(([name]) => DETAILS.includes(name))),
    ...standardAttributes(view, row),
  };
}

function visibleFloatingIps(view: View): readonly Shown[] {
  const ports = portsOf(view);
  return floatingIpsOf(view).flatMap((row) =>
    isVisible(row, view.nowMs) ? [describeFloatingIp(row, ports, view)] : [],
  );
}

function findFloatingIp({ params }: ApiRequest, view: View): FloatingIpRow {
  const row = floatingIpsOf(view).find(({ id }) => id === params['id']);
  if (row === undefined) throw FLOATING_IPS.notFound(params['id'] ?? '');
  return row;
}

function badFloatingIp(reason: string): NeutronFault {
  return new NeutronFault(400, 'BadRequest', `Bad floatingip request: ${reason}.`);
}

function chooseFixedIp(port: PortRow, wanted: string | null): PortRow['fixedIps'][number] {
  const [first, ...others] = port.fixedIps;
  if (wanted !== null) {
    const chosen = port.fixedIps.find((ip) => ip.ip_address === wanted);
    if (chosen === undefined) throw badFloatingIp(`Port ${port.id} does not have fixed ip ${wanted}`);
    return chosen;
  }
  if (first === undefined)
    throw badFloatingIp(`Cannot add floating IP to port ${port.id} that has no fixed IPv4 addresses`);
  if (others.length > 0)
    throw badFloatingIp(
      `Port ${port.id} has multiple fixed IPv4 addresses.  Must provide a specific IPv4 address when assigning a floating IP`,
    );
  return first;
}

/** Where a port is asked for, it must be reachable from the network and have no floating IP of it yet. */
function associate(
  { id, address, networkId }: Pick<FloatingIpRow, 'id' | 'address' | 'networkId'>,
  portId: string | null,
  wanted: string | null,
  view: View,
): Association {
  if (portId === null) {
    if (wanted !== null) throw badFloatingIp('fixed_ip_address cannot be specified without a port_id');
    return { portId };
  }
  const port = portsOf(view).find((one) => one.id === portId);
  if (port === undefined) throw new NeutronFault(404, 'PortNotFound', `Port ${portId} could not be found.`);
  const { subnet_id: subnetId, ip_address: fixedAddress } = chooseFixedIp(port, wanted);
  if (subnetId !== ROUTER.subnetId || networkId !== ROUTER.networkId)
    throw new NeutronFault(
      404,
      'ExternalGatewayForFloatingIPNotFound',
      `External network ${networkId} is not reachable from subnet ${subnetId}.  Therefore, cannot associate Port ${portId} with a Floating IP.`,
    );
  const isTaken = floatingIpsOf(view).some(
    (other) => other.id !== id && other.portId === portId && fixedAddressOf(other, port) === fixedAddress,
  );
  if (isTaken)
    throw new NeutronFault(
      409,
      'FloatingIPPortAlreadyAssociated',
      `Cannot associate floating IP ${address} (${id}) with port ${portId} using fixed IP ${fixedAddress}, as that fixed IP already has a floating IP on external network ${networkId}.`,
    );
  return { portId, ...(port.fixedIps.length > 1 ? { fixedAddress } : {}) };
}

function findExternalNetwork(id: string | undefined): NetworkFacts {
  const network = NETWORKS.find((one) => one.id === id);
  if (network === undefined) throw new NeutronFault(404, 'NetworkNotFound', `Network ${id ?? ''} could not be found.`);
  if (!network.isExternal) throw badFloatingIp(`Network ${network.id} is not a valid external network`);
  return network;
}

function answer(status: number, row: FloatingIpRow, view: View): ApiAnswer {
  return {
    status,
    json: { floatingip: describeFloatingIp(row, portsOf(view), view) },
    changes: [put('floating-ip', row.id, row)],
  };
}

function createFloatingIp(request: ApiRequest, view: View): ApiAnswer {
  const values = readCreate(request, FORM);
  checkQuota(view, 'floatingip');
  const network = findExternalNetwork(values.floating_network_id);
  const subnetId = values.subnet_id ?? network.subnet.id;
  if (subnetId !== network.subnet.id)
    throw invalidInput(
      `Failed to create port on network ${network.id}, because fixed_ips included invalid subnet ${subnetId}`,
    );
  const address = giveAddress(network, takenAddresses(view, network.id));
  const identity = { id: view.uuid(), address, networkId: network.id };
  const row: FloatingIpRow = {
    ...identity,
    ...associate(identity, values.port_id ?? null, values.fixed_ip_address ?? null, view),
    description: values.description ?? '',
    tags: [],
    createdAtMs: view.nowMs,
    visibleAtMs: view.nowMs,
  };
  return answer(201, row, view);
}

/** An empty update takes the address from its port, as Neutron has always had it. */
function updateFloatingIp(request: ApiRequest, view: View): ApiAnswer {
  const row = findFloatingIp(request, view);
  const values = readUpdate(request, FORM);
  const { fixedAddress, portId, ...rest } = row;
  const isEmpty = Object.keys(values).length === 0;
  const isAssociation = isEmpty || values.port_id !== undefined || values.fixed_ip_address !== undefined;
  const association = isAssociation
    ? associate(row, values.port_id ?? null, values.fixed_ip_address ?? null, view)
    : { portId, ...(fixedAddress === undefined ? {} : { fixedAddress }) };
  return answer(200, { ...rest, ...association, description: values.description ?? row.description }, view);
}

function deleteFloatingIp(request: ApiRequest, view: View): ApiAnswer {
  return { status: 204, changes: [remove('floating-ip', findFloatingIp(request, view).id)] };
}

function nameOfPort(portId: unknown, view: View): string {
  return portsOf(view).find(({ id }) => id === portId)?.name ?? '';
}

/** It has no name of its own: it goes by that of its port. */
function nameOfFloatingIp({ params }: ApiRequest, view: View): string {
  return nameOfPort(view.world['floating-ip'].get(params['id'] ?? '')?.portId, view);
}

function nameInCreate({ body }: ApiRequest, view: View): string {
  const wanted = (body as Record<string, Record<string, unknown> | null> | null)?.['floatingip'];
  return nameOfPort(wanted?.['port_id'], view);
}

const ALL = '/v2.0/floatingips';
const ONE = `${ALL}/:id`;

export const FLOATING_IP_ROUTES: readonly Route[] = [
  {
    operation: 'list-floating-ips',
    method: 'GET',
    pattern: ALL,
    handle: (request, view) => answerList(FLOATING_IPS, visibleFloatingIps(view), request, view),
  },
  { operation: 'create-floating-ip', method: 'POST', pattern: ALL, subject: nameInCreate, handle: createFloatingIp },
  {
    operation: 'show-floating-ip',
    method: 'GET',
    pattern: ONE,
    subject: nameOfFloatingIp,
    handle: (request, view) => answerShow(FLOATING_IPS, visibleFloatingIps(view), request),
  },
  { operation: 'update-floating-ip', method: 'PUT', pattern: ONE, subject: nameOfFloatingIp, handle: updateFloatingIp },
  {
    operation: 'delete-floating-ip',
    method: 'DELETE',
    pattern: ONE,
    subject: nameOfFloatingIp,
    handle: deleteFloatingIp,
  },
];
