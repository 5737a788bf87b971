/** Protocols and ports of security group rules, as Neutron reads and checks them. */
import { invalidValue } from './neutron-attributes.ts';
import { NeutronFault } from './neutron-fault.ts';

/** https://www.iana.org/assignments/protocol-numbers; `ip` is what older clients say for any. */
const NUMBERS: Readonly<Record<string, number>> = {
  ah: 51,
  dccp: 33,
  egp: 8,
  esp: 50,
  gre: 47,
  hopopt: 0,
  icmp: 1,
  igmp: 2,
  ip: 0,
  ipip: 4,
  'ipv6-encap': 41,
  'ipv6-frag': 44,
  'ipv6-icmp': 58,
  icmpv6: 58,
  'ipv6-nonxt': 59,
  'ipv6-opts': 60,
  'ipv6-route': 43,
  ospf: 89,
  pgm: 113,
  rsvp: 46,
  sctp: 132,
  tcp: 6,
  udp: 17,
  udplite: 136,
  vrrp: 112,
};
const ICMP = [1, 58];
const WITH_PORTS = [6, 17, 33, 132, 136];
const IPV6_ONLY = [41, 43, 44, 58, 59, 60];

export interface PortRange {
  readonly protocol: string | null;
  readonly min: number | null;
  readonly max: number | null;
}

/** The same for a name and its number; null for any protocol. */
export function protocolNumber(protocol: string | null): number | null {
  return protocol === null ? null : (NUMBERS[protocol] ?? Number(protocol));
}

export function readProtocol(value: unknown): string | null {
  if (value === null) return null;
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text === 'string') {
    const protocol = text.toLowerCase();
    if (Object.hasOwn(NUMBERS, protocol) || (/^\d{1,3}$/.test(protocol) && Number(protocol) <= 255)) return protocol;
  }
  const names = Object.keys(NUMBERS).map((name) => `'${name}'`);
  throw new NeutronFault(
    400,
    'SecurityGroupRuleInvalidProtocol',
    `Security group rule protocol ${typeof text === 'string' ? text : JSON.stringify(text)} not supported. Only protocol values [None, ${names.join(', ')}] and integer representations [0 to 255] are supported.`,
  );
}

function badPort(port: string): NeutronFault {
  return new NeutronFault(400, 'SecurityGroupInvalidPortValue', `Invalid value for port ${port}`);
}

export function readPort(value: unknown, name: string): number | null {
  if (value === null) return null;
  if (typeof value !== 'number' && typeof value !== 'string') throw invalidValue(name, 'it is no number');
  const port = Number(value);
  if (!/^\d+$/.test(String(value)) || port > 65_535) throw badPort(String(value));
  return port;
}

function checkIcmp({ min, max }: PortRange): void {
  for (const [field, attribute, value] of [
    ['type', 'port_range_min', min],
    ['code', 'port_range_max', max],
  ] as const) {
    if (value !== null && value > 255)
      throw new NeutronFault(
        400,
        'SecurityGroupInvalidIcmpValue',
        `Invalid value for ICMP ${field} (${attribute}) ${value}. It must be 0 to 255.`,
      );
  }
  if (min === null && max !== null)
    throw new NeutronFault(
      400,
      'SecurityGroupMissingIcmpType',
      `ICMP code (port-range-max) ${max} is provided but ICMP type (port-range-min) is missing.`,
    );
}

export function checkPorts(range: PortRange): void {
  const { protocol, min, max } = range;
  const number = protocolNumber(protocol);
  if (min === null && max === null) return;
  if (number === null)
    throw new NeutronFault(
      400,
      'SecurityGroupProtocolRequiredWithPorts',
      'Must also specify protocol if port range is given.',
    );
  if (ICMP.includes(number)) {
    checkIcmp(range);
    return;
  }
  if (!WITH_PORTS.includes(number))
    throw new NeutronFault(
      400,
      'SecurityGroupInvalidProtocolForPort',
      `Ports cannot be specified for protocol ${number}. Ports are only supported for DCCP, SCTP, TCP, UDP, UDPLITE.`,
    );
  if (min === 0 || max === 0) throw badPort('0');
  if (min === null || max === null || min > max)
    throw new NeutronFault(
      400,
      'SecurityGroupInvalidPortRange',
      'For TCP/UDP protocols, port_range_min must be <= port_range_max',
    );
}

/** `icmp` of IPv6 is another protocol than that of IPv4; Neutron stores it by its own name. */
export function protocolFor(etherType: 'IPv4' | 'IPv6', protocol: string | null): string | null {
  if (etherType === 'IPv6') return protocol === 'icmp' || protocol === 'icmpv6' ? 'ipv6-icmp' : protocol;
  const number = protocolNumber(protocol);
  if (number === null || !IPV6_ONLY.includes(number)) return protocol;
  throw new NeutronFault(
    400,
    'SecurityGroupEthertypeConflictWithProtocol',
    `Invalid ethertype IPv4 for protocol ${protocol ?? ''}.`,
  );
}
