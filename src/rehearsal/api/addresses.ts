/** IPv4 addresses of a subnet: which ones it gives out, and the first that is free. */
import ipaddr from 'ipaddr.js';

export interface AddressRange {
  readonly cidr: string;
  readonly gateway: string;
}

export interface AddressPool {
  readonly start: string;
  readonly end: string;
}

export interface Prefix {
  /** With its length, as it was given. */
  readonly given: string;
  /** Without the bits of the host. */
  readonly normalized: string;
  readonly family: 'IPv4' | 'IPv6';
}

function toNumber(address: string): number {
  return ipaddr.IPv4.parse(address).octets.reduce((sum, octet) => sum * 256 + octet, 0);
}

function toAddress(number: number): string {
  return [24, 16, 8, 0].map((bits) => (number >>> bits) & 255).join('.');
}

function boundsOf(cidr: string): readonly [first: number, last: number] {
  const network = toNumber(ipaddr.IPv4.networkAddressFromCIDR(cidr).toString());
  return [network + 1, toNumber(ipaddr.IPv4.broadcastAddressFromCIDR(cidr).toString()) - 1];
}

/** What DHCP gives out. The gateway is the first address of its subnet in every network of the base world. */
export function poolOf({ cidr, gateway }: AddressRange): AddressPool {
  return { start: toAddress(toNumber(gateway) + 1), end: toAddress(boundsOf(cidr)[1]) };
}

/** Whether a host of the subnet may have the address. */
export function isInSubnet(cidr: string, address: string): boolean {
  const [first, last] = boundsOf(cidr);
  const number = toNumber(address);
  return first <= number && number <= last;
}

/** The lowest address of the pool that nobody has; null when there is none. */
export function findFreeAddress(range: AddressRange, taken: ReadonlySet<string>): string | null {
  const pool = poolOf(range);
  const end = toNumber(pool.end);
  for (let number = toNumber(pool.start); number <= end; number += 1) {
    const address = toAddress(number);
    if (!taken.has(address)) return address;
  }
  return null;
}

/** A prefix or a single address; null for anything else. */
export function readPrefix(text: string): Prefix | null {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return readPrefix(`${text}/32`);
  if (ipaddr.IPv6.isValid(text)) return readPrefix(`${text}/128`);
  const length = text.slice(text.indexOf('/') + 1);
  if (ipaddr.IPv4.isValidCIDRFourPartDecimal(text))
    return {
      given: text,
      normalized: `${ipaddr.IPv4.networkAddressFromCIDR(text).toString()}/${length}`,
      family: 'IPv4',
    };
  if (ipaddr.IPv6.isValidCIDR(text))
    return {
      given: text,
      normalized: `${ipaddr.IPv6.networkAddressFromCIDR(text).toRFC5952String()}/${length}`,
      family: 'IPv6',
    };
  return null;
}
