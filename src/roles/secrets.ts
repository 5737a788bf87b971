/** Places for secrets in a local.conf: rendered and stored as names, filled in only on the way to the node. */
import { BuilderError } from '../errors.ts';

const PLACEHOLDER = /\{\{secret:([a-z_]*)\}\}/g;
/** What DevStack and Horizon accept, and what bash reads without quotes (devstack.md section 6.6). */
const SAFE = /^[A-Za-z0-9]{8,64}$/;

/** Names of the secrets a text has places for, each once, in order. */
export function secretNames(text: string): readonly string[] {
  return [...new Set([...text.matchAll(PLACEHOLDER)].map((match) => match[1] ?? ''))];
}

/**
 * Puts secrets in their places. The result must only ever be sent to its node.
 *
 * @throws `bad-password` for a value that is not 8 to 64 letters and digits; `internal` when anything like a place remains.
 */
export function fillSecrets(text: string, lookup: (name: string) => string): string {
  const filled = text.replace(PLACEHOLDER, (_, name: string) => {
    const value = lookup(name);
    if (!SAFE.test(value)) {
      throw new BuilderError('bad-password', `${name} has characters or a length that DevStack rejects`, {
        fix: 'use 8 to 20 letters and digits',
      });
    }
    return value;
  });
  if (filled.includes('{{secret:')) {
    throw new BuilderError('internal', 'a place for a secret was left open in local.conf');
  }
  return filled;
}
