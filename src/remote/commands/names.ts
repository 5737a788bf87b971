/** Names fixed for good before the first stack.sh (devstack.md section 2.9): hostname, /etc/hosts of all nodes, cloud-init told to keep off. */

const BEGIN = '# builder: nodes of this cluster';
const END = '# builder: end';

/**
 * Environment: NODE_NAME, HOSTS = `address name` pairs joined by `|`. The short name stands first on the node's own
 * line, so that `hostname -f` is the planned name: OVN and nova both take it from there.
 */
export const SET_NAMES = `set -eu
printf '%s\\n' "$NODE_NAME" >/etc/hostname
hostname "$NODE_NAME"
if [ -d /etc/cloud/cloud.cfg.d ]; then
  printf 'manage_etc_hosts: false\\npreserve_hostname: true\\n' >/etc/cloud/cloud.cfg.d/99-builder-names.cfg
fi
draft=$(mktemp)
awk -v begin='${BEGIN}' -v end='${END}' '
  $0 == begin { ours = 1 }
  !ours && $1 != "127.0.1.1" { print }
  $0 == end { ours = 0 }
' /etc/hosts >"$draft"
{
  echo '${BEGIN}'
  printf '%s\\n' "$HOSTS" | tr '|' '\\n'
  echo '${END}'
} >>"$draft"
# /etc/hosts may be a mount point, so its content is replaced and not the file.
cat "$draft" >/etc/hosts
rm -f "$draft"
if [ "$(hostname)" != "$NODE_NAME" ] || [ "$(hostname -f)" != "$NODE_NAME" ]; then
  echo "hostname is $(hostname), hostname -f is $(hostname -f), planned is $NODE_NAME"
  exit 1
fi
printf '%s\\n' "$HOSTS" | tr '|' '\\n' | while read -r address name; do
  getent ahostsv4 "$name" | grep -q "^$address " || { echo "$name does not resolve to $address"; exit 1; }
done
`;
