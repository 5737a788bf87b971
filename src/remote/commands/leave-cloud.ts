/** A hypervisor leaves a cloud that stays (devstack.md section 2.8): scripts for the API node, and one for the hypervisor itself. */
import { AS_STACK } from './stack-user.ts';

/**
 * Words for scripts that ask the cloud as its admin. Exit 100 where an API does not answer. Of 2.53 and later, services have ids that are
 * unique over all cells. `ids` prints those of the nova-compute services of a host: one, or none where nobody knows it any more. It is
 * only ever asked in an assignment.
 */
export const ADMIN_WORDS = `set -eu
os() { timeout 300 ${AS_STACK} OS_CLOUD=devstack-admin openstack "$@" </dev/null; }
nova_manage() { timeout 300 ${AS_STACK} nova-manage "$@" </dev/null; }
ids() { os --os-compute-api-version 2.53 compute service list --service nova-compute --host "$1" -f value -c ID || exit 100; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
`;

/** Environment: HOSTS = nova's names joined by blanks, REASON. From now on no guest is put on them. */
export const DISABLE_COMPUTE = `${ADMIN_WORDS}
for host in $HOSTS; do
  found=$(ids "$host")
  if [ -z "$found" ]; then echo "nova knows no $host"; continue; fi
  os compute service set --disable --disable-reason "$REASON" "$host" nova-compute || exit 100
done
`;

/** Environment: HOSTS. */
export const ENABLE_COMPUTE = `${ADMIN_WORDS}
for host in $HOSTS; do
  found=$(ids "$host")
  if [ -n "$found" ]; then os compute service set --enable "$host" nova-compute || exit 100; fi
done
`;

/**
 * Environment: HOSTS, CAN_MOVE = yes where nova can put guests elsewhere, DELETE = yes where what cannot move may be deleted. Guests that
 * run are moved alive, one after the other. Prints a line for each guest that is left: \`left=ID STATUS NAME\`.
 */
export const MOVE_GUESTS = `${ADMIN_WORDS}
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
