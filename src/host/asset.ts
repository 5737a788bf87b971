/** Text files that ship beside the code, like the script that runs on the nodes. */
import { readFileSync } from 'node:fs';
import { BuilderError, messageOf } from '../errors.ts';

/** The text of a file next to the module that asks: `readAsset(new URL("./agent/base.sh", import.meta.url))`. Throws `io`. */
export function readAsset(url: URL): string {
  try {
    return readFileSync(url, 'utf8');
  } catch (error) {
    throw new BuilderError('io', `a file of the builder itself cannot be read: ${messageOf(error)}`, {
      at: url.pathname,
      fix: 'check out the builder again',
      cause: error,
    });
  }
}
