/** What DevStack says of any failure, where no class knows its cause: the last that are asked (devstack.md section 5). */
import type { FailureClass } from './failure-class.ts';

const LOOK = 'read the lines above it in the log: ./builder logs {cluster} {node} run-stack';

export const GENERIC_FAILURES: readonly FailureClass[] = [
  {
    name: 'git',
    patterns: [/git call failed: \[git (?<command>[^\]]+)\]/],
    sentence: 'git {command} failed',
    cure: 'check that the servers reach it, or take the projects from elsewhere: --set devstack.git_base=URL',
    isRetryable: true,
    causeWithin: 40,
  },
  {
    name: 'die',
    patterns: [/^\[ERROR\] (?:[^\s:]*\/)?(?<place>[^\s/:]+:\d+) (?<message>.+)/, /^\[ERROR\] (?<message>.+)/],
    sentence: 'DevStack gave up at {place|a place it does not name}: {message}',
    cure: LOOK,
    isRetryable: true,
    causeWithin: 40,
  },
  {
    name: 'apt',
    patterns: [/^E: (?<message>.+)/],
    sentence: 'apt failed: {message}',
    cure: 'check that the servers reach their package sources, or give them others: --repos DIR',
    isRetryable: true,
    causeWithin: 40,
  },
  {
    name: 'pip',
    // The resolver's remark on what was there before is no failure.
    patterns: [/^ *ERROR: (?!pip's dependency resolver)(?<message>.+)/],
    sentence: 'pip, or a tool that speaks like it, failed: {message}',
    cure: 'read the lines above it; where it is pip, check that the servers reach their Python package index',
    isRetryable: true,
    causeWithin: 40,
  },
  {
    name: 'async',
    patterns: [
      /^\[\d+ Async (?<part>[^\s:\]]+):\d+\]: finished .* with result [1-9]/,
      /^\[\d+ Async (?<part>[^\s:\]]+):\d+\]: FAILED with rc (?<code>\d+)/,
    ],
    sentence: '{part}, which DevStack runs beside other parts, failed',
    cure: LOOK,
    isRetryable: true,
    causeWithin: 200,
  },
  {
    name: 'call-trace',
    patterns: [/^\[Call Trace\]$/],
    sentence: 'DevStack gave up and did not say why',
    cure: LOOK,
    isRetryable: true,
    causeWithin: 40,
  },
];

/** Exit status 0 without DevStack's line of success: an `exit` in a file that stack.sh reads (devstack.md section 5 K). */
export const ENDED_EARLY: FailureClass = {
  name: 'ended-early',
  patterns: [],
  sentence: 'stack.sh ended in the middle, without an error; the last it printed: {line|nothing}',
  cure: 'an exit in the localrc of --templates DIR, or in a plugin, ends it: take that out',
  isRetryable: false,
};

/** The class of a log in which nothing else is found; its evidence is the last line before DevStack's last words. */
export const UNKNOWN_FAILURE: FailureClass = {
  name: 'unknown',
  patterns: [],
  sentence: 'a command failed; the last it printed: {line|nothing}',
  cure: LOOK,
  isRetryable: true,
};
