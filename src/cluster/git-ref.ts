/** The commit a git ref stands at now, so that every node gets the same DevStack (devstack.md section 3.1). */
import { BuilderError } from '../errors.ts';
import { runProgram } from '../host/run-program.ts';

const TIMEOUT_MS = 60_000;
const COMMIT = /^[0-9a-f]{40}$/;

/**
 * `ref` is a branch, a tag or a full commit id. Throws `git-ref-not-found` with near names, `git-unreachable`, `missing-program`.
 */
export async function resolveGitRef(
  repo: string,
  ref: string,
  environment: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<string> {
  if (COMMIT.test(ref)) return ref;
  const { code, stdout, stderr } = await runProgram('git', ['ls-remote', '--', repo], {
    timeoutMs: TIMEOUT_MS,
    // No prompt for a password, whoever watches.
    environment: { ...environment, GIT_TERMINAL_PROMPT: '0', LC_ALL: 'C' },
    signal,
  });
  if (code !== 0) {
    const why =
      code === 124 ? `no answer within ${TIMEOUT_MS / 1000} s` : stderr.trim().split('\n').at(-1) || `exit ${code}`;
    throw new BuilderError('git-unreachable', `cannot read ${repo}: ${why}`, {
      at: 'devstack.repo',
      state: 'nothing was created',
      fix: 'check the URL and the network, or name another: --set devstack.repo=URL',
    });
  }
  const lines = stdout.split('\n').filter((line) => line.includes('\t'));
  const refs = new Map(lines.map((line) => line.split('\t').reverse() as [string, string]));
  const commit = [`refs/heads/${ref}`, `refs/tags/${ref}^{}`, `refs/tags/${ref}`, ref]
    .map((name) => refs.get(name))
    .find(Boolean);
  if (commit !== undefined) return commit;
  throw new BuilderError('git-ref-not-found', `${repo} has no branch or tag "${ref}"`, {
    at: 'devstack.ref',
    state: 'nothing was created',
    fix: adviseRef(ref, [...refs.keys()]),
  });
}

function namesBelow(prefix: string, refs: readonly string[]): readonly string[] {
  return refs.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
}

/**
 * What became of a branch that is gone: OpenStack renames a series' branch when it is no longer maintained, and leaves a tag when it
 * is no longer kept (devstack.md sections 3.1 and 5, G).
 */
function adviseRef(ref: string, refs: readonly string[]): string {
  const branches = namesBelow('refs/heads/', refs);
  const series = ref.replace(/^(?:refs\/heads\/)?(?:stable\/|unmaintained\/)?/, '');
  const renamed = [`stable/${series}`, `unmaintained/${series}`].find((name) => branches.includes(name));
  if (renamed !== undefined) return `that series is there as --branch ${renamed}`;
  const last = `${series}-eol`;
  // DevStack at that tag would ask for branches of the projects, and those are gone too.
  if (namesBelow('refs/tags/', refs).includes(last))
    return `that series has ended; its last state: --branch ${last} --set localrc.TARGET_BRANCH=${last}`;
  return `choose one with --branch: ${branches.slice(-8).join(', ')}`;
}
