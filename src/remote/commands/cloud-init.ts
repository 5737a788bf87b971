/** Waiting until a fresh server is ours: cloud-init has ended, automatic updates are off, the package lock is free. */

/** Takes and releases apt's lock, and mends a run of dpkg that was cut. */
export const MEND_PACKAGES = `  DEBIAN_FRONTEND=noninteractive dpkg --configure -a
  DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o DPkg::Lock::Timeout=600 install
`;

/** Exit 2 of `cloud-init status` means degraded, which is not fatal (devstack.md section 2.1, step 2). */
export const WAIT_CLOUD_INIT = `set -eu
if command -v cloud-init >/dev/null 2>&1; then
  code=0
  cloud-init status --wait >/dev/null 2>&1 || code=$?
  if [ "$code" != 0 ] && [ "$code" != 2 ]; then
    cloud-init status --long
    exit "$code"
  fi
fi
if command -v apt-get >/dev/null 2>&1; then
  if [ -d /run/systemd/system ]; then
    for unit in apt-daily.timer apt-daily-upgrade.timer apt-daily.service apt-daily-upgrade.service unattended-upgrades.service; do
      systemctl stop "$unit" >/dev/null 2>&1 || true
      systemctl mask "$unit" >/dev/null 2>&1 || true
    done
  fi
${MEND_PACKAGES}fi
`;
