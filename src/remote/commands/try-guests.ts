/** Servers in the built cloud that prove it works: booted on each hypervisor, pinging each other, moved, and removed. */
import { RESOURCES } from './try-resources.ts';
import { VERIFY_WORDS } from './verify-words.ts';

/** What verify makes in a built cloud is called `builder-verify-RUN-…`, RUN eight hex digits; nothing else is ever removed. */
const PREFIX = 'builder-verify-';

/**
 * The rest of a guest's user data, which cirros runs at boot with its output on the console. Pings go on until the peer is up. With
 * `size`, each peer gets one as big as the network carries: busybox has no way to forbid fragments, but a guest cuts nothing up that
 * fits its own interface, and tunnels carry no fragments, so that a reply proves the size in both directions (devstack.md section 4.3).
 */
const GUEST_SCRIPT = `echo "$mark up"
echo "$mark mtu $(cat /sys/class/net/e*/mtu 2>/dev/null | head -n 1)"
for peer in $peers; do
  (
    tries=0
    until ping -c 1 -W 1 "$peer" >/dev/null 2>&1; do
      tries=$((tries + 1))
      [ "$tries" -lt 300 ] || exit 0
      sleep 1
    done
    echo "$mark ping $peer"
    [ -n "$size" ] || exit 0
    tries=0
    until ping -c 1 -W 2 -s "$size" "$peer" >/dev/null 2>&1; do
      tries=$((tries + 1))
      [ "$tries" -lt 60 ] || exit 0
      sleep 1
    done
    echo "$mark full $peer"
  ) &
done`;

/** What is done for every host. */
const TOGETHER = `
# together COMMAND: for every host, four at a time, since each takes a processor for seconds.
together() {
  count=0
  for host in $HOSTS; do
    "$1" "$host" &
    count=$((count + 1))
    [ $((count % 4)) -ne 0 ] || wait
  done
  wait
}
`;

/** Taking away: what this verify made, and what an earlier one left that was killed. */
const REMOVAL = `
# Kinds in the order in which they can go; an address goes before what it leads to.
kinds() {
  printf '%s\n' 'floating ip' server port
  [ "$HAS_VOLUMES" != yes ] || echo volume
  echo 'security group'
}
# ours KIND: "ID NAME" lines; fails where nobody could look.
ours() {
  name=Name
  [ "$1" != 'floating ip' ] || name=Description
  # shellcheck disable=SC2046,SC2086
  os $1 list $([ "$name" = Name ] || echo --long) -f value -c ID -c "$name" >"$work/listed" 2>>"$work/remove.err" || return 1
  grep -E '^[0-9a-f-]{36} ${PREFIX}[0-9a-f]{8}-(guest|port|group|address|volume)-[A-Za-z0-9.-]+$' "$work/listed" || true
}
remove_ours() {
  kinds >"$work/kinds"
  while read -r kind; do
    if ! ours "$kind" >"$work/ours" || [ ! -s "$work/ours" ]; then continue; fi
    cut -d' ' -f2 "$work/ours" >>"$work/removed"
    wait_for=
    [ "$kind" != server ] || wait_for=--wait
    # shellcheck disable=SC2046,SC2086
    os $kind delete $wait_for $(cut -d' ' -f1 "$work/ours") >>"$work/remove.err" 2>&1
  done <"$work/kinds"
}
left() {
  kinds >"$work/kinds"
  while read -r kind; do
    if ours "$kind" >"$work/ours"; then cut -d' ' -f2 "$work/ours"; else echo "perhaps a $kind, which nobody could list"; fi
  done <"$work/kinds"
}
finish() {
  trap '' INT TERM HUP
  doing 'removing the servers'
  # A volume is wiped before it is gone, which takes its time.
  for try in 1 2 3 4 5 6; do
    remove_ours
    left >"$work/left"
    [ -s "$work/left" ] || break
    [ "$try" = 6 ] || sleep 3
  done
  echo "{\\"fact\\":\\"left\\",\\"names\\":[$(names "$work/left")],\\"error\\":\\"$(encode_end "$work/remove.err")\\"}"
  rm -rf "$work"
}
`;

