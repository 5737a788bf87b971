/** The smoke tests of the tempest that stack.sh has installed (devstack.md section 4.5), and what they left in the cloud. */
import { AS_STACK } from './stack-user.ts';
import { VERIFY_WORDS } from './verify-words.ts';

/** Where tempest is run and writes: its whole log stays there unless all is well, until the next run. */
export const TEMPEST_LOGS = '/opt/stack/logs/builder-verify-tempest';
const TEMPEST = '/opt/stack/tempest';

/** Looking for what has a name as tempest gives it; its own clean-up is cut short with it. */
const LOOKS = `
kinds() {
  printf '%s\\n' project user network router 'security group' image 'server|--all-projects'
  [ "$HAS_VOLUMES" != yes ] || echo 'volume|--all-projects'
}
# look FILE: a line "KIND NAME (ID)" for each; fails where a kind could not be listed.
look() {
  blind=
  : >"$1.found"
  kinds >"$work/kinds"
  while IFS='|' read -r kind options; do
    # shellcheck disable=SC2086
    if os $kind list $options -f value -c ID -c Name >"$work/listed" 2>>"$work/look.err"; then
      sed -nE 's/^([0-9a-f-]+) (tempest-[A-Za-z0-9._-]+)$/'"$kind"' \\2 (\\1)/p' "$work/listed" >>"$1.found"
    else
      blind=yes
      echo "perhaps a $kind, which nobody could list" >>"$1.found"
    fi
  done <"$work/kinds"
  sort -u "$1.found" >"$1"
  [ -z "$blind" ]
}
`;

/**
 * `tox -e smoke` as it is written in tempest's tox.ini, without tox: that would look for packages again. Run elsewhere than in its
 * checkout, tempest keeps its results and its log there, and a configuration of stestr too
 * (https://docs.openstack.org/tempest/latest/run.html).
 */
const STAGES = `
outcomes() { grep -E '^\\{[0-9]+\\} .* \\.\\.\\. ' "$logs/run.log"; }
# In a session of its own, and within it in the group of timeout: runuser would kill it at once for a signal to the job's group.
start_tempest() {
  # shellcheck disable=SC2016
  setsid -w ${AS_STACK} OS_TEST_TIMEOUT=1200 VIRTUAL_ENV=${TEMPEST}/.tox/tempest sh -c '
    cd "$1" || exit 1
    echo $$ >pid
    PATH=$VIRTUAL_ENV/bin:$PATH
    exec timeout --signal=INT --kill-after=60 "$2" tempest run --config-file ${TEMPEST}/etc/tempest.conf --regex "\\[.*\\bsmoke\\b.*\\]"
  ' tempest "$logs" "$TEMPEST_S" </dev/null >"$logs/run.log" 2>&1 &
  tempest=$!
}
tell_progress() {
  tick=0
  # In short steps, since a sleep goes on when its shell is ended.
  while sleep 1; do
    tick=$((tick + 1))
    [ $((tick % TELL_S)) -eq 0 ] || continue
    outcomes >"$work/so-far"
    doing "$(wc -l <"$work/so-far") tests have ended, $(grep -c 'FAILED$' "$work/so-far") of them failed"
  done
}
finish() {
  trap '' INT TERM HUP
  [ -z "$ticker" ] || kill "$ticker"
  # Told to end in the middle, tempest gets the time to clean up.
  if [ -z "$code" ]; then
    kill -s INT "$(cat "$logs/pid")"
    wait "$tempest"
    code=$?
  fi
  doing 'looking for what tempest left'
  # What is being deleted goes within seconds.
  for try in 1 2 3 4 5 6; do
    look "$work/after"
    comm -13 "$work/before" "$work/after" >"$work/left"
    [ -s "$work/left" ] || break
    [ "$try" = 6 ] || sleep 5
  done
  printf '{"fact":"tempest","exit":%s,"outcomes":"%s","words":"%s","before":[%s],"left":[%s]}\\n' \\
    "$code" "$(outcomes | cut -c 1-300 | base64 -w0)" "$(encode_end "$logs/run.log")" \\
    "$(names "$work/before")" "$(names "$work/left")"
  [ "$code" != 0 ] || rm -rf "$logs"
  rm -rf "$work"
}
`;

/**
 * Environment: TEMPEST_S = seconds after which tempest is told to end, TELL_S = seconds from one word on how far it is to the next,
 * HAS_VOLUMES = whether the cloud knows volumes, yes or no.
 * Prints lines of JSON, each with its `fact`: doing, stopped, tempest. The last has the exit status of `tempest run` (124 or 137 where it
 * took too long), the line of each test as stestr prints it, the last words, and what is called as tempest calls its own: what was there
 * before, and what is there since. Another job of verify waits for this one.
 */
export const RUN_TEMPEST = `set -u
umask 022
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 0755 "$work"
logs=${TEMPEST_LOGS}
ticker='' code=''
${VERIFY_WORDS}${LOOKS}${STAGES}
take_turn
echo 'there is no tempest in ${TEMPEST}, or no configuration of it: stack.sh makes both where service tempest is enabled' >"$work/why"
if [ ! -x ${TEMPEST}/.tox/tempest/bin/tempest ] || [ ! -f ${TEMPEST}/etc/tempest.conf ]; then stop "$work/why"; fi
look "$work/before" || stop "$work/look.err"
rm -rf "$logs"
install -d -m 0750 -o stack -g stack "$logs"
# Accounts that were made beforehand are a relative path in the configuration.
ln -s ${TEMPEST}/etc "$logs/etc"
doing 'running the smoke tests of tempest'
start_tempest
trap finish EXIT
trap 'exit 143' INT TERM HUP
tell_progress &
ticker=$!
wait "$tempest"
code=$?
`;
