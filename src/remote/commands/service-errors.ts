/** What DevStack's services call an error, from the journal: they write to stderr, so that their own word for the level counts. */

/** A word for scripts: a filter that lets the messages of such a level through, the last hundred, without colours. */
export const ERRORS_ALONE = String.raw`errors_alone() {
  sed -E 's/\x1b\[[0-9;]*m//g' | { grep -E '^(ERROR|CRITICAL) ' || true; } | tail -n 100
}
`;

/** Since the last stack.sh began, whose log has its stamp in its name (devstack.md section 6.5). */
export const READ_SERVICE_ERRORS = String.raw`set -eu
${ERRORS_ALONE}log=$(readlink /opt/stack/logs/stack.sh.log || true)
since=$(echo "$log" | sed -nE 's/.*\.([0-9]{4}-[0-9]{2}-[0-9]{2})-([0-9]{2})([0-9]{2})([0-9]{2})$/\1 \2:\3:\4/p')
said=$(mktemp)
trap 'rm -f "$said"' EXIT
[ -n "$since" ] || since='1 hour ago'
timeout 60 journalctl --unit 'devstack@*' --since "$since" --output cat --no-pager --quiet >"$said"
errors_alone <"$said"
`;
