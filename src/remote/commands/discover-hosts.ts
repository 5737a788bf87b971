/** Mapping hypervisors to their cell, on the API node. */
import { AS_STACK, CHECKOUT } from './stack-user.ts';

/**
 * Environment: EXPECTED = hypervisor names joined by blanks, CELLS = `cell/name` of each joined by blanks or empty, LOOKS. Maps
 * hosts until every expected one is mapped; prints `mapped=NAME` lines. Exit 1 when some stay away, or one is in another cell
 * than it was planned for. Never run two at once (devstack.md section 5, B).
 */
export const DISCOVER_HOSTS = `set -eu
as_stack() { ${AS_STACK} "$@" </dev/null; }
cd ${CHECKOUT}
look=0
while :; do
  look=$((look + 1))
  as_stack ./tools/discover_hosts.sh || echo "discover_hosts.sh failed, looking again"
  found=$(as_stack nova-manage cell_v2 list_hosts |
    awk -F'|' 'NF > 4 && $2 !~ /Cell Name/ { gsub(/ /, ""); print $2 "/" $4 }')
  mapped=$(printf '%s\\n' "$found" | sed 's,.*/,,')
  missing=
  for host in $EXPECTED; do
    printf '%s\\n' "$mapped" | grep -qx "$host" || missing="$missing $host"
  done
  [ -n "$missing" ] || break
  if [ "$look" -ge "$LOOKS" ]; then
    echo "not mapped to a cell:$missing"
    exit 1
  fi
  sleep 3
done
for place in $CELLS; do
  printf '%s\\n' "$found" | grep -qxF "$place" && continue
  echo "\${place#*/} is not mapped to \${place%%/*}, but to $(printf '%s\\n' "$found" | grep "/\${place#*/}$")"
  exit 1
done
printf '%s\\n' "$mapped" | sed -n 's/^./mapped=&/p'
`;
