/** How much fits into a frame, from the servers' network to the overlay on it; what neutron's tunnels cost is neutron's to subtract. */

/** Of VXLAN over IPv4: the outer IP header (20), UDP (8), VXLAN (8), and the inner Ethernet header (14) (devstack.md section 2.5). */
const VXLAN = 50;
/** Of an echo request over IPv4: the IP header (20) and ICMP's own (8). */
const ECHO = 28;

/** MTU of the overlay network between servers on networks of these MTUs. */
export function overlayMtu(...networks: readonly number[]): number {
  return Math.min(...networks) - VXLAN;
}

/** What a ping must carry to fill a frame of this MTU. */
export function echoSize(mtu: number): number {
  return mtu - ECHO;
}
