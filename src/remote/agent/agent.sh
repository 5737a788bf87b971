#!/bin/sh
# The builder's agent on a node: claims, runs, watches and reports remote jobs (reliability.md section 2.10).
#
# Called as `sh agent.sh VERB ROOT ...` by root. Data comes on stdin, counted by lengths among the arguments; the answer is
# a line `builder-agent 1`, lines of `key value`, an empty line, raw bytes. Jobs live in ROOT/jobs/ID:
#   script env spec   the upload, claimed together by the rename of their folder
#   started           durable before the script is run; where it exists, nobody runs the script again
#   child             process of the script, or `pid none` when a later supervisor proved that it never began
#   log inner exit    output, result as the wrapper saw it, final record; `cancel` asks for an end
#   sup.lock          held while a supervisor lives;  inner.lock: while the wrapper of the script lives
#   log is itself locked through the descriptor that the script's processes inherit: free means no writer is left.
# shellcheck disable=SC2015  # in `A && B || answer_error`, answer_error ends the program
set -u
LC_ALL=C
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export LC_ALL PATH
umask 077
agent=$0 verb=$1 root=$2
shift 2

answer_error() {
  printf 'error %s\n\n' "$1"
  exit 0
}

# durable NAME TEXT: NAME holds all of TEXT and is on the disk, or this fails.
durable() {
  printf '%s' "$2" >".$1.$$" && sync ".$1.$$" && mv -T ".$1.$$" "$1" && sync .
}

# field FILE KEY: prints the value of a `key value` line.
field() {
  while read -r key value; do
    if [ "$key" = "$2" ]; then
      printf '%s' "$value"
      return 0
    fi
  done <"$1"
  return 1
}

# An empty boot id would look like a reboot later: without one nothing is run.
read_boot() {
  read -r boot </proc/sys/kernel/random/boot_id && [ -n "$boot" ]
}

