/** Ports of the rehearsal cloud. https://docs.openstack.org/api-ref/network/v2/#ports */
import { ACCOUNT } from '../account.ts';
import { DEFAULT_GROUP, NETWORKS, type NetworkFacts } from '../base-networks.ts';
import { isVisible } from '../living.ts';
import { type PortRow, put, remove } from '../world.ts';
import { type Form, invalidValue, nameInBody, read, readCreate, readUpdate } from './neutron-attributes.ts';
import { disallowed, NeutronFault } from './neutron-fault.ts';
import { allocateFixedIps, readFixedIps } from './neutron-fixed-ips.ts';
import { answerList, answerShow, type Collection, type Shown } from './neutron-listing.ts';
import { describePort } from './neutron-port-view.ts';
import { checkQuota } from './neutron-quotas.ts';
import { groupsOf, portsOf } from './neutron-world.ts';
import type { ApiAnswer, ApiRequest, Route, View } from './route.ts';

const PORTS: Collection = {
  key: 'port',
  filters: [
    'network_id',
    'mac_address',
    'admin_state_up',
    'status',
    'device_id',
    'device_owner',
    'fixed_ips',
    'security_groups',
  ],
  notFound: (id) => new NeutronFault(404, 'PortNotFound', `Port ${id} could not be found.`),
};

function readMac(value: unknown, name: string): string {
  const mac = read.text(value, name);
  if (!/^(?:[\da-f]{2}[:-]?){5}[\da-f]{2}$/i.test(mac)) throw invalidValue(name, `'${mac}' is not a valid MAC address`);
  return mac;
}

const READERS = {
  network_id: read.uuid,
  name: read.text,
  description: read.text,
  fixed_ips: readFixedIps,
  mac_address: readMac,
  security_groups: read.uuids,
  port_security_enabled: read.boolean,
  admin_state_up: read.boolean,
  device_id: read.text,
  device_owner: read.text,
  'binding:vnic_type': read.oneOf(['normal']),
  allowed_address_pairs: read.nothing,
  extra_dhcp_opts: read.nothing,
  /** Taken and dropped, as Neutron does: tags have requests of their own. */
  tags: read.tags,
};

const FORM: Form<typeof READERS> = {
  key: 'port',
  readers: READERS,
  required: ['network_id'],
  fixed: ['network_id', 'tags'],
  readOnly: ['id', 'status', 'created_at', 'updated_at', 'revision_number'],
  adminOnly: ['binding:'],
};

type PortValues = ReturnType<typeof readUpdate<typeof READERS>>;

/** Another project's network gives addresses, but no choice of them. */
function checkNetwork(network: NetworkFacts, values: PortValues): void {
  if (network.projectId === ACCOUNT.project.id) return;
  if (values.mac_address !== undefined) throw disallowed('(rule:create_port and rule:create_port:mac_address)');
  if (values.fixed_ips?.some(({ address }) => address !== null) === true)
    throw disallowed('(rule:create_port and (rule:create_port:fixed_ips and (rule:create_port:fixed_ips:ip_address)))');
  if (network.isExternal)
    throw new NeutronFault(
      403,
      'HTTPForbidden',
      `Tenant ${ACCOUNT.project.id} not allowed to create port on this network`,
    );
}

function bytesOf(mac: string): string {
  return mac.replaceAll(/[:-]/g, '').toLowerCase();
}

function macAddressFor(wanted: string | undefined, network: NetworkFacts, view: View): string {
  const macs = portsOf(view).flatMap((port) => (port.networkId === network.id ? [bytesOf(port.macAddress)] : []));
  if (wanted === undefined) {
    for (;;) {
      const mac = `fa:16:3e:${view
        .uuid()
        .slice(-6)
        .replaceAll(/..(?!$)/g, '$&:')}`;
      if (!macs.includes(bytesOf(mac))) return mac;
    }
  }
  if (!macs.includes(bytesOf(wanted))) return wanted;
  throw new NeutronFault(
    409,
    'MacAddressInUse',
    `Unable to complete operation for network ${network.id}. The mac address ${wanted} is in use.`,
  );
}

/** Without port security there are no groups; asked for together they contradict each other. */
function groupsFor(wanted: readonly string[] | undefined, isUnsecured: boolean, view: View): readonly string[] {
  if (isUnsecured) {
    if (wanted === undefined || wanted.length === 0) return [];
    throw new NeutronFault(
      400,
      'PortSecurityAndIPRequiredForSecurityGroups',
      'Port security must be enabled and port must have an IP address in order to use security groups.',
    );
  }
  const known = groupsOf(view).map(({ id }) => id);
  const unknown = wanted?.find((id) => !known.includes(id));
  if (unknown !== undefined)
    throw new NeutronFault(404, 'SecurityGroupNotFound', `Security group ${unknown} does not exist`);
  return wanted ?? [DEFAULT_GROUP.id];
}

