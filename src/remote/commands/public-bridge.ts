/** The bridge of the public network on the node with the APIs: what DevStack makes of it for one boot is there after the next ones too. */
import { FOLDER, PUT } from './kept-files.ts';

const PROGRAM = '/usr/local/sbin/builder-public-bridge';
const UNIT = 'builder-public-bridge.service';

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

/** Whenever Open vSwitch starts, with which in userspace the bridge's device is made anew. */
const PUBLIC_BRIDGE_UNIT = `[Unit]
Description=Gateway of the public network
After=ovs-vswitchd.service openvswitch-switch.service openvswitch.service
PartOf=ovs-vswitchd.service

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=${PROGRAM}

[Install]
WantedBy=multi-user.target ovs-vswitchd.service
`;

/** Environment: GATEWAY = the address that DevStack gives br-ex, with its prefix. Where it gave none, there is nothing to keep. */
export const KEEP_PUBLIC_BRIDGE = `set -eu
${PUT}
if ! ip -4 -o address show dev br-ex 2>/dev/null | grep -qF " $GATEWAY "; then
  echo "br-ex has no address $GATEWAY"
  exit 0
fi
install -d -m 0755 ${FOLDER} /usr/local/sbin
echo "GATEWAY='$GATEWAY'" | put ${FOLDER}/public-bridge 0644
put ${PROGRAM} 0755 <<'END_OF_PROGRAM'
${CONVERGE_PUBLIC_BRIDGE}END_OF_PROGRAM
put /etc/systemd/system/${UNIT} 0644 <<'END_OF_UNIT'
${PUBLIC_BRIDGE_UNIT}END_OF_UNIT
sync ${FOLDER}/public-bridge ${PROGRAM} /etc/systemd/system/${UNIT}
systemctl daemon-reload
systemctl enable ${UNIT}
systemctl start ${UNIT}
`;
