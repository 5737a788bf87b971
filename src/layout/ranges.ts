/** Arithmetic of IPv4 networks. */
import ipaddr from 'ipaddr.js';

/** Whether two IPv4 networks (`10.1.0.0/20`) share an address. Both must be valid. */
export function rangesOverlap(left: string, right: string): boolean {
  const [leftAddress, leftPrefix] = ipaddr.IPv4.parseCIDR(left);
  const [rightAddress, rightPrefix] = ipaddr.IPv4.parseCIDR(right);
  return leftAddress.match(rightAddress, Math.min(leftPrefix, rightPrefix));
}