# Hundredths of a second since boot: a clock that nobody sets.
read_now() {
  read -r uptime _ </proc/uptime
  now=$((${uptime%.*} * 100 + 1${uptime#*.} - 100))
}

open_job() {
  id=$1 job=$root/jobs/$1
  case $id in
    '' | .* | *[!A-Za-z0-9._-]*) answer_error bad-request ;;
  esac
}

# Refuses builders older than the newest seen; the lock (9) stays ours until the claim and the start are done.
fence() {
  mkdir -p "$root/jobs" && exec 9>>"$root/epoch.lock" || answer_error disk
  flock -w 10 9 || answer_error busy
  highest=0
  [ ! -s "$root/epoch" ] || read -r highest <"$root/epoch"
  [ "$1" -ge "$highest" ] || answer_error fenced
  [ "$1" -eq "$highest" ] || (cd "$root" && durable epoch "$1
") || answer_error disk
}

# receive SCRIPT_LENGTH SCRIPT_SHA256 ENV_LENGTH ENV_SHA256 WALL_MS
receive() {
  incoming=$root/jobs/.in.$id.$$
  mkdir -p "$root/jobs" && rm -rf "$incoming" && mkdir "$incoming" || answer_error disk
  trap 'rm -rf "$incoming"' EXIT
  trap 'exit 1' HUP INT TERM PIPE
  head -c "$1" >"$incoming/script" && head -c "$3" >"$incoming/env" || answer_error disk
  [ "$(wc -c <"$incoming/script")" -eq "$1" ] && [ "$(wc -c <"$incoming/env")" -eq "$3" ] || answer_error short
  [ "$(sha256sum <"$incoming/script")" = "$2  -" ] && [ "$(sha256sum <"$incoming/env")" = "$4  -" ] || answer_error short
  printf 'script %s\nenv %s\nwall_ms %s\n' "$2" "$4" "$5" >"$incoming/spec" || answer_error disk
}

# claim SCRIPT_SHA256 ENV_SHA256: the rename fails on a folder that exists, so one claim wins; the others compare what was claimed with what they bring.
claim() {
  if [ ! -d "$job" ]; then
    (cd "$incoming" && sync script env spec .) || answer_error disk
    if mv -T "$incoming" "$job" 2>/dev/null; then
      sync "$root/jobs" || answer_error disk
      return 0
    fi
  fi
  [ -d "$job" ] || answer_error disk
  [ "$(field "$job/spec" script)" = "$1" ] && [ "$(field "$job/spec" env)" = "$2" ] || answer_error conflict
}

# Liveness is a lock test, never a bare pid.
read_state() {
  if [ -f exit ]; then
    state='done'
  elif [ ! -f started ]; then
    state=claimed
  elif read_boot && [ "$(field started boot_id)" != "$boot" ]; then
    state=rebooted
  elif flock -n -s sup.lock true; then
    state=unsupervised
  else
    state=running
  fi
  # The supervisor may have ended between two of the tests above.
  [ ! -f exit ] || state='done'
}

open_files_limit() {
  while read -r a b c _ hard _; do
    [ "$a $b $c" = 'Max open files' ] || continue
    [ "$hard" -lt 1048576 ] 2>/dev/null || hard=1048576
    printf '%s' "$hard"
    return 0
  done </proc/1/limits
  printf 4096
}

# Out of the SSH session: a unit of its own under systemd, a session of its own elsewhere. The unit ends with its supervisor
# and leaves daemons alone (KillMode=process); one compiler killed for memory must not end the job (OOMPolicy). Its name is
# fresh each time, for the claim decides who runs, not the name. Starting too often is harmless, so a failure falls through.
detach() {
  if [ -d /run/systemd/system ] && command -v systemd-run >/dev/null; then
    systemd-run --quiet --collect --no-ask-password --unit="builder-job-$id-$$" \
      -p Type=exec -p KillMode=process -p OOMPolicy=continue -p TasksMax=infinity -p LimitNOFILE="$(open_files_limit)" \
      sh "$agent" supervise "$root" "$id" "$grace_ms" "$straggler_ms" </dev/null >/dev/null 2>&1 9>&- && return 0
  fi
  setsid -f sh "$agent" supervise "$root" "$id" "$grace_ms" "$straggler_ms" </dev/null >/dev/null 2>&1 9>&-
}

# Any number of times: whoever comes second leaves, or finds `started` and only watches.
start() {
  read_state
  case $state in
    running | 'done') return 0 ;;
  esac
  detach
  exec 9>&-
  read_now
  deadline=$((now + 500))
  while read_state; do
    case $state in
      running | 'done') return 0 ;;
    esac
    read_now
    [ "$now" -lt "$deadline" ] || break
    sleep 0.02
  done
  # A supervisor that cannot write `started` does not run the job, and cannot say so on a full disk either.
  durable .probe x 2>/dev/null || answer_error disk
}

log_size() {
  size=0
  [ ! -f log ] || size=$(stat -c %s log)
}

# report OFFSET PREFIX_SHA256|- WAIT_MS exit|growth LIMIT: waits, then tells the state and a piece of the log.
report() {
  if ! cd "$job" 2>/dev/null; then
    printf 'state absent\nbytes 0\n\n'
    return 0
  fi
  log_size
  changed=no
  [ "$size" -ge "$1" ] || changed=yes
  if [ "$changed" = no ] && [ "$2" != - ]; then
    [ "$(head -c "$1" log 2>/dev/null | sha256sum)" = "$2  -" ] || changed=yes
  fi
  read_now
  deadline=$((now + $3 / 10))
  pause=0.05
  while [ "$changed" = no ] && [ "$now" -lt "$deadline" ] && [ ! -f exit ]; do
    log_size
    [ "$4" = exit ] || [ "$size" -le "$1" ] || break
    # Wakes at once when the supervisor ends.
    if flock -w "$pause" -s sup.lock true; then break; fi
    pause=0.25
    read_now
  done
  read_state
  log_size
  printf 'state %s\n' "$state"
  if [ "$state" = 'done' ]; then
    cat exit
    end=$(field exit log_bytes)
    [ "$size" -ge "$end" ] || changed=yes
    size=$end
  fi
  [ "$size" -ge "$1" ] || changed=yes
  printf 'bytes %s\nchanged %s\n\n' "$size" "$changed"
  piece=$((size - $1))
  [ "$piece" -le "$5" ] || piece=$5
  if [ "$changed" = no ] && [ "$piece" -gt 0 ]; then
    tail -c "+$(($1 + 1))" log 2>/dev/null | head -c "$piece"
  fi
}

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
  [ -r "/sys/fs/cgroup$unit/cgroup.procs" ] || return 0
  while read -r pid; do
    { read -r line <"/proc/$pid/stat"; } 2>/dev/null || continue
    # shellcheck disable=SC2086
    set -- ${line##*) }
    [ "$4" = "$ours" ] || kill -s KILL "$pid" 2>/dev/null
  done <"/sys/fs/cgroup$unit/cgroup.procs"
}

# signal_job TERM|KILL: fails while there is no process to be signaled yet.
signal_job() {
  [ -f child ] || return 1
  if is_child; then kill -s "$1" -- "-$pid" 2>/dev/null; fi
  [ "$1" = TERM ] || kill_unit
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
  esac
  sync log
  until durable inner "$kind $code
" 2>/dev/null; do
    sleep 2
  done
}

# Becomes the script: the leader of its own session and group.
lead() {
  exec 2>&5 5>&-
  cd "$job" || exit 125
  read -r line <"/proc/$$/stat"
  cgroup=$(cat /proc/self/cgroup)
  supervisor_session=$1
  # shellcheck disable=SC2086
  set -- ${line##*) }
  printf 'pid %s\nborn %s\nsupervisor_session %s\ncgroup %s\n' "$$" "${20}" "$supervisor_session" "${cgroup##*:}" >".child.$$" || exit 125
  ln -T ".child.$$" child || exit 125
  unset LC_ALL
  umask 022
  # shellcheck disable=SC1091
  . "$job/env"
  cd / || exit 125
  unset OLDPWD
  exec sh "$job/script"
}

case $verb in
  supervise)
    open_job "$1"
    grace_ms=$2 straggler_ms=$3
    supervise
    exit 0
    ;;
  lead)
    open_job "$1"
    lead "$2"
    exit 125
    ;;
