# Part 3 of the agent: the processes around a script, and the record of its end.
# shellcheck shell=sh
# shellcheck disable=SC2015,SC2034,SC2154  # see base.sh, with which this makes one script
# is_child: the recorded process still is the one that was started (pid, start time, boot).
is_child() {
  [ "$(field started boot_id)" = "$boot" ] || return 1
  pid=$(field child pid)
  [ "$pid" != none ] || return 1
  { read -r line <"/proc/$pid/stat"; } 2>/dev/null || return 1
  born=$(field child born)
  # shellcheck disable=SC2086
  set -- ${line##*) }
  [ "$1" != Z ] && [ "${20}" = "$born" ]
}

# Everything of the job's own unit but our supervisors and wrappers, which share the session they were started in.
kill_unit() {
  unit=$(field child cgroup)
  ours=$(field child supervisor_session)
  case $unit in
    */builder-job-*) ;;
    *) return 0 ;;
  esac
  members=/sys/fs/cgroup$unit/cgroup.procs
  [ -r "$members" ] || members=/sys/fs/cgroup/unified$unit/cgroup.procs
  [ -r "$members" ] || members=/sys/fs/cgroup/systemd$unit/cgroup.procs
  [ -r "$members" ] || return 0
  while read -r pid; do
    { read -r line <"/proc/$pid/stat"; } 2>/dev/null || continue
    # shellcheck disable=SC2086
    set -- ${line##*) }
    [ "$4" = "$ours" ] || kill -s KILL "$pid" 2>/dev/null
  done <"$members"
}

# signal_job TERM|KILL: fails while there is no process to be signaled yet.
signal_job() {
  [ -f child ] || return 1
  if is_child; then kill -s "$1" -- "-$pid" 2>/dev/null; fi
  return 0
}

# finish VERDICT CODE: the record that is answered for ever. On a full disk it waits for room.
finish() {
  [ -f log ] || : >>log
  flock -w "$straggler" -s log true 8>&-
  bytes=$(stat -c %s log)
  digest=$(head -c "$bytes" log | sha256sum)
  ended=$(date -u +%Y-%m-%dT%H:%M:%SZ)
  until durable exit "verdict $1
code $2
ended $ended
boot_id $boot
log_bytes $bytes
log_sha256 ${digest%% *}
" 2>/dev/null; do
    sleep 2 8>&-
  done
  # What it held is in spec as a digest; secrets need not stay.
  rm -f env
}

# Waits for the end of a script that was started, by us or by a supervisor that died; ends it when told to or when late.
watch_script() {
  began=$(field started uptime)
  limit=$(($(field spec wall_ms) / 10))
  ending='' kill_at=0
  [ "$(field started boot_id)" = "$boot" ] || return 0
  while :; do
    if flock -w 0.5 -s inner.lock true 8>&-; then
      # The wrapper is gone.
      [ ! -f inner ] || break
      # No child yet: whoever links the name first decides whether the script begins.
      printf 'pid none\n' >".child.$$" && ln -T ".child.$$" child 2>/dev/null && break
      [ -f child ] && ! is_child && break
      sleep 0.2 8>&-
    fi
    [ ! -f inner ] || continue
    read_now
    if [ -n "$ending" ]; then
      [ "$now" -lt "$kill_at" ] || signal_job KILL
    elif [ -f cancel ]; then
      signal_job TERM && ending=canceled
    elif [ $((now - began)) -ge "$limit" ]; then
      signal_job TERM && ending=timeout
    fi
    [ "$kill_at" -ne 0 ] || [ -z "$ending" ] || kill_at=$((now + grace_ms / 10))
  done
}

record_end() {
  kind=lost code=-
  if [ -f inner ]; then
    read -r kind code <inner
    # A supervisor that died after its TERM left no word of why.
    case $kind-$code in
      signaled-15 | signaled-9) [ ! -f cancel ] || ending=canceled ;;
    esac
  elif [ "$(field started boot_id)" != "$boot" ]; then
    kind=rebooted ending=''
  fi
  if [ -n "$ending" ]; then
    kind=$ending code=-
    # What left the group, like the commands of a sudo with its own terminal.
    [ ! -f child ] || kill_unit
  fi
  finish "$kind" "$code"
}

supervise() {
  cd "$job" || exit 1
  exec 8>>sup.lock || exit 1
  flock -w 2 8 || exit 0
  [ ! -f exit ] || exit 0
  read_boot || exit 1
  straggler=$((straggler_ms / 1000)).$((straggler_ms % 1000 / 100))
  if [ ! -f started ] && [ -f cancel ]; then
    finish canceled -
    exit 0
  fi
  if [ ! -f started ]; then
    exec 7>>inner.lock && flock -n 7 || exit 1
    read_now
    # If any part of this fails the script is not run: a job that may have begun is never begun again.
    durable started "boot_id $boot
uptime $now
" || exit 1
    wrap 8>&- &
    exec 7>&-
  fi
  watch_script
  record_end
}

# Around the script, outside its process group: its result survives the supervisor, and signals to the group spare it.
# A shell's background child ignores SIGINT, and what systemd starts ignores SIGPIPE: the script gets the defaults back.
wrap() {
  exec </dev/null >>log 2>&1 || exit 1
  flock -n 1
  # The session id of this process, which setsid gives a new one to the script only.
  read -r line </proc/self/stat
  # shellcheck disable=SC2086
  set -- ${line##*) }
  setsid -f -w env -i --default-signal PATH="$PATH:/snap/bin" HOME=/root USER=root LOGNAME=root SHELL=/bin/sh LANG=C.UTF-8 \
    sh "$agent" lead "$root" "$id" "$4" 5>&2 2>setsid.err 7>&-
  code=$?
  kind=exited
  # Only its message tells a signal from a code; the text is that of the C locale.
  case $(cat setsid.err) in
    *'did not exit normally'*) kind=signaled code=$((code & 127)) ;;
    *'never began'*) kind=lost code=- ;;
  esac
  sync log
  until durable inner "$kind $code
" 2>/dev/null; do
    sleep 2
  done
}

# never_began: the wrapper must not take our exit code for the script's.
never_began() {
  echo 'never began' >&6 || kill -s KILL $$
  exit 125
}

# Becomes the script: the leader of its own session and group.
lead() {
  exec 6>&2 2>&5 5>&-
  cd "$job" || never_began
  read -r line <"/proc/$$/stat"
  # The line `0::PATH` of systemd's own hierarchy comes last.
  cgroup=$(cat /proc/self/cgroup)
  supervisor_session=$1
  # shellcheck disable=SC2086
  set -- ${line##*) }
  printf 'pid %s\nborn %s\nsupervisor_session %s\ncgroup %s\n' "$$" "${20}" "$supervisor_session" "${cgroup##*:}" >".child.$$" || never_began
  ln -T ".child.$$" child || never_began
  unset LC_ALL
  umask 022
  # shellcheck disable=SC1091
  . "$job/env"
  cd / || never_began
  unset OLDPWD
  exec sh "$job/script" 6>&-
}
