/** A layout's identity: equal digests mean the same cluster is wanted. */
import { createHash } from 'node:crypto';
import type { Layout } from './layout.ts';

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sortKeys(inner)]));
}

/** SHA-256 (hex) of the layout as canonical JSON: keys sorted, lists in their order. */
export function layoutDigest(layout: Layout): string {
  return createHash('sha256')
    .update(JSON.stringify(sortKeys(layout)))
    .digest('hex');
}
