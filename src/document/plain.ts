/** YAML nodes → plain values, each read as what its place in the document wants. */

import type { Scalar } from 'yaml';
import { isMap, isScalar, isSeq } from 'yaml';
import type { Shape } from './shape.ts';
import { shapeBelow } from './shape.ts';

/**
 * YAML reads `1.10` as a number and `True` as a boolean; where text is wanted it is the text that was written that counts
 * (DevStack would get 1.1 otherwise).
 */
function plainScalar(node: Scalar, shape: Shape | undefined): unknown {
  const { value, source } = node;
  if (shape?.kind !== 'text' || value === null || typeof value === 'string') return value;
  return source ?? JSON.stringify(value);
}

/**
 * The value of a node. An empty value (`image:`) counts as not said, except as a localrc value, where nobody can tell
 * whether the empty text was meant: it stays null and is refused.
 */
export function toPlain(node: unknown, shape: Shape | undefined): unknown {
  if (isMap(node)) {
    const entries: [string, unknown][] = [];
    for (const { key, value } of node.items) {
      const name = isScalar(key) ? String(key.value) : String(key);
      const plain = toPlain(value, shapeBelow(shape, name));
      if (plain !== undefined) entries.push([name, plain]);
      else if (shape?.kind === 'record' && shape.value.kind === 'text') entries.push([name, null]);
      else if (shape?.kind === 'record') entries.push([name, {}]);
      else if (shape?.kind === 'map' && !shape.keys.has(name)) entries.push([name, null]);
    }
    return Object.fromEntries(entries);
  }
  if (isSeq(node)) return node.items.map((item) => toPlain(item, shapeBelow(shape, 0)) ?? null);
  if (isScalar(node)) return plainScalar(node, shape) ?? undefined;
  return undefined;
}

/** The keys of what should be a mapping; none when it is something else, which the schema tells. */
export function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}
