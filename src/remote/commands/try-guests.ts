/** Servers in the built cloud that prove it works: booted on each hypervisor, pinging each other, moved, and removed. */
import { AS_STACK } from './stack-user.ts';

/** What verify makes in a built cloud is called `builder-verify-RUN-…`, RUN eight hex digits; nothing else is ever removed. */
const PREFIX = 'builder-verify-';

/** The rest of a guest's user data, which cirros runs at boot with its output on the console. Pings go on until the peer is up. */
const GUEST_SCRIPT = `echo "$mark up"
for peer in $peers; do
  (
    tries=0
    until ping -c 1 -W 1 "$peer" >/dev/null 2>&1; do
      tries=$((tries + 1))
      [ "$tries" -lt 300 ] || exit 0
      sleep 1
    done
    echo "$mark ping $peer"
  ) &
done`;

/** Words of the scripts below; `$work` is the folder of the run. */
const WORDS = `
os() { timeout 600 ${AS_STACK} OS_CLOUD=devstack-admin openstack "$@" </dev/null; }
doing() { echo "{\\"fact\\":\\"doing\\",\\"what\\":\\"$1\\"}"; }
encode_end() { tail -c 1000 "$1" | base64 -w0; }
names() { sort -u "$1" | sed 's/.*/"&"/' | paste -sd, -; }
# stop FILE: nothing further can be tried; the file says why.
stop() {
  echo "{\\"fact\\":\\"stopped\\",\\"why\\":\\"$(encode_end "$1")\\"}"
  exit 0
}
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
# ours KIND: "ID NAME" lines; fails where nobody could look.
ours() {
  # shellcheck disable=SC2086
  os $1 list -f value -c ID -c Name >"$work/listed" 2>>"$work/remove.err" || return 1
  grep -E '^[0-9a-f-]{36} ${PREFIX}[0-9a-f]{8}-(guest|port|group)-[A-Za-z0-9.-]+$' "$work/listed" || true
}
remove_ours() {
  for kind in server port 'security group'; do
    if ! ours "$kind" >"$work/ours" || [ ! -s "$work/ours" ]; then continue; fi
    cut -d' ' -f2 "$work/ours" >>"$work/removed"
    wait_for=
    [ "$kind" != server ] || wait_for=--wait
    # shellcheck disable=SC2046,SC2086
    os $kind delete $wait_for $(cut -d' ' -f1 "$work/ours") >>"$work/remove.err" 2>&1
  done
}
left() {
  for kind in server port 'security group'; do
    if ours "$kind" >"$work/ours"; then cut -d' ' -f2 "$work/ours"; else echo "perhaps a $kind, which nobody could list"; fi
  done
}
finish() {
  trap '' INT TERM HUP
  doing 'removing the servers'
  for try in 1 2 3; do
    remove_ours
    left >"$work/left"
    [ -s "$work/left" ] || break
    [ "$try" = 3 ] || sleep 3
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
  printf '#!/bin/sh\\nmark="%s"\\npeers="%s"\\n%s\\n' "$mark" "$peers" "$GUEST_SCRIPT" >"$work/$1.user-data"
  os --os-compute-api-version 2.74 server create --image "$image" --flavor "$flavor" --port "$(cat "$work/$1.port-id")" \\
    --user-data "$work/$1.user-data" --host "$1" --wait "$mark-guest-$1" >"$work/$1.created" 2>>"$work/$1.error"
  os server show "$mark-guest-$1" -f json >"$work/$1.server" 2>>"$work/$1.error"
  if grep -qE '"status": *"ACTIVE"' "$work/$1.server"; then : >"$work/$1.active"; fi
}
lacks_up() { ! grep -qE "$mark up|login:" "$work/$1.console" 2>/dev/null; }
# Of peers that run: nobody can reach the others.
lacks_pings() {
  for other in $HOSTS; do
    if [ "$other" != "$1" ] && [ -e "$work/$other.active" ]; then
      grep -qE "$mark ping $(cat "$work/$other.address")([^0-9.]|$)" "$work/$1.console" || return 0
    fi
  done
  return 1
}
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
  grep -oE "$mark ping [0-9.]+" "$work/$1.console" | sed 's/.* //' >"$work/$1.pinged"
  if lacks_up "$1"; then up=false; else up=true; fi
  printf '{"fact":"guest","host":"%s","address":"%s","port":"%s","up":%s,"pinged":[%s],"server":"%s","console":"%s","error":"%s"}\\n' \\
    "$1" "$(cat "$work/$1.address")" "$(cat "$work/$1.port-status")" "$up" "$(names "$work/$1.pinged")" \\
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

/**
 * Environment: RUN = eight hex digits, HOSTS = nova's service hosts joined by blanks, NETWORK, PING = yes or no, MIGRATE = `FROM TO`
 * or empty, BOOT_S and PING_S = patience in seconds. One job for all of it, so that the guests go away also when the builder is
 * killed meanwhile; two verifies wait for each other. Prints lines of JSON, each with its `fact`: doing, swept, stopped, guest,
 * migrated, left; texts from outside in base64. Commands and versions: devstack.md sections 4.2 to 4.4.
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
${WORDS}${REMOVAL}${GUESTS}
exec 9>/run/builder-verify.lock
echo 'another verify has been trying servers in this cloud for twenty minutes' >"$work/why"
flock -w 1200 9 || stop "$work/why"
doing 'removing what an earlier verify left'
: >"$work/removed"
remove_ours
echo "{\\"fact\\":\\"swept\\",\\"names\\":[$(names "$work/removed")]}"
trap finish EXIT
trap 'exit 143' INT TERM HUP
doing 'making ports for the servers'
os network show "$NETWORK" -f value -c id >"$work/network" 2>"$work/why" || stop "$work/why"
network_id=$(cat "$work/network")
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
if [ "$PING" = yes ]; then
  doing 'waiting for the servers to reach each other'
  listen pings "$PING_S"
fi
together look_at_port
for host in $HOSTS; do tell_guest "$host"; done
if [ -n "$MIGRATE" ] && [ -e "$work/\${MIGRATE%% *}.active" ]; then
  doing 'migrating a server that runs'
  # shellcheck disable=SC2086
  migrate $MIGRATE
fi
`;
