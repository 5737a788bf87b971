/** Where pip and apt of a node get packages from. */

/**
 * Environment: PIP_CONF, APT_CONF (each base64, or empty for nothing). What an image brings as pip.conf is set aside; apt reads our
 * file after those that are there.
 */
export const WRITE_MIRRORS = `set -eu
put() {
  printf '%s' "$1" | base64 -d >"$2.builder-new"
  chmod 0644 "$2.builder-new"
  mv -f "$2.builder-new" "$2"
  sync "$2"
}
if [ -n "$PIP_CONF" ]; then
  if [ -e /etc/pip.conf ] && ! grep -q '^# Written by builder' /etc/pip.conf; then
    mv /etc/pip.conf /etc/pip.conf.before-builder
  fi
  put "$PIP_CONF" /etc/pip.conf
fi
if [ -n "$APT_CONF" ] && [ -d /etc/apt/apt.conf.d ]; then
  put "$APT_CONF" /etc/apt/apt.conf.d/95builder-mirrors
fi
`;
