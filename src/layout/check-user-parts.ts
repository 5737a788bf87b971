/** The rules of `files:` and `steps:`: nodes that there are, and nothing written or named twice. */
import { showWord } from '../document/near-miss.ts';
import type { ReportProblem } from '../document/report.ts';
import { checkNodeWord, nodeWords } from './check-projects.ts';
import { itemsOf, wordsOf } from './check-settings.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Where the builder's own files are. */
const OWN_FILES = /^\/(?:opt\/stack\/(?:devstack|builder)\/|var\/lib\/builder\/)/;

function checkNodes(layout: Fields, key: 'files' | 'steps', report: ReportProblem): void {
  const known = nodeWords(layout);
  for (const [index, { nodes }] of itemsOf(layout[key]).entries())
    for (const [at, word] of wordsOf(nodes).entries()) checkNodeWord(word, known, [key, index, 'nodes', at], report);
}

export function checkUserParts(layout: Fields, report: ReportProblem): void {
  checkNodes(layout, 'files', report);
  checkNodes(layout, 'steps', report);
  const paths: { readonly path: unknown; readonly nodes: readonly string[] }[] = [];
  for (const [index, { path, nodes }] of itemsOf(layout['files']).entries()) {
    const own = { path, nodes: wordsOf(nodes) };
    const isTwice = paths.some(
      (other) =>
        other.path === path &&
        (own.nodes.length === 0 || other.nodes.length === 0 || own.nodes.some((word) => other.nodes.includes(word))),
    );
    if (isTwice && typeof path === 'string')
      report('duplicate-name', ['files', index, 'path'], `${showWord(path)} is written twice to a node`, 'keep one');
    if (typeof path === 'string' && OWN_FILES.test(path))
      report('bad-value', ['files', index, 'path'], 'files of the builder’s own are there', 'choose another place');
    paths.push(own);
  }
  const names = new Set<unknown>();
  for (const [index, { name }] of itemsOf(layout['steps']).entries()) {
    if (typeof name === 'string' && names.has(name))
      report('duplicate-name', ['steps', index, 'name'], `two steps are called ${showWord(name)}`, 'rename one');
    names.add(name);
  }
}
