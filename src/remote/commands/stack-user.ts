/** The user stack, as upstream's CI makes it: four commands that may be repeated (devstack.md section 2.2). */

export const CREATE_STACK_USER = `set -eu
getent group stack >/dev/null || groupadd stack
getent passwd stack >/dev/null || useradd -g stack -s /bin/bash -d /opt/stack -m stack
# Ubuntu makes homes 0750, and DevStack refuses a /opt/stack that others cannot enter.
install -d -m 0755 -o stack -g stack /opt/stack /opt/stack/.cache /opt/stack/logs
draft=$(mktemp)
echo 'stack ALL=(ALL) NOPASSWD: ALL' >"$draft"
visudo -cqf "$draft"
install -m 0440 -o root -g root "$draft" /etc/sudoers.d/50_stack_sh
rm -f "$draft"
runuser -u stack -- sudo -n true
`;

/** Runs the rest of a script's words as user stack with a clean login-like environment (devstack.md section 2.7). */
export const AS_STACK =
  'runuser -u stack -- env -i HOME=/opt/stack USER=stack LOGNAME=stack SHELL=/bin/bash TERM=dumb LANG=C.UTF-8 ' +
  'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Where DevStack is checked out on every node. */
export const CHECKOUT = '/opt/stack/devstack';
