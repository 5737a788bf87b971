/** The refs of a git repository as it tells them now, without a clone. */
import { BuilderError } from '../errors.ts';
import { runProgram } from '../host/run-program.ts';

const COMMIT = /^[0-9a-f]{40}$/;

/** A full commit id, which stands for itself. */
export function isCommit(ref: string): boolean {
  return COMMIT.test(ref);
}

export interface RefQuestion {
  readonly repo: string;
  /** As git matches them, like `refs/heads/*`; empty asks for all. */
  readonly patterns: readonly string[];
  /** Gerrit lists every change there ever was before git picks out what was asked for. */
  readonly timeoutMs: number;
  /** Where the repository was named, and how it may be named otherwise. */
  readonly at: string;
  readonly fix: string;
}

/** Full name → commit; of an annotated tag NAME also `NAME^{}`. @throws `git-unreachable`, `missing-program`. */
export async function readRefs(
  { repo, patterns, timeoutMs, at, fix }: RefQuestion,
  environment: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const { code, stdout, stderr } = await runProgram('git', ['ls-remote', '--', repo, ...patterns], {
    timeoutMs,
    // No prompt for a password, whoever watches.
    environment: { ...environment, GIT_TERMINAL_PROMPT: '0', LC_ALL: 'C' },
    signal,
  });
  if (code !== 0) {
    const why =
      code === 124 ? `no answer within ${timeoutMs / 1000} s` : stderr.trim().split('\n').at(-1) || `exit ${code}`;
    throw new BuilderError('git-unreachable', `cannot read ${repo}: ${why}`, { at, state: 'nothing was created', fix });
  }
  const lines = stdout.split('\n').filter((line) => line.includes('\t'));
  return new Map(lines.map((line) => line.split('\t').reverse() as [string, string]));
}

/** What a branch, a tag or a whole name stands at; a branch before a tag of its name. */
export function commitOf(refs: ReadonlyMap<string, string>, ref: string): string | null {
  const names = [`refs/heads/${ref}`, `refs/tags/${ref}^{}`, `refs/tags/${ref}`, ref];
  return names.map((name) => refs.get(name)).find(Boolean) ?? null;
}

export function namesBelow(prefix: string, refs: Iterable<string>): readonly string[] {
  return [...refs].filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
}
