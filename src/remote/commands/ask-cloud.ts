/** Questions to the nodes of a built cloud: what runs, who is registered, who is mapped; each answered by a line of JSON. */
import { ERRORS_ALONE } from './service-errors.ts';
import { AS_STACK } from './stack-user.ts';

/**
 * What can be asked, and of which node it makes sense: `units` and `starts` of every node, `addresses` of those with tunnels, `messages` of
 * hypervisors, `chassis` where OVN's southbound database is, the rest where the API is (devstack.md section 4.1).
 */
export const QUESTIONS = [
  'units',
  'starts',
  'addresses',
  'messages',
  'compute-services',
  'hypervisors',
  'cells',
  'hosts',
  'upgrade',
  'providers',
  'inventories',
  'agents',
  'chassis',
  'volume-services',
] as const;
export type Question = (typeof QUESTIONS)[number];

/**
 * Environment: QUESTIONS = names joined by blanks. All are asked at once, since each call of `openstack` takes seconds. Prints a
 * line for each, in the order asked: `{"question", "exit", "stdout", "stderr"}`, both texts in base64, so that no byte of them
 * can break the line. Exit 0 whatever the answers are. nova-manage is not asked to be verbose: it would show passwords.
 */
export const ASK_CLOUD = `set -u
umask 022
answers=$(mktemp -d)
trap 'rm -rf "$answers"' EXIT
as_stack() { timeout 120 ${AS_STACK} OS_CLOUD=devstack-admin "$@" </dev/null; }
inventories() {
  count=0
  for provider in $(as_stack openstack resource provider list -f value -c uuid); do
    as_stack openstack resource provider inventory list "$provider" -f json >"$answers/inventory.$provider" &
    count=$((count + 1))
    [ $((count % 4)) -ne 0 ] || wait
  done
  wait
  for file in "$answers"/inventory.*; do
    [ ! -e "$file" ] || echo "\${file##*/inventory.} $(base64 -w0 <"$file")"
  done
}
# The time, how far the boot is, and since when nova-compute runs.
starts() {
  date +%s
  systemctl is-system-running 2>/dev/null || true
  unit=$(systemctl list-units 'devstack@n-cpu*' --no-legend --plain --full --no-pager | grep -oE 'devstack@n-cpu[^ ]*\\.service' | head -n 1)
  [ -n "$unit" ] || return 0
  # The start of a unit that was never started is empty, which would be today to date.
  started=$(TZ=UTC systemctl show --property ActiveEnterTimestamp --value "$unit")
  [ -z "$started" ] || date -d "$started" +%s
}
${ERRORS_ALONE}messages() {
  timeout 60 journalctl --unit 'devstack@n-cpu*' --since '10 minutes ago' --output cat --no-pager --quiet >"$answers/journal" ||
    return 1
  errors_alone <"$answers/journal"
}
ask() {
  case $1 in
    units) timeout 60 systemctl list-units 'devstack@*' --all --no-legend --plain --full --no-pager ;;
    compute-services) as_stack openstack compute service list -f json ;;
    hypervisors) as_stack openstack hypervisor list -f json ;;
    cells) as_stack nova-manage cell_v2 list_cells ;;
    hosts) as_stack nova-manage cell_v2 list_hosts ;;
    # DevStack links nova-manage and openstack to where others find them, this one it leaves in its environment.
    upgrade)
      # shellcheck disable=SC2016  # PATH is that of the inner shell
      as_stack sh -c 'PATH=/opt/stack/data/venv/bin:$PATH; nova-status upgrade check'
      ;;
    providers) as_stack openstack --os-placement-api-version 1.14 resource provider list -f json ;;
    inventories) inventories ;;
    starts) starts ;;
    addresses) ip -o addr show ;;
    messages) messages ;;
    volume-services) as_stack openstack volume service list -f json ;;
    agents) as_stack openstack network agent list -f json ;;
    chassis)
      ovn-sbctl --no-leader-only --timeout=60 --format=json --columns=name,hostname list Chassis &&
        ovn-sbctl --no-leader-only --timeout=60 --format=json --columns=chassis_name,type,ip list Encap
      ;;
    *) echo "no such question: $1" >&2; return 2 ;;
  esac
}
for question in $QUESTIONS; do
  { ask "$question" >"$answers/$question.out" 2>"$answers/$question.err"; echo $? >"$answers/$question.exit"; } &
done
wait
for question in $QUESTIONS; do
  printf '{"question":"%s","exit":%s,"stdout":"%s","stderr":"%s"}\\n' "$question" "$(cat "$answers/$question.exit")" \\
    "$(base64 -w0 <"$answers/$question.out")" "$(tail -c 2000 "$answers/$question.err" | base64 -w0)"
done
`;
