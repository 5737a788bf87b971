/** What tells one overlay from another, and one node's bridge on it from another's, whenever they are made. */
import { createHash } from 'node:crypto';

/** One of the 16 million networks a VXLAN can have: frames of another cluster's are none of ours, whoever delivers them. */
export function networkIdOf(clusterId: string): number {
  return (createHash('sha256').update(`${clusterId}/overlay`).digest().readUIntBE(0, 3) || 1) & 0xff_ff_ff;
}

/** The MAC of a node's bridge: a locally administered one, from its address on the overlay, so that both stay together. */
export function bridgeMacOf(address: string): string {
  const octets = address.split('.').map((octet) => Number(octet).toString(16).padStart(2, '0'));
  return ['02', 'b5', ...octets].join(':');
}
