/** What a layout file says of itself. */
import { expect, test } from 'vitest';
import { summaryOf } from '../../../src/layout/summary.ts';

test.each([
  ['one sentence', '# All on one node.\nversion: 1\n', 'All on one node'],
  ['the first of several', '# One. Two.\n# Three.\n', 'One'],
  ['over two lines', '# A controller and\n# computes. More.\n', 'A controller and computes'],
  ['up to an empty comment', '# A title without an end\n#\n# Usage\n', 'A title without an end'],
  ['with a point inside a word', '# DevStack 2026.1 on one node\n\nversion: 1\n', 'DevStack 2026.1 on one node'],
  ['nothing, where it opens with something else', 'version: 1\n# late\n', ''],
  ['nothing, where there is nothing', '', ''],
])('is %s', (_what, text, summary) => expect(summaryOf(text)).toBe(summary));
