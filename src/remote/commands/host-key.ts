/** A server's host key made anew on the server itself, in two scripts, so that the new one is known before it is ever shown. */

/** Below /etc/ssh, so that installing is one rename on one file system, and the files are labeled as sshd may read them. */
const STAGE = '/etc/ssh/builder-host-key';
const LIVE = '/etc/ssh/ssh_host_ed25519_key';

/** Prints `host_key=`; the same answer when repeated, whatever became of the key since. */
export const MAKE_HOST_KEY = `set -eu
umask 077
install -d -m 0700 ${STAGE}
cd ${STAGE}
if [ ! -e made.pub ]; then
  rm -f made new new.pub
  ssh-keygen -q -t ed25519 -N '' -C "root@$(hostname)" -f new
  sync new new.pub
  mv new made
  mv new.pub made.pub
  sync .
fi
echo "host_key=$(cut -d' ' -f1,2 made.pub)"
`;

/**
 * Environment: HOST_KEY = what MAKE_HOST_KEY printed. The old key is kept aside until no copy of it is left in what cloud-init keeps
 * of the user data: it is overwritten there, length for length, since cloud-init reads its pickled copy again at each boot. Those in
 * the metadata service and on a config drive are not ours to change; they are worth nothing once nobody accepts that key.
 */
export const INSTALL_HOST_KEY = `set -eu
umask 077
export LC_ALL=C
check() {
  if [ "$(ssh-keygen -y -f "$1" | cut -d' ' -f1,2)" = "$HOST_KEY" ]; then return; fi
  echo "$1 is not the host key that was recorded"
  exit 1
}
cd ${STAGE}
if [ -e made ]; then
  check made
  if [ ! -e replaced ]; then
    cp ${LIVE} replaced.new
    mv replaced.new replaced
  fi
  # sshd does without the public half, but complains of one that does not fit.
  rm -f ${LIVE}.pub
  mv made ${LIVE}
  if command -v restorecon >/dev/null 2>&1; then restorecon ${LIVE}; fi
  sync . /etc/ssh
fi
check ${LIVE}
install -m 0644 made.pub ${LIVE}.pub

# sshd reads its keys again and keeps every session.
if [ -d /run/systemd/system ]; then
  for unit in ssh.service sshd.service; do
    if systemctl -q is-active "$unit"; then systemctl reload "$unit"; break; fi
  done
elif [ -s /run/sshd.pid ]; then
  kill -HUP "$(cat /run/sshd.pid)"
fi

if [ -e replaced ]; then
  # The seed of a key stands in whole lines, and not in the first of them, which every key has in common.
  sed -n '3,\${/^.\\{70\\}$/p}' replaced >secret
  sed "s|.*|s,&,$(printf %070d 0),g|" secret >blank
  for folder in /var/lib/cloud /run/cloud-init; do
    if [ -d "$folder" ]; then
      find "$folder" -type f -exec grep -qF -f secret {} \\; -exec sed -i -f blank {} \\;
    fi
  done
  rm -f secret blank replaced
fi
`;
