# Part 4 of the agent: its verbs.
# shellcheck shell=sh
# shellcheck disable=SC2015,SC2034,SC2154  # see base.sh, with which this makes one script
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
