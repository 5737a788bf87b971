/** A hypervisor leaves a cloud that stays (devstack.md section 2.8): scripts for the API node, and one for the hypervisor itself. */
import { AS_STACK } from './stack-user.ts';

/**
 * Exit 100 where an API does not answer. Of 2.53 and later, services have ids that are unique over all cells. `ids` prints those of
 * the nova-compute services of a host: one, or none where nobody knows it any more. It is only ever asked in an assignment.
 */
const WORDS = `set -eu
os() { timeout 300 ${AS_STACK} OS_CLOUD=devstack-admin openstack "$@" </dev/null; }
nova_manage() { timeout 300 ${AS_STACK} nova-manage "$@" </dev/null; }
ids() { os --os-compute-api-version 2.53 compute service list --service nova-compute --host "$1" -f value -c ID || exit 100; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
`;

/** Environment: HOSTS = nova's names joined by blanks, REASON. From now on no guest is put on them. */
export const DISABLE_COMPUTE = `${WORDS}
for host in $HOSTS; do
  found=$(ids "$host")
  if [ -z "$found" ]; then echo "nova knows no $host"; continue; fi
  os compute service set --disable --disable-reason "$REASON" "$host" nova-compute || exit 100
done
`;

/** Environment: HOSTS. */
export const ENABLE_COMPUTE = `${WORDS}
for host in $HOSTS; do
  found=$(ids "$host")
  if [ -n "$found" ]; then os compute service set --enable "$host" nova-compute || exit 100; fi
done
`;

/**
 * Environment: HOSTS, CAN_MOVE = yes where nova can put guests elsewhere, DELETE = yes where what cannot move may be deleted. Guests that
 * run are moved alive, one after the other. Prints a line for each guest that is left: \`left=ID STATUS NAME\`.
 */
export const MOVE_GUESTS = `${WORDS}
# guests HOST: "ID STATUS NAME" lines; they come as "ID NAME STATUS", and a name may have blanks.
guests() {
  os server list --all-projects --host "$1" -f value -c ID -c Name -c Status >"$work/found" || exit 100
  sed 's/^\\([^ ]*\\) \\(.*\\) \\([^ ]*\\)$/\\1 \\3 \\2/' "$work/found" >"$work/listed"
}
for host in $HOSTS; do
  guests "$host"
  while read -r id status name; do
    case $CAN_MOVE:$status in
      yes:ACTIVE | yes:PAUSED)
        echo "moving $name ($id) away from $host"
        os --os-compute-api-version 2.30 server migrate --live-migration --wait "$id" || echo "$name did not move"
        ;;
    esac
  done <"$work/listed"
  if [ "$DELETE" = yes ]; then
    guests "$host"
    while read -r id _ name; do
      echo "deleting $name ($id) on $host"
      os server delete --wait "$id" || echo "$name was not deleted"
    done <"$work/listed"
  fi
  guests "$host"
  sed 's/^/left=/' "$work/listed"
done
`;

/** On the hypervisor: whatever DevStack runs there ends, and does not come back with a reboot. */
export const STOP_COMPUTE = `set -eu
units=$(systemctl list-units 'devstack@*' --all --no-legend --plain --full --no-pager | awk '{ print $1 }')
for unit in $units ovn-controller.service; do
  systemctl cat "$unit" >/dev/null 2>&1 || continue
  systemctl disable --now "$unit"
  if systemctl is-active --quiet "$unit"; then
    echo "$unit is still active"
    exit 1
  fi
done
`;

/**
 * The same in nova: services, mappings, providers. Each `find_` sets $found: an assignment ends the script where the question fails, as a
 * substitution among words would not.
 */
const HYPERVISORS = `find_mapping() {
  nova_manage cell_v2 list_hosts >"$work/hosts" || exit 100
  found=$(awk -F'|' -v host="$1" 'NF > 4 { gsub(/ /, ""); if ($4 == host) print $3 }' "$work/hosts")
}
find_provider() { found=$(os resource provider list --name "$1" -f value -c uuid) || exit 100; }
forget_hypervisors() {
  for host in $HOSTS; do
    found=$(ids "$host")
    for id in $found; do os --os-compute-api-version 2.53 compute service delete "$id"; done
    find_mapping "$host"
    for cell in $found; do nova_manage cell_v2 delete_host --cell_uuid "$cell" --host "$host"; done
    find_provider "$host"
    for id in $found; do os resource provider delete "$id"; done
  done
}
tell() { [ -z "$found" ] || echo "$1" >>"$work/known"; }
look_for_hypervisors() {
  for host in $HOSTS; do
    found=$(ids "$host")
    tell "nova's service of $host"
    find_mapping "$host"
    tell "the mapping of $host"
    find_provider "$host"
    tell "the resource provider of $host"
  done
}
`;

/** Until nobody knows what is to be forgotten; what is known still is told, with exit 1. Nova refuses to forget a host that has guests. */
function forgetting(forget: string, look: string): string {
  return `look=0
while :; do
  look=$((look + 1))
  ${forget}
  : >"$work/known"
  ${look}
  [ -s "$work/known" ] || break
  if [ "$look" -ge 10 ]; then
    echo "not forgotten: $(paste -sd, "$work/known")"
    exit 1
  fi
  sleep 3
done
`;
}

/** Environment: HOSTS. Takes the hypervisors out of nova, with their mappings and their providers. */
export const FORGET_HYPERVISORS = `${WORDS}${HYPERVISORS}${forgetting('forget_hypervisors', 'look_for_hypervisors')}`;

/** Environment: HOSTS, NODE, OVN = yes or no. Takes the hypervisors out of nova, and their node out of neutron and OVN. */
export const FORGET_COMPUTE = `${WORDS}${HYPERVISORS}
find_agents() { found=$(os network agent list --host "$NODE" -f value -c ID) || exit 100; }
find_chassis() {
  found=
  [ "$OVN" != yes ] ||
    found=$(ovn-sbctl --no-leader-only --timeout=60 --bare --columns=name find Chassis "hostname=$NODE") || exit 100
}
# Those of OVN go with their chassis: what was listed a moment ago may be gone.
forget_agents() {
  find_agents
  for id in $found; do os network agent delete "$id" || true; done
  find_chassis
  for name in $found; do ovn-sbctl --no-leader-only --timeout=60 --if-exists chassis-del "$name"; done
}
look_for_agents() {
  find_agents
  tell "neutron's agents of $NODE"
  find_chassis
  tell "OVN's chassis of $NODE"
}
${forgetting('forget_hypervisors\n  forget_agents', 'look_for_hypervisors\n  look_for_agents')}`;
