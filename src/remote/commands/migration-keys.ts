/** SSH between hypervisors for live migration: root of each may log in as stack on the others (devstack.md section 2.4). */

/** Prints `root_key=` and `host_key=`; the same answer when repeated. */
export const MAKE_MIGRATION_KEY = `set -eu
install -d -m 0700 /root/.ssh
if [ ! -e /root/.ssh/id_ed25519 ]; then
  rm -f /root/.ssh/id_ed25519.new /root/.ssh/id_ed25519.new.pub
  ssh-keygen -q -t ed25519 -N '' -C "root@$(hostname)" -f /root/.ssh/id_ed25519.new
  mv /root/.ssh/id_ed25519.new.pub /root/.ssh/id_ed25519.pub
  mv /root/.ssh/id_ed25519.new /root/.ssh/id_ed25519
fi
echo "root_key=$(cat /root/.ssh/id_ed25519.pub)"
echo "host_key=$(cut -d' ' -f1,2 /etc/ssh/ssh_host_ed25519_key.pub)"
`;

/** Environment: KEYS = root keys joined by `|`, HOSTS = `name,address key` lines joined by `|`. Our block is replaced whole. */
export const TRUST_MIGRATION_KEYS = `set -eu
begin='# builder: live migration'
end='# builder: end'
replace_block() {
  touch "$1"
  draft=$(mktemp)
  awk -v begin="$begin" -v end="$end" '$0 == begin { ours = 1 } !ours { print } $0 == end { ours = 0 }' "$1" >"$draft"
  { echo "$begin"; printf '%s\\n' "$2" | tr '|' '\\n'; echo "$end"; } >>"$draft"
  cat "$draft" >"$1"
  rm -f "$draft"
}
install -d -m 0700 -o stack -g stack /opt/stack/.ssh
replace_block /opt/stack/.ssh/authorized_keys "$KEYS"
chown stack:stack /opt/stack/.ssh/authorized_keys
chmod 0600 /opt/stack/.ssh/authorized_keys
replace_block /etc/ssh/ssh_known_hosts "$HOSTS"
chmod 0644 /etc/ssh/ssh_known_hosts
`;

/** Environment: PEERS = names joined by blanks. Every login is tried, all that fail are named. */
export const CHECK_MIGRATION_SSH = `set -eu
failed=
for peer in $PEERS; do
  ssh -o BatchMode=yes -o ConnectTimeout=10 "stack@$peer" true </dev/null || failed="$failed $peer"
done
if [ -n "$failed" ]; then echo "cannot log in to:$failed"; exit 1; fi
`;
