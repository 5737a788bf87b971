/** Package sources and the packages a node needs before DevStack is cloned. */

/** What clone, configuration and the CLI of a node need; DevStack installs everything else itself. */
const PACKAGES = 'git sudo ca-certificates openssl curl openssh-client iproute2 procps';

/** Exit 100 marks a fault of the mirror or the network, which a later attempt may not meet (devstack.md section 5, H and I). */
export const INSTALL_PACKAGES = `set -eu
if command -v apt-get >/dev/null 2>&1; then
  export DEBIAN_FRONTEND=noninteractive
  apt-get -q -o DPkg::Lock::Timeout=600 -o Acquire::Retries=5 update || exit 100
  apt-get -q -y -o DPkg::Lock::Timeout=600 -o Acquire::Retries=5 install ${PACKAGES} || exit 100
elif command -v dnf >/dev/null 2>&1; then
  dnf -q -y install ${PACKAGES.replace('openssh-client', 'openssh-clients').replace('iproute2', 'iproute').replace('procps', 'procps-ng')} || exit 100
else
  echo "neither apt-get nor dnf is here"
  exit 1
fi
`;

/**
 * Environment: SOURCES = folder of the uploaded files. apt files (*.list, *.sources) and yum files (*.repo) go where their tool looks;
 * the image's own sources are set aside, so that only the given ones count.
 */
export const WRITE_REPOSITORIES = `set -eu
if command -v apt-get >/dev/null 2>&1; then
  if [ -e /etc/apt/sources.list ]; then mv /etc/apt/sources.list /etc/apt/sources.list.before-builder; fi
  for file in /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources; do
    case "$file" in */builder-*) ;; *) if [ -e "$file" ]; then mv "$file" "$file.before-builder"; fi ;; esac
  done
  for file in "$SOURCES"/*.list "$SOURCES"/*.sources; do
    if [ -e "$file" ]; then install -m 0644 "$file" "/etc/apt/sources.list.d/builder-\${file##*/}"; fi
  done
else
  for file in "$SOURCES"/*.repo; do
    if [ -e "$file" ]; then install -m 0644 "$file" "/etc/yum.repos.d/builder-\${file##*/}"; fi
  done
fi
`;
