/** What a failed stack.sh died of, read from the end of its log (devstack.md section 5, "Log classifier"). */

export interface StackFailure {
  readonly name: string;
  /** The line that says it. */
  readonly line: string;
  readonly fix: string;
}

const AGAIN = 'run the same command again';

/** In the order in which they are believed. */
const CLASSES: readonly { readonly name: string; readonly pattern: RegExp; readonly fix: string }[] = [
  { name: 'disk-full', pattern: /No space left on device/, fix: 'choose a flavor with a larger disk' },
  {
    name: 'out-of-memory',
    pattern: /(^|\s)Killed$|MemoryError|Out of memory/,
    fix: 'choose a flavor with more memory',
  },
  { name: 'die', pattern: /\[ERROR\] \S+:\d+ /, fix: AGAIN },
  {
    name: 'git',
    pattern: /git call failed: \[git|fatal: (unable to access|Could not read|repository)/,
    fix: 'check that the node reaches GIT_BASE',
  },
  { name: 'apt', pattern: /^E: /, fix: 'check that the node reaches its package sources' },
  { name: 'pip', pattern: /^ERROR: /, fix: 'check that the node reaches its Python package index' },
  { name: 'service-start', pattern: / did not start$/, fix: 'look at the journal of that service on the node' },
  {
    name: 'registration',
    pattern: /Didn't find service registered by hostname/,
    fix: 'check that the node reaches the controller',
  },
  { name: 'async', pattern: /FAILED with rc|Async \S+\]: finished .* result [1-9]/, fix: AGAIN },
  { name: 'die', pattern: /stack\.sh failed: full log in/, fix: AGAIN },
];

/** DevStack stamps each line `date time | `. */
const STAMP = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+ \| ?/;
/** xtrace echoes the texts of error branches that were never taken: `+ file:function:line :  command`. */
const XTRACE = /^\++ ?\S+:\S+:\d+/;
const LINES_BEFORE_END = 200;

/** The first class in order that speaks in the last 200 lines that are no xtrace; its last matching line is the evidence. */
export function classifyStackFailure(log: string): StackFailure {
  const lines = log
    .split('\n')
    .map((line) => line.replace(STAMP, '').trimEnd())
    .filter((line) => line !== '' && !XTRACE.test(line))
    .slice(-LINES_BEFORE_END);
  for (const { name, pattern, fix } of CLASSES) {
    const line = lines.findLast((candidate) => pattern.test(candidate));
    if (line !== undefined) return { name, line: line.trim(), fix };
  }
  return { name: 'unknown', line: lines.at(-1)?.trim() ?? 'it printed nothing', fix: 'read the log' };
}
