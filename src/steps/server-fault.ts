/** What Nova's words about an ERROR server mean (reliability.md section 2.9). */
import { BuilderError, type ErrorCode } from '../errors.ts';

const MEANINGS: readonly { readonly pattern: RegExp; readonly code: ErrorCode; readonly fix: string }[] = [
  {
    pattern: /no valid host|exceeded maximum number of retries|not enough hosts/i,
    code: 'no-capacity',
    fix: 'choose a smaller flavor or another zone (--flavor, --availability-zone), or wait, then run the same command again',
  },
  {
    pattern: /quota|exceeds allowed/i,
    code: 'quota-reached',
    fix: 'raise the quota or remove something, then run the same command again',
  },
];

/** A `BuilderError` that keeps Nova's fault text. */
export function classifyFault(node: string, serverId: string, status: string, fault: string): BuilderError {
  const meaning = MEANINGS.find(({ pattern }) => pattern.test(fault));
  return new BuilderError(meaning?.code ?? 'server-error', `${node}: the server is ${status}: ${fault}`, {
    at: `server ${serverId}`,
    state: 'the server is kept until it is replaced; other nodes are unharmed',
    fix: meaning?.fix ?? 'run the same command again: it replaces the server',
    details: { status, fault },
  });
}
