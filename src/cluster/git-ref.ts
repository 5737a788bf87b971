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
  const refs = new Map(stdout.split('\n').map((line) => line.split('\t').reverse() as [string, string]));
  const commit = [`refs/heads/${ref}`, `refs/tags/${ref}^{}`, `refs/tags/${ref}`, ref]
    .map((name) => refs.get(name))
    .find(Boolean);
  if (commit !== undefined) return commit;
  const branches = [...refs.keys()].filter((name) => name?.startsWith('refs/heads/')).map((name) => name.slice(11));
  throw new BuilderError('git-ref-not-found', `${repo} has no branch or tag "${ref}"`, {
    at: 'devstack.ref',
    state: 'nothing was created',
    fix: `choose one with --branch: ${branches.slice(-8).join(', ')}`,
  });
}
