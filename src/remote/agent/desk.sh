# Part 2 of the agent: claims, starts and reports, for the builder that asks.
# shellcheck shell=sh
# shellcheck disable=SC2015,SC2034,SC2154  # see base.sh, with which this makes one script
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