/** Making one guest for a host, and hearing what it says. */
const GUESTS = `
make_port() {
  : >"$work/$1.error"
  os port create --network "$network_id" --security-group "$group" "$mark-port-$1" -f json >"$work/$1.port" 2>"$work/$1.error" ||
    return 0
  grep -oE '"id": *"[0-9a-f-]{36}"' "$work/$1.port" | grep -oE '[0-9a-f-]{36}' | head -n 1 >"$work/$1.port-id"
  sed -nE 's/.*ip_address[^0-9]*([0-9]+\\.[0-9]+\\.[0-9]+\\.[0-9]+).*/\\1/p' "$work/$1.port" | head -n 1 >"$work/$1.address"
}
boot() {
  [ -s "$work/$1.port-id" ] || return 0
  peers=
  for other in $HOSTS; do
    if [ "$PING" = yes ] && [ "$other" != "$1" ] && [ -s "$work/$other.address" ]; then
      peers="$peers $(cat "$work/$other.address")"
    fi
  done
  printf '#!/bin/sh\\nmark="%s"\\npeers="%s"\\nsize="%s"\\n%s\\n' "$mark" "$peers" "$size" "$GUEST_SCRIPT" >"$work/$1.user-data"
  os --os-compute-api-version 2.74 server create --image "$image" --flavor "$flavor" --port "$(cat "$work/$1.port-id")" \\
    --user-data "$work/$1.user-data" --host "$1" --wait "$mark-guest-$1" >"$work/$1.created" 2>>"$work/$1.error"
  os server show "$mark-guest-$1" -f json >"$work/$1.server" 2>>"$work/$1.error"
  if grep -qE '"status": *"ACTIVE"' "$work/$1.server"; then : >"$work/$1.active"; fi
}
lacks_up() { ! grep -qE "$mark up|login:" "$work/$1.console" 2>/dev/null; }
lacks_data() { ! grep -q "$mark up" "$work/$1.console" 2>/dev/null; }
# Of peers that run: nobody can reach the others.
lacks_word_of_peers() {
  for other in $HOSTS; do
    if [ "$other" != "$2" ] && [ -e "$work/$other.active" ]; then
      grep -qE "$mark $1 $(cat "$work/$other.address")([^0-9.]|$)" "$work/$2.console" || return 0
    fi
  done
  return 1
}
lacks_pings() { lacks_word_of_peers ping "$1"; }
lacks_full() { lacks_word_of_peers full "$1"; }
read_console() {
  if [ -e "$work/$1.active" ] && "lacks_$wanted" "$1"; then
    os console log show "$mark-guest-$1" >"$work/$1.console.new" 2>>"$work/$1.error" && mv "$work/$1.console.new" "$work/$1.console"
  fi
}
# listen WANTED SECONDS: reads the consoles until no guest that runs lacks it, or the time is over.
listen() {
  wanted=$1
  deadline=$(($(date +%s) + $2))
  while :; do
    together read_console
    lacking=
    for host in $HOSTS; do
      if [ -e "$work/$host.active" ] && "lacks_$wanted" "$host"; then lacking=yes; fi
    done
    if [ -z "$lacking" ] || [ "$(date +%s)" -ge "$deadline" ]; then break; fi
    sleep 3
  done
}
look_at_port() {
  [ ! -s "$work/$1.port-id" ] || os port show "$(cat "$work/$1.port-id")" -f value -c status >"$work/$1.port-status" 2>>"$work/$1.error"
}
tell_guest() {
  for file in address server console port-status; do [ -e "$work/$1.$file" ] || : >"$work/$1.$file"; done
  for word in ping full; do grep -oE "$mark $word [0-9.]+" "$work/$1.console" | sed 's/.* //' >"$work/$1.$word"; done
  guest_mtu=$(sed -nE "s/.*$mark mtu ([0-9]+).*/\\1/p" "$work/$1.console" | head -n 1)
  if lacks_up "$1"; then up=false; else up=true; fi
  if lacks_data "$1"; then told=false; else told=true; fi
  printf '{"fact":"guest","host":"%s","address":"%s","port":"%s","up":%s,"told":%s,"mtu":%s,"pinged":[%s],"full":[%s],' \\
    "$1" "$(cat "$work/$1.address")" "$(cat "$work/$1.port-status")" "$up" "$told" "\${guest_mtu:-null}" \\
    "$(names "$work/$1.ping")" "$(names "$work/$1.full")"
  printf '"server":"%s","console":"%s","error":"%s"}\\n' \\
    "$(base64 -w0 <"$work/$1.server")" "$(encode_end "$work/$1.console")" "$(encode_end "$work/$1.error")"
}
# migrate FROM TO: what the server says afterwards counts, for nova may quietly leave it where it was.
migrate() {
  os --os-compute-api-version 2.30 server migrate --live-migration --host "$2" --wait "$mark-guest-$1" >"$work/migrate.error" 2>&1
  code=$?
  os server show "$mark-guest-$1" -f json >"$work/migrated" 2>>"$work/migrate.error"
  printf '{"fact":"migrated","from":"%s","to":"%s","exit":%s,"server":"%s","error":"%s"}\\n' \\
    "$1" "$2" "$code" "$(base64 -w0 <"$work/migrated")" "$(encode_end "$work/migrate.error")"
}
`;

