/** How a port looks now: its device, its status, and what a member is shown of it. */
import { isUnplugged } from '../living.ts';
import { stateOf } from '../server-life.ts';
import type { PortRow } from '../world.ts';
import { type Shown, standardAttributes } from './neutron-listing.ts';
import type { View } from './route.ts';

interface PlugState {
  readonly deviceId: string;
  readonly deviceOwner: string;
  readonly status: 'ACTIVE' | 'DOWN';
}

/** A server that is gone has left its ports behind; one that does not run leaves them DOWN. */
export function plugStateOf(port: PortRow, { world, nowMs }: View): PlugState {
  const { deviceId, deviceOwner } = port;
  if (deviceOwner.startsWith('compute:')) {
    const server = world.server.get(deviceId);
    if (server === undefined || isUnplugged(world, port, nowMs))
      return { deviceId: '', deviceOwner: '', status: 'DOWN' };
    const { status } = stateOf(server, nowMs);
    const isUp = (status === 'ACTIVE' || status === 'REBOOT') && port.isAdminDown !== true;
    return { deviceId, deviceOwner, status: isUp ? 'ACTIVE' : 'DOWN' };
  }
  return { deviceId, deviceOwner, status: deviceId !== '' && deviceOwner.startsWith('network:') ? 'ACTIVE' : 'DOWN' };
}

export function describePort(port: PortRow, view: View): Shown {
  const { deviceId, deviceOwner, status } = plugStateOf(port, view);
  return {
    id: port.id,
    name: port.name,
    network_id: port.networkId,
    mac_address: port.macAddress,
    admin_state_up: port.isAdminDown !== true,
    status,
    device_id: deviceId,
    device_owner: deviceOwner,
    fixed_ips: port.fixedIps,
    allowed_address_pairs: [],
    extra_dhcp_opts: [],
    security_groups: port.securityGroupIds,
    'binding:vnic_type': 'normal',
    port_security_enabled: port.isUnsecured !== true,
    ...standardAttributes(view, port),
  };
}
