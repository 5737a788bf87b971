#!/usr/bin/env bash
# The stand-in of DevStack's stack.sh: the same questions, milestones, logs and exit codes as the real one, in seconds.
# shellcheck disable=SC1090,SC1091,SC2154  # variables come from local.conf, which only bash can read

set -o xtrace
unset LANG LANGUAGE
export LC_ALL=C.UTF-8
for variable in "${!OS_@}"; do unset "$variable"; done
umask 022
PATH=$PATH:/usr/local/bin:/usr/local/sbin:/usr/sbin:/sbin
TOP_DIR=$(cd "$(dirname "$0")" && pwd)
# shellcheck disable=SC2034  # stackrc reads it
RC_DIR=$TOP_DIR

if [[ $EUID -eq 0 ]]; then
  set +o xtrace
  echo 'DevStack should be run as a user with sudo permissions, '
  echo 'not root.'
  echo 'A "stack" user configured correctly can be created with:'
  echo " $TOP_DIR/tools/create-stack-user.sh"
  exit 1
fi
if [[ -n ${VIRTUAL_ENV:-} ]]; then
  set +o xtrace
  echo 'You appear to be running under a python virtualenv.'
  exit 1
fi
if [[ -e $HOME/.no-devstack ]]; then
  set +o xtrace
  echo "You've marked this host as a no-devstack host, to save yourself from"
  exit 1
fi

source "$TOP_DIR/functions"
rm -f "$TOP_DIR/.stackenv" "$TOP_DIR/.localrc.auto"
extract_localrc_section "$TOP_DIR/local.conf" "$TOP_DIR/.localrc.auto"
source "$TOP_DIR/stackrc"
source "$TOP_DIR/lib/tls"
source "$TOP_DIR/lib/services"
source "$TOP_DIR/lib/noise"
source "$TOP_DIR/lib/milestones"

# What tests count: one line per start, kept outside everything that a second run clears.
echo "$(date -u +%FT%TZ) $(hostname) $ENABLED_SERVICES" | sudo tee -a /var/log/standin-stack-runs >/dev/null
write_devstack_version

sudo mkdir -p "$DEST" "$LOGDIR" "$DATA_DIR"
sudo chown -R "$STACK_USER" "$LOGDIR" "$DATA_DIR"

# Real DevStack's file descriptors: 3 is the first stdout, 1 and 2 the log, 6 the summary.
function echo_summary {
  echo -e "$@" >&6
}

exec 3>&1
if [[ -n ${LOGFILE:-} ]]; then
  started=$(date +%F-%H%M%S)
  LOGFILE_LINK=$LOGFILE
  LOGFILE=$LOGFILE.$started
  SUMFILE=$LOGFILE.summary.$started
  if [[ $VERBOSE == True ]]; then
    exec 1> >(python3 "$TOP_DIR/tools/outfilter.py" -v -o "$LOGFILE") 2>&1
    exec 6> >(python3 "$TOP_DIR/tools/outfilter.py" -o "$SUMFILE")
  else
    exec 1> >(python3 "$TOP_DIR/tools/outfilter.py" -o "$LOGFILE") 2>&1
    exec 6> >(python3 "$TOP_DIR/tools/outfilter.py" -v -o "$SUMFILE" >&3)
  fi
  echo_summary "stack.sh log $LOGFILE"
  ln -sf "$LOGFILE" "$LOGFILE_LINK"
  ln -sf "$SUMFILE" "$LOGFILE_LINK.summary"
else
  [[ $VERBOSE == True ]] || exec 1>/dev/null 2>&1
  exec 6> >(python3 "$TOP_DIR/tools/outfilter.py" -v >&3)
fi
check_path_perm_sanity "$DEST"

trap exit_trap EXIT
function exit_trap {
  local status=$?
  local running
  running=$(jobs -p)
  if [[ -n $running && -n ${LOGFILE:-} && $VERBOSE == True ]]; then
    echo 'exit_trap: cleaning up child processes'
    # shellcheck disable=SC2086  # one process id per word
    kill $running 2>&1
  fi
  if [[ $status -ne 0 ]]; then
    echo 'Error on exit'
    dump_world
  fi
  exit "$status"
}

trap err_trap ERR
function err_trap {
  local status=$?
  set +o xtrace
  echo "${0##*/} failed${LOGFILE:+: full log in $LOGFILE}"
  exit "$status"
}
set -o errexit

uname -a
if is_service_enabled mysql || [[ -n ${DATABASE_TYPE:-} ]]; then
  echo "Using ${DATABASE_TYPE:-mysql} database backend"
  read_password DATABASE_PASSWORD 'ENTER A PASSWORD TO USE FOR THE DATABASE.'
else
  echo 'No database enabled'
fi
if is_service_enabled rabbit; then
  read_password RABBIT_PASSWORD 'ENTER A PASSWORD TO USE FOR RABBIT.'
fi
if is_service_enabled keystone; then
  read_password SERVICE_PASSWORD 'ENTER A SERVICE_PASSWORD TO USE FOR THE SERVICE AUTHENTICATION.'
  read_password ADMIN_PASSWORD 'ENTER A PASSWORD TO USE FOR HORIZON AND KEYSTONE (20 CHARS OR LESS).'
fi
if is_service_enabled s-proxy; then
  read_password SWIFT_HASH 'ENTER A RANDOM SWIFT HASH.'
fi
save_stackenv

begin_milestones
while read -r weight condition action text <&9; do
  if is_wanted "$condition"; then
    reach_milestone "$weight" "$text"
    "$action"
  fi
done 9<<<"$MILESTONES"
finish_milestones

if is_service_enabled n-cpu; then
  is_nova_ready
fi
if is_service_enabled n-api; then
  if is_service_enabled n-cpu; then
    "$TOP_DIR/tools/discover_hosts.sh"
  else
    echo_summary 'SKIPPING Cell setup because n-cpu is not enabled.' \
      'You will have to do this manually before you have a working environment.'
  fi
  "$VENV_BIN/nova-status" --config-file "$NOVA_CONF" upgrade check
fi
if is_service_enabled cinder; then
  echo_summary 'Configuring lvm.conf global device filter'
fi
if is_service_enabled tempest; then
  echo_summary 'Initializing Tempest'
  configure_tempest
  echo_summary 'Installing Tempest Plugins'
fi

set +o xtrace
exec 1>&3
if [[ -n ${LOGFILE:-} ]]; then
  exec 1> >(tee -a "$LOGFILE") 2>&1
fi
print_totals
echo_summary "stack.sh completed in $SECONDS seconds."
exec 1>&3
exec 2>&3
exec 3>&-
exec 6>&-
