/**
 * The overlay network (devstack.md section 2.5): a VXLAN device of the kernel with an entry for each peer, as the port of an Open
 * vSwitch bridge that holds the node's address. A script makes it what its files say, as often as it is run: by us, when the node
 * starts, and whenever Open vSwitch starts anew, with which in userspace a bridge's device and its address may go.
 */
import { FOLDER, type KeptProgram, PUT, putProgram, startUnit } from './kept-files.ts';
import { WAY_OUT } from './public-bridge.ts';

/**
 * Environment of `overlay.conf`: VNI, LOCAL (address between the servers), ADDRESS (with its prefix), MAC, MTU, DATAPATH.
 * `overlay.peers` has the others' addresses between the servers, one a line. `overlay.public`, where br-ex is joined, says GATEWAY:
 * br-ex's own address, or nothing.
 */
export const CONVERGE_OVERLAY = `#!/bin/sh
# The network between the nodes of this cluster, written by builder: makes it what the files beside overlay.conf say.
set -eu
# Whoever runs it at the same time waits.
exec 9>/run/builder-overlay.lock
flock 9
# shellcheck source=/dev/null
. ${FOLDER}/overlay.conf

# What the kernel cannot change of a device, its id and its port, never changes; a new address of ours makes a new device.
if ! ip -d link show dev vx-infra 2>/dev/null | grep -q " vxlan id $VNI local $LOCAL .*dstport 4790 "; then
  ovs-vsctl --if-exists del-port br-infra vx-infra
  ip link del vx-infra 2>/dev/null || true
  ip link add vx-infra type vxlan id "$VNI" dstport 4790 local "$LOCAL"
fi
ip link set vx-infra mtu "$MTU" up

# Frames for everybody go to every peer, and a device never forwards what came from one: a full mesh without loops.
peers_now() {
  bridge fdb show dev vx-infra | awk '$1 == "00:00:00:00:00:00" { for (i = 2; i < NF; i++) if ($i == "dst") print $(i + 1) }'
}
for peer in $(peers_now); do
  grep -qxF "$peer" ${FOLDER}/overlay.peers && continue
  bridge fdb del 00:00:00:00:00:00 dev vx-infra dst "$peer"
  # What was learned of it would be believed for minutes.
  bridge fdb show dev vx-infra | awk -v peer="$peer" '{ for (i = 2; i < NF; i++) if ($i == "dst" && $(i + 1) == peer) print $1 }' |
    while read -r mac; do bridge fdb del "$mac" dev vx-infra dst "$peer" || true; done
done
while read -r peer; do
  peers_now | grep -qxF "$peer" || bridge fdb append 00:00:00:00:00:00 dev vx-infra dst "$peer"
done <${FOLDER}/overlay.peers

# A bridge that was made for another datapath is made anew by Open vSwitch, without its address.
prepare_bridge() {
  ovs-vsctl --may-exist add-br "$1" -- set bridge "$1" datapath_type="$DATAPATH" -- set interface "$1" mtu_request="$MTU"
  if [ ! -e "/sys/class/net/$1" ]; then
    echo "Open vSwitch made no device for $1: $(ovs-vsctl get interface "$1" error)"
    if [ "$DATAPATH" = system ]; then
      echo "without its kernel module it takes localrc: {OVS_DATAPATH_TYPE: netdev}"
    fi
    exit 1
  fi
  ip link set "$1" up
}
hold_address() {
  for other in $(ip -4 -o address show dev "$1" | awk '{ print $4 }'); do
    if [ "$other" != "$2" ]; then ip address del "$other" dev "$1"; fi
  done
  ip address replace "$2" dev "$1"
}

${WAY_OUT}
prepare_bridge br-infra
# The same address on the wire after every restart: peers keep what they know of it.
ovs-vsctl set bridge br-infra other-config:hwaddr="\\"$MAC\\""
ovs-vsctl --may-exist add-port br-infra vx-infra
hold_address br-infra "$ADDRESS"

if [ -e ${FOLDER}/overlay.public ]; then
  # shellcheck source=/dev/null
  . ${FOLDER}/overlay.public
  prepare_bridge br-ex
  ovs-vsctl --may-exist add-port br-ex patch-to-infra -- set interface patch-to-infra type=patch options:peer=patch-to-ex \\
    -- --may-exist add-port br-infra patch-to-ex -- set interface patch-to-ex type=patch options:peer=patch-to-infra
  # DevStack makes a way out where it has routers itself; those of other nodes send what leaves here too.
  if [ -n "$GATEWAY" ]; then open_way_out "$GATEWAY"; fi
fi
`;

