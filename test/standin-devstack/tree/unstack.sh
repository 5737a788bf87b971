#!/usr/bin/env bash
# The stand-in of DevStack's unstack.sh: stops what stack.sh left running and keeps what the real one keeps.
# shellcheck disable=SC1091
set -o errexit
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
stop_units
rm -rf "$DATA_DIR/nova"
if is_service_enabled tls-proxy; then
  cleanup_CA
fi
