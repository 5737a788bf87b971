/** Git repositories as far as `git ls-remote` asks: every repository has DevStack's branches and tags, and a change under review, each at a commit made from its name. */
import { createHash } from 'node:crypto';

const BRANCHES = ['master', 'stable/2025.1', 'stable/2025.2', 'stable/2026.1', 'unmaintained/2024.1'] as const;
/** What is left of series whose branches are gone. */
const TAGS = ['2023.2-eol', '2024.2-eol'] as const;

/** Git picks what it was asked for from the whole list, so it is not known here which change somebody wants. */
const REVIEWS = ['refs/changes/50/5050/1', 'refs/changes/50/5050/2'] as const;

function commitOf(repository: string, ref: string): string {
  return createHash('sha1').update(`rehearsal ${repository} ${ref}`).digest('hex');
}

/** https://git-scm.com/docs/protocol-common#_pkt_line_format */
function packetLine(text: string): string {
  return `${(Buffer.byteLength(text) + 4).toString(16).padStart(4, '0')}${text}`;
}

/**
 * The answer to `GET REPOSITORY/info/refs?service=git-upload-pack` (https://git-scm.com/docs/http-protocol); null for anything
 * else: nothing can be cloned here.
 */
export function advertiseRefs(
  path: string,
  service: string | null,
): { readonly type: string; readonly body: string } | null {
  const repository = /^(.+?)(\.git)?\/info\/refs$/.exec(path)?.[1];
  if (repository === undefined || service !== 'git-upload-pack') return null;
  const head = `${commitOf(repository, 'master')} HEAD\0symref=HEAD:refs/heads/master agent=rehearsal\n`;
  const names = [
    ...REVIEWS,
    ...BRANCHES.map((branch) => `refs/heads/${branch}`),
    ...TAGS.map((tag) => `refs/tags/${tag}`),
  ];
  const refs = names.map((name) => `${commitOf(repository, name.replace(/^refs\/(?:heads|tags)\//, ''))} ${name}\n`);
  return {
    type: `application/x-${service}-advertisement`,
    body: `${packetLine(`# service=${service}\n`)}0000${[head, ...refs].map(packetLine).join('')}0000`,
  };
}
