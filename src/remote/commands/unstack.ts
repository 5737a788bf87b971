/** What stack.sh did on a server is taken back, so that it can be run there again (devstack.md sections 2.6 and 2.8). */
import { MEND_PACKAGES } from './cloud-init.ts';
import { RELEASE_FILE } from './devstack-plugin.ts';
import { SUMMARY_FILE } from './run-stack.ts';
import { AS_STACK, CHECKOUT } from './stack-user.ts';

/**
 * Exit 1 where a stack.sh still runs, which nobody looks after any more: two at once would ruin each other. unstack.sh stops at no
 * command that fails, and ends with what its last one ended with: that edits /etc/gitconfig, which is not there before stack.sh has
 * cloned anything. What must not be found by the next stack.sh, or by who follows it, goes first: the word that lets it go on, and
 * the summary of the one before. A dpkg that was cut with stack.sh is mended, or every apt-get of the next one would fail.
 */
export const UNSTACK = `set -eu
if pgrep -u stack -f '^bash \\./stack\\.sh$' >/dev/null; then
  echo 'a stack.sh of before is still at work'
  exit 1
fi
rm -f ${RELEASE_FILE} ${SUMMARY_FILE}
if command -v apt-get >/dev/null 2>&1; then
${MEND_PACKAGES}fi
touch /etc/gitconfig
cd ${CHECKOUT}
${AS_STACK} ./unstack.sh </dev/null
`;
