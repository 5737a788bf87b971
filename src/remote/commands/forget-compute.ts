/** A hypervisor is forgotten by those who know it (devstack.md section 2.8): scripts for the API node. */
import { ADMIN_WORDS } from './leave-cloud.ts';

/**
 * Words about nova's part: services, mappings, providers. Each `find_` sets $found: an assignment ends the script where the question
 * fails, as a substitution among words would not.
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
export const FORGET_HYPERVISORS = `${ADMIN_WORDS}${HYPERVISORS}${forgetting('forget_hypervisors', 'look_for_hypervisors')}`;

/** Environment: HOSTS, NODE, OVN = yes or no. Takes the hypervisors out of nova, and their node out of neutron and OVN. */
export const FORGET_COMPUTE = `${ADMIN_WORDS}${HYPERVISORS}
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
