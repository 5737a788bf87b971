#!/usr/bin/env bash
# The stand-in of DevStack's unstack.sh: stops and removes what the real one does, goes on after what fails, and ends as its last
# command does, which edits a file that is not there before stack.sh has cloned anything.
# shellcheck disable=SC1091
TOP_DIR=$(cd "$(dirname "$0")" && pwd)
if [[ $EUID -eq 0 ]]; then
  echo 'You are running this script as root.'
  echo "It might work but you will have a better day running it as stack"
  exit 1
fi
# shellcheck disable=SC2034  # read by stackrc
RC_DIR=$TOP_DIR
source "$TOP_DIR/functions"
source "$TOP_DIR/stackrc"
source "$TOP_DIR/lib/tls"
source "$TOP_DIR/lib/services"
set -o xtrace
run_phase unstack
stop_units
rm -rf "$DATA_DIR/nova"
if is_service_enabled tls-proxy; then
  cleanup_CA
fi
rm -Rf "$DEST/async"
sudo sed -i "\\+directory = ${DEST}+ d" /etc/gitconfig
