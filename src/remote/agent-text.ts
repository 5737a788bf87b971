/** The agent's script, put together from its parts. */
import { readAsset } from '../host/asset.ts';

const PARTS = ['base', 'desk', 'supervisor', 'main'];

/** The whole text as it lies on a node. Throws `io`. */
export function readAgentText(): string {
  return PARTS.map((part) => readAsset(new URL(`./agent/${part}.sh`, import.meta.url))).join('\n');
}
