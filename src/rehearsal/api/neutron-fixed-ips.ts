/** Addresses of ports: what a request asks for, and what the network gives. */

import ipaddr from 'ipaddr.js';
import { NETWORKS, type NetworkFacts } from '../base-networks.ts';
import type { FixedIp } from '../world.ts';
import { findFreeAddress, isInSubnet } from './addresses.ts';
import { invalidValue, read } from './neutron-attributes.ts';
import { invalidInput, NeutronFault } from './neutron-fault.ts';
import { takenAddresses } from './neutron-world.ts';
import type { View } from './route.ts';

export interface WantedIp {
  readonly subnetId: string | null;
  readonly address: string | null;
}

/** A list, empty for a port without addresses. */
export function readFixedIps(value: unknown, name: string): readonly WantedIp[] {
  if (!Array.isArray(value))
    throw invalidValue(name, `Invalid data format for fixed IP: '${value === null ? 'None' : JSON.stringify(value)}'`);
  return value.map((wanted: unknown) => {
    const { subnet_id: subnetId, ip_address: address } = (wanted ?? {}) as Readonly<Record<string, unknown>>;
    if (address !== undefined && !(typeof address === 'string' && ipaddr.IPv4.isValidFourPartDecimal(address)))
      throw invalidValue(
        name,
        `'${typeof address === 'string' ? address : JSON.stringify(address)}' is not a valid IP address`,
      );
    return { subnetId: subnetId === undefined ? null : read.uuid(subnetId, name), address: address ?? null };
  });
}

function checkSubnet(subnetId: string, network: NetworkFacts): void {
  if (subnetId === network.subnet.id) return;
  if (!NETWORKS.some(({ subnet }) => subnet.id === subnetId))
    throw new NeutronFault(404, 'SubnetNotFound', `Subnet ${subnetId} could not be found.`);
  throw invalidInput(
    `Failed to create port on network ${network.id}, because fixed_ips included invalid subnet ${subnetId}`,
  );
}

function checkAddress(
  address: string,
  { subnetId }: WantedIp,
  { subnet }: NetworkFacts,
  taken: ReadonlySet<string>,
): void {
  if (!isInSubnet(subnet.cidr, address)) {
    const [type, what] =
      subnetId === null
        ? ['InvalidIpForNetwork', 'any of the subnets on the specified network']
        : ['InvalidIpForSubnet', 'the specified subnet'];
    throw new NeutronFault(400, type, `IP address ${address} is not a valid IP for ${what}.`);
  }
  if (taken.has(address))
    throw new NeutronFault(
      409,
      'IpAddressAlreadyAllocated',
      `IP address ${address} already allocated in subnet ${subnet.id}`,
    );
}

/** `own` are those the port has already. Nothing wished for means one from the network's subnet. */
export function allocateFixedIps(
  wishes: readonly WantedIp[] | undefined,
  network: NetworkFacts,
  view: View,
  own: readonly FixedIp[] = [],
): readonly FixedIp[] {
  const taken = new Set(takenAddresses(view, network.id));
  for (const { ip_address: address } of own) taken.delete(address);
  return (wishes ?? [{ subnetId: network.subnet.id, address: null }]).map((wish) => {
    if (wish.subnetId === null && wish.address === null)
      throw invalidInput('IP allocation requires subnet_id or ip_address');
    if (wish.subnetId !== null) checkSubnet(wish.subnetId, network);
    if (wish.address !== null) checkAddress(wish.address, wish, network, taken);
    const address = wish.address ?? giveAddress(network, taken);
    taken.add(address);
    return { subnet_id: network.subnet.id, ip_address: address };
  });
}

/** The lowest that nobody has. */
export function giveAddress(network: NetworkFacts, taken: ReadonlySet<string>): string {
  const address = findFreeAddress(network.subnet, taken);
  if (address !== null) return address;
  const message = `No more IP addresses available on network ${network.id}.`;
  throw new NeutronFault(409, 'IpAddressGenerationFailure', message);
}