/** The servers from their ports to their last words. */
const STAGES = `
try_guests() {
  doing 'making ports for the servers'
  os network show "$NETWORK" -f json >"$work/network" 2>"$work/why" || stop "$work/why"
  network_id=$(sed -nE 's/.*"id": *"([0-9a-f-]{36})".*/\\1/p' "$work/network" | head -n 1)
  mtu=$(sed -nE 's/.*"mtu": *([0-9]+).*/\\1/p' "$work/network" | head -n 1)
  echo "{\\"fact\\":\\"network\\",\\"mtu\\":\${mtu:-null}}"
  size=
  # Headers of IP and ICMP are 28 bytes.
  if [ "$FULL_SIZE" = yes ] && [ -n "$mtu" ]; then size=$((mtu - 28)); fi
  os image list --status active -f value -c ID -c Name >"$work/images" 2>"$work/why" || stop "$work/why"
  image=$({ grep -i cirros "$work/images" || cat "$work/images"; } | head -n 1 | cut -d' ' -f1)
  os flavor list -f value -c Name >"$work/flavors" 2>"$work/why" || stop "$work/why"
  flavor=$(head -n 1 "$work/flavors")
  for small in m1.tiny m1.micro m1.nano cirros256; do
    if grep -qx "$small" "$work/flavors"; then flavor=$small; fi
  done
  echo 'there is no active image, or no flavor, to boot a server with' >"$work/why"
  if [ -z "$image" ] || [ -z "$flavor" ]; then stop "$work/why"; fi
  os security group create "$mark-group-all" -f value -c id >"$work/group" 2>"$work/why" || stop "$work/why"
  group=$(cat "$work/group")
  os security group rule create --proto icmp "$group" >/dev/null 2>"$work/why" || stop "$work/why"
  together make_port
  doing 'booting a server on each hypervisor'
  together boot
  doing 'waiting for the servers to speak'
  listen up "$BOOT_S"
  # Who has booted has asked for its user data before, or is about to run it.
  listen data 20
  if [ "$PING" = yes ]; then
    doing 'waiting for the servers to reach each other'
    listen pings "$PING_S"
  fi
  if [ -n "$size" ]; then listen full "$FULL_S"; fi
  together look_at_port
  for host in $HOSTS; do tell_guest "$host"; done
  if [ "$FLOATING_IP" = yes ]; then
    outermost=
    for host in $HOSTS; do [ ! -e "$work/$host.active" ] || outermost=$host; done
    doing 'reaching a server by a floating IP'
    [ -z "$outermost" ] || try_floating_ip "$outermost"
  fi
  if [ -n "$MIGRATE" ] && [ -e "$work/\${MIGRATE%% *}.active" ]; then
    doing 'migrating a server that runs'
    # shellcheck disable=SC2086
    migrate $MIGRATE
  fi
}
`;

/**
 * Environment: RUN = eight hex digits, HOSTS = nova's service hosts joined by blanks, NETWORK, PUBLIC_NETWORK, MIGRATE = `FROM TO`
 * or empty; PING, FULL_SIZE, FLOATING_IP, VOLUME = whether that is tried, yes or no; HAS_VOLUMES = whether the cloud knows volumes at
 * all, so that those of an earlier verify are looked for; BOOT_S, PING_S, FULL_S, FLOATING_S and VOLUME_S = patience in seconds. One
 * job for all of it, so that everything goes away also when the builder is killed meanwhile; two verifies wait for each other. Prints lines of JSON, each with its `fact`: doing, swept, stopped, network, guest, floating-ip,
 * volume, migrated, left; texts from outside in base64. Commands and versions: devstack.md sections 4.2 to 4.4.
 */
export const TRY_GUESTS = `set -u
umask 022
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 0755 "$work"
mark=${PREFIX}$RUN
GUEST_SCRIPT=$(cat <<'GUEST-SCRIPT-END'
${GUEST_SCRIPT}
GUEST-SCRIPT-END
)
${VERIFY_WORDS}${TOGETHER}${REMOVAL}${GUESTS}${RESOURCES}${STAGES}
take_turn
doing 'removing what an earlier verify left'
: >"$work/removed"
remove_ours
echo "{\\"fact\\":\\"swept\\",\\"names\\":[$(names "$work/removed")]}"
trap finish EXIT
trap 'exit 143' INT TERM HUP
if [ "$VOLUME" = yes ]; then
  doing 'making a volume'
  try_volume
fi
[ -z "$HOSTS" ] || try_guests
`;
