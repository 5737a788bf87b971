/** One run of stack.sh, and where its short log stands. */
import { RELEASE_FILE } from './devstack-plugin.ts';
import { AS_STACK, CHECKOUT } from './stack-user.ts';

/** DevStack's short log: milestones only. */
export const SUMMARY_FILE = '/opt/stack/logs/stack.sh.log.summary';

/** One run of stack.sh: stdin closed, a clean environment, its own exit status (devstack.md section 2.7). */
export const RUN_STACK = `set -eu
cd ${CHECKOUT}
exec ${AS_STACK} ./stack.sh </dev/null
`;

/**
 * Prints the last lines of the summary: the only proof of success besides exit 0, since the completion line goes nowhere else
 * (devstack.md section 6.5). A filter in the background writes it, so it may come a moment after stack.sh has ended.
 */
export const READ_COMPLETION = `set -eu
look=0
until tail -n 5 ${SUMMARY_FILE} 2>/dev/null | grep 'stack.sh completed in'; do
  look=$((look + 1))
  if [ "$look" -ge 15 ]; then break; fi
  sleep 1
done
`;

/** Lets a stack.sh that our plugin holds go on. */
export const RELEASE_STACK = `set -eu
touch ${RELEASE_FILE}
sync ${RELEASE_FILE} /opt/stack
`;
