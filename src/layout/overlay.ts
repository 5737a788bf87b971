/** Addresses on the overlay network: each node's own for as long as the cluster lives, whoever comes or goes. */
import ipaddr from 'ipaddr.js';

/** Beside the ranges that DevStack and its CI use, clear of what clouds, containers and VPNs usually take. */
export const OVERLAY_RANGE = '172.24.8.0/22';

function toNumber(address: string): number {
  return ipaddr.IPv4.parse(address).octets.reduce((sum, octet) => sum * 256 + octet, 0);
}

function toAddress(value: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
}

/** How many nodes an IPv4 range has addresses for: all but its first and its last. */
export function nodesInRange(range: string): number {
  return 2 ** (32 - ipaddr.IPv4.parseCIDR(range)[1]) - 2;
}

/**
 * An address for each name, from the first of the range on. Whoever is in `taken` keeps what it has, also while others leave, so that
 * no node's files ever have to follow the place of its name in a list.
 *
 * @throws RangeError where the range is too small, which the layout's rules never let through.
 */
export function assignOverlayAddresses(
  range: string,
  names: readonly string[],
  taken: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const first = toNumber(ipaddr.IPv4.networkAddressFromCIDR(range).toString()) + 1;
  const used = new Set(Object.values(taken));
  const free = (function* () {
    for (let index = 0; index < nodesInRange(range); index += 1) {
      const address = toAddress(first + index);
      if (!used.has(address)) yield address;
    }
  })();
  const next = (): string => {
    const { value } = free.next();
    if (value === undefined) throw new RangeError(`${range} has no address left`);
    return value;
  };
  return Object.fromEntries(names.map((name) => [name, taken[name] ?? next()]));
}
