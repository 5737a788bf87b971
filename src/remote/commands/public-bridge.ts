/** The bridge of the public network on the node with the APIs: what DevStack makes of it for one boot is there after the next ones too. */
import { FOLDER, type KeptProgram, PUT, putProgram, startUnit } from './kept-files.ts';

/** A word for scripts: `open_way_out ADDRESS`, with its prefix. br-ex has it, and what guests' routers send there leaves under the node's own. */
export const WAY_OUT = `open_way_out() {
  ip address replace "$1" dev br-ex
  echo 1 >/proc/sys/net/ipv4/ip_forward
  iptables -w -t nat -C POSTROUTING -s "$1" ! -o br-ex -j MASQUERADE 2>/dev/null ||
    iptables -w -t nat -A POSTROUTING -s "$1" ! -o br-ex -j MASQUERADE
}
`;

/** What the unit runs. */
export const CONVERGE_PUBLIC_BRIDGE = `#!/bin/sh
# The gateway of the public network, written by builder: gives br-ex what DevStack gave it.
set -eu
${WAY_OUT}
# shellcheck source=/dev/null
. ${FOLDER}/public-bridge
ip link set br-ex up
open_way_out "$GATEWAY"
`;

const PROGRAM: KeptProgram = {
  path: '/usr/local/sbin/builder-public-bridge',
  text: CONVERGE_PUBLIC_BRIDGE,
  unit: 'builder-public-bridge.service',
  description: 'Gateway of the public network',
  before: [],
};

/** Environment: GATEWAY = the address that DevStack gives br-ex, with its prefix. Where it gave none, there is nothing to keep. */
export const KEEP_PUBLIC_BRIDGE = `set -eu
${PUT}
if ! ip -4 -o address show dev br-ex 2>/dev/null | grep -qF " $GATEWAY "; then
  echo "br-ex has no address $GATEWAY"
  exit 0
fi
${putProgram(PROGRAM)}echo "GATEWAY='$GATEWAY'" | put ${FOLDER}/public-bridge 0644
sync ${FOLDER}/public-bridge
${startUnit(PROGRAM)}`;
