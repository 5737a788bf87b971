#!/bin/sh
# The builder's agent on a node: claims, runs, watches and reports remote jobs (reliability.md section 2.10).
# Four files make one script, put together in this order: base, desk, supervisor, main.
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