function createPort(request: ApiRequest, view: View): ApiAnswer {
  const values = readCreate(request, FORM);
  const network = NETWORKS.find(({ id }) => id === values.network_id);
  if (network === undefined)
    throw new NeutronFault(404, 'NetworkNotFound', `Network ${values.network_id ?? ''} could not be found.`);
  checkNetwork(network, values);
  checkQuota(view, 'port');
  const deviceOwner = values.device_owner ?? '';
  const isUnsecured = values.port_security_enabled === false || deviceOwner.startsWith('network:');
  const port: PortRow = {
    id: view.uuid(),
    name: values.name ?? '',
    description: values.description ?? '',
    networkId: network.id,
    securityGroupIds: groupsFor(values.security_groups, isUnsecured, view),
    macAddress: macAddressFor(values.mac_address, network, view),
    fixedIps: allocateFixedIps(values.fixed_ips, network, view),
    deviceId: values.device_id ?? '',
    deviceOwner,
    tags: [],
    createdAtMs: view.nowMs,
    visibleAtMs: view.nowMs,
    isNovas: false,
    isUnsecured,
    isAdminDown: values.admin_state_up === false,
  };
  return { status: 201, json: { port: describePort(port, view) }, changes: [put('port', port.id, port)] };
}

function isOfRouter({ deviceOwner }: PortRow): boolean {
  return deviceOwner === 'network:router_interface' || deviceOwner === 'network:dhcp';
}

function findPort({ params }: ApiRequest, view: View): PortRow {
  const port = portsOf(view).find(({ id }) => id === params['id']);
  if (port === undefined) throw PORTS.notFound(params['id'] ?? '');
  return port;
}

function newFixedIps(port: PortRow, wanted: PortValues['fixed_ips'], view: View): PortRow['fixedIps'] {
  const network = NETWORKS.find(({ id }) => id === port.networkId);
  if (wanted === undefined || network === undefined) return port.fixedIps;
  if (!isOfRouter(port)) return allocateFixedIps(wanted, network, view, port.fixedIps);
  throw new NeutronFault(400, 'BadRequest', `Bad ports request: IP updates for port ${port.id} are not allowed.`);
}

function updatePort(request: ApiRequest, view: View): ApiAnswer {
  const port = findPort(request, view);
  const values = readUpdate(request, FORM);
  if (values.mac_address !== undefined) throw disallowed('(rule:update_port and rule:update_port:mac_address)');
  const isUnsecured =
    values.port_security_enabled === undefined ? port.isUnsecured === true : !values.port_security_enabled;
  if (isUnsecured && values.security_groups === undefined && port.securityGroupIds.length > 0)
    throw new NeutronFault(
      409,
      'PortSecurityPortHasSecurityGroup',
      'Port has security group associated. Cannot disable port security or IP address until security group is removed.',
    );
  const updated: PortRow = {
    ...port,
    name: values.name ?? port.name,
    description: values.description ?? port.description,
    deviceId: values.device_id ?? port.deviceId,
    deviceOwner: values.device_owner ?? port.deviceOwner,
    securityGroupIds: groupsFor(values.security_groups ?? port.securityGroupIds, isUnsecured, view),
    fixedIps: newFixedIps(port, values.fixed_ips, view),
    isUnsecured,
    isAdminDown: values.admin_state_up === undefined ? port.isAdminDown === true : !values.admin_state_up,
  };
  return { status: 200, json: { port: describePort(updated, view) }, changes: [put('port', port.id, updated)] };
}

function deletePort(request: ApiRequest, view: View): ApiAnswer {
  const port = findPort(request, view);
  if (isOfRouter(port))
    throw new NeutronFault(
      409,
      'ServicePortInUse',
      `Port ${port.id} cannot be deleted directly via the port API: has device owner ${port.deviceOwner}.`,
    );
  return { status: 204, changes: [remove('port', port.id)] };
}

function visiblePorts(view: View): readonly Shown[] {
  return portsOf(view).flatMap((port) => (isVisible(port, view.nowMs) ? [describePort(port, view)] : []));
}

function nameOfPort({ params }: ApiRequest, view: View): string {
  return portsOf(view).find(({ id }) => id === params['id'])?.name ?? '';
}

export const PORT_ROUTES: readonly Route[] = [
  {
    operation: 'list-ports',
    method: 'GET',
    pattern: '/v2.0/ports',
    handle: (request, view) => answerList(PORTS, visiblePorts(view), request, view),
  },
  {
    operation: 'create-port',
    method: 'POST',
    pattern: '/v2.0/ports',
    subject: (request) => nameInBody(request, 'port'),
    handle: createPort,
  },
  {
    operation: 'show-port',
    method: 'GET',
    pattern: '/v2.0/ports/:id',
    subject: nameOfPort,
    handle: (request, view) => answerShow(PORTS, visiblePorts(view), request),
  },
  { operation: 'update-port', method: 'PUT', pattern: '/v2.0/ports/:id', subject: nameOfPort, handle: updatePort },
  { operation: 'delete-port', method: 'DELETE', pattern: '/v2.0/ports/:id', subject: nameOfPort, handle: deletePort },
];