const PROGRAM: KeptProgram = {
  path: '/usr/local/sbin/builder-overlay',
  text: CONVERGE_OVERLAY,
  unit: 'builder-overlay.service',
  description: 'Network between the nodes of this cluster',
  // What ends tunnels on the bridge's address.
  before: ['ovn-controller.service', 'ovn-host.service', 'devstack@q-agt.service', 'devstack@q-ovn-agent.service'],
};

/**
 * Environment: RDO, the repository that DevStack itself takes Open vSwitch from on Enterprise Linux, where the distribution has
 * none. Exit 100 as in INSTALL_PACKAGES.
 */
export const INSTALL_OPENVSWITCH = `set -eu
if command -v apt-get >/dev/null 2>&1; then
  export DEBIAN_FRONTEND=noninteractive
  apt-get -q -y -o DPkg::Lock::Timeout=600 -o Acquire::Retries=5 install openvswitch-switch iputils-ping iptables || exit 100
  unit=openvswitch-switch.service
else
  if ! dnf -q list openvswitch >/dev/null 2>&1; then
    # shellcheck source=/dev/null
    version=$(. /etc/os-release && echo "\${VERSION_ID%%.*}")
    curl -fsS --retry 5 -o /etc/yum.repos.d/delorean-deps.repo.new "https://trunk.rdoproject.org/centos$version-$RDO/delorean-deps.repo" || exit 100
    mv -f /etc/yum.repos.d/delorean-deps.repo.new /etc/yum.repos.d/delorean-deps.repo
  fi
  dnf -q -y install openvswitch iputils iptables || exit 100
  unit=openvswitch.service
fi
systemctl enable --now "$unit"
ovs-vsctl --timeout=60 show >/dev/null
`;

/** Environment: as of `overlay.conf`, and PEERS, joined by blanks. Repeated with other peers it lets go of those that are gone. */
export const MAKE_OVERLAY = `set -eu
${PUT}
${putProgram(PROGRAM)}put ${FOLDER}/overlay.conf 0644 <<END_OF_CONF
VNI='$VNI'
LOCAL='$LOCAL'
ADDRESS='$ADDRESS'
MAC='$MAC'
MTU='$MTU'
DATAPATH='$DATAPATH'
END_OF_CONF
for peer in $PEERS; do echo "$peer"; done | put ${FOLDER}/overlay.peers 0644
sync ${FOLDER}/overlay.conf ${FOLDER}/overlay.peers
# Here its words are seen; the unit finds everything made.
${PROGRAM.path}
${startUnit(PROGRAM)}`;

/** Environment: GATEWAY = the address of br-ex with its prefix, or nothing. Joins br-ex to the overlay, for as long as the node lives. */
export const JOIN_PUBLIC_BRIDGE = `set -eu
${PUT}
echo "GATEWAY='$GATEWAY'" | put ${FOLDER}/overlay.public 0644
sync ${FOLDER}/overlay.public
${PROGRAM.path}
`;

/** Environment: PEERS = `name,address` pairs joined by blanks, SIZE = what fills a frame, LOOKS. Who does not answer is named. */
export const CHECK_OVERLAY = `set -eu
silent=$(mktemp)
# The first frames may be lost while the other end is made.
reach() {
  look=0
  until ping -n -q -c 1 -W 2 -M 'do' -s "$2" "$1" >/dev/null 2>&1; do
    look=$((look + 1))
    if [ "$look" -ge "$LOOKS" ]; then return 1; fi
    sleep 1
  done
}
for pair in $PEERS; do
  {
    if ! reach "\${pair#*,}" "$SIZE"; then
      if ping -n -q -c 1 -W 2 "\${pair#*,}" >/dev/null 2>&1; then
        echo "\${pair%%,*} answers, but not to frames of $((SIZE + 28)) bytes" >>"$silent"
      else
        echo "\${pair%%,*} does not answer at \${pair#*,}" >>"$silent"
      fi
    fi
  } &
done
wait
if [ -s "$silent" ]; then
  sort "$silent"
  rm -f "$silent"
  exit 1
fi
rm -f "$silent"
`;
