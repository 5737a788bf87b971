#!/usr/bin/env bash
# Maps the compute hosts that registered with this controller since the last time.
if command -v nova-manage >/dev/null; then
  nova-manage cell_v2 discover_hosts --verbose
fi
