/** Where a place of a document was said: a line of the file, or an option of the command line. */
import { isMap, isNode, isScalar, isSeq } from 'yaml';
import type { Path } from './shape.ts';
import type { Source } from './source.ts';

/** Option that set a path (joined by dots); what it set has no place in the file. */
export type SaidBy = ReadonlyMap<string, string>;

function offsetOf(node: unknown): number | undefined {
  return isNode(node) ? (node.range?.[0] ?? undefined) : undefined;
}

function sayingOption(path: Path, saidBy: SaidBy): string | undefined {
  for (let length = path.length; length > 0; length -= 1) {
    const option = saidBy.get(path.slice(0, length).join('.'));
    if (option !== undefined) return option;
  }
  return undefined;
}

/** `file:line:column  path.in.document` of the value at a path, of its key with `wantKey`, or of the nearest place above. */
export function locate(source: Source, saidBy: SaidBy, path: Path, wantKey = false): string {
  const shown = path.length === 0 ? '' : `  ${path.join('.')}`;
  const option = sayingOption(path, saidBy);
  if (option !== undefined) return `${option}${shown}`;
  let node: unknown = source.document.contents;
  let offset = offsetOf(node) ?? 0;
  for (const [index, part] of path.entries()) {
    if (isSeq(node)) node = node.items[Number(part)];
    else if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && item.key.value === String(part));
      if (pair === undefined) break;
      const isLast = index === path.length - 1;
      offset = offsetOf(pair.key) ?? offset;
      if (isLast && (wantKey || !isScalar(pair.value) || pair.value.value === null)) break;
      node = pair.value;
    } else break;
    offset = offsetOf(node) ?? offset;
  }
  return `${source.place(offset)}${shown}`;
}