esac

printf 'builder-agent 1\n'
case $verb in
  # put|run ID EPOCH GRACE_MS STRAGGLER_MS SCRIPT_LENGTH SCRIPT_SHA256 ENV_LENGTH ENV_SHA256 WALL_MS, then as report
  put | run)
    open_job "$1"
    epoch=$2 grace_ms=$3 straggler_ms=$4
    receive "$5" "$6" "$7" "$8" "$9"
    fence "$epoch"
    claim "$6" "$8"
    shift 9
    if [ "$verb" = run ] && cd "$job"; then start; fi
    exec 9>&-
    report "$@"
    ;;
  # start|cancel ID EPOCH GRACE_MS STRAGGLER_MS, then as report
  start | cancel)
    open_job "$1"
    epoch=$2 grace_ms=$3 straggler_ms=$4
    shift 4
    fence "$epoch"
    if cd "$job" 2>/dev/null; then
      if [ "$verb" = cancel ] && [ ! -f exit ] && [ ! -f cancel ]; then
        durable cancel "epoch $epoch
" || answer_error disk
      fi
      start
    fi
    exec 9>&-
    report "$@"
    ;;
  # tail ID, then as report
  tail)
    open_job "$1"
    shift
    report "$@"
    ;;
  # read OFFSET LIMIT PATH_LENGTH, the path on stdin
  read)
    path=$(head -c "$3")
    printf '\n'
    if [ -f "$path" ]; then tail -c "+$(($1 + 1))" -- "$path" | head -c "$2"; fi
    ;;
  *) answer_error bad-request ;;
esac
