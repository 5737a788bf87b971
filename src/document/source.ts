/** A file as a YAML document: refused while it is cheap, with the place of every node kept. */

import type { Document, Node } from 'yaml';
import { CST, isAlias, isCollection, isPair, isScalar, Lexer, LineCounter, parseDocument, visit } from 'yaml';
import { BuilderError } from '../errors.ts';

const MAX_BYTES = 1024 * 1024;
const MAX_NODES = 1000;
const CORE_TAGS = new Set(
  ['str', 'int', 'float', 'bool', 'null', 'map', 'seq'].map((name) => `tag:yaml.org,2002:${name}`),
);
const NODE_TOKENS = new Set([
  'scalar',
  'single-quoted-scalar',
  'double-quoted-scalar',
  'flow-map-start',
  'flow-seq-start',
]);
const INDICATORS = new Set(['seq-item-ind', 'explicit-key-ind', 'block-scalar-header', 'alias']);

export interface Source {
  readonly file: string;
  readonly document: Document;
  /** Offset in the text → `file:line:column`. */
  place(offset: number): string;
  readonly problems: readonly BuilderError[];
}

/** Looks at tokens only: the parser behind it is slow on deep nesting, so it must not see any. */
function checkSize(text: string, file: string, noun: string): void {
  if (Buffer.byteLength(text) > MAX_BYTES) {
    throw new BuilderError('layout-too-big', `${noun} is bigger than 1 MiB`, { at: file });
  }
  let count = 0;
  for (const token of new Lexer().lex(text)) {
    const type = CST.tokenType(token) ?? '';
    if (NODE_TOKENS.has(type) || INDICATORS.has(type)) count += 1;
    if (count > MAX_NODES) {
      throw new BuilderError('layout-too-big', `${noun} has more than ${MAX_NODES} nodes`, { at: file });
    }
  }
}

/** What YAML allows and we do not: anything by which one place of the file could change another. */
function checkFeatures(
  document: Document,
  report: (code: 'layout-too-big' | 'yaml', message: string, node: Node) => void,
): void {
  visit(document, (_, node) => {
    if (isPair(node)) {
      if (isScalar(node.key) && node.key.value === '<<') report('yaml', 'merge keys are not allowed', node.key);
      else if (!isScalar(node.key) || typeof node.key.value !== 'string') {
        // null as a key has no node of its own to point at.
        report('yaml', 'keys must be text', (node.key ?? document.contents) as Node);
      }
      return;
    }
    if (isAlias(node)) report('layout-too-big', 'aliases are not allowed', node);
    else if ((isScalar(node) || isCollection(node)) && node.anchor !== undefined) {
      report('layout-too-big', 'anchors are not allowed', node);
    }
    const tag = (node as { tag?: unknown } | null)?.tag;
    if (typeof tag === 'string' && !CORE_TAGS.has(tag)) report('yaml', `the tag ${tag} is not allowed`, node as Node);
  });
}

/**
 * Parses YAML 1.2 core without anchors, aliases, merge keys and custom tags, at most 1 MiB and 1,000 nodes.
 * Problems of syntax are collected; the document holds what could be read beside them.
 *
 * @param noun how messages call the document, like "the layout"
 * @throws `layout-too-big` before anything is parsed.
 */
export function readSource(text: string, file: string, noun: string): Source {
  checkSize(text, file, noun);
  const lines = new LineCounter();
  const document = parseDocument(text, {
    version: '1.2',
    schema: 'core',
    merge: false,
    lineCounter: lines,
    prettyErrors: false,
    // 'silent' would also silence the error about a second document.
    logLevel: 'error',
  });
  const place = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${Math.max(line, 1)}:${Math.max(col, 1)}`;
  };
  const problems = document.errors.map((error) => {
    const isDuplicate = error.code === 'DUPLICATE_KEY';
    const message = isDuplicate ? 'the same key stands here twice' : error.message;
    return new BuilderError(isDuplicate ? 'duplicate-name' : 'yaml', message, {
      at: place(error.pos[0]),
      fix: isDuplicate ? 'keep one' : 'correct it',
      cause: error,
    });
  });
  if (document.directives?.yaml.explicit === true && document.directives.yaml.version !== '1.2') {
    problems.push(new BuilderError('yaml', 'only YAML 1.2 is read', { at: place(0), fix: 'remove the %YAML line' }));
  }
  checkFeatures(document, (code, message, node) => {
    problems.push(new BuilderError(code, message, { at: place(node.range?.[0] ?? 0), fix: 'write it out plainly' }));
  });
  return { file, document, place, problems };
}
