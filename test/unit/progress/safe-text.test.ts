/** The display filter: text from outside cannot do anything to a terminal. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openSafeStream, safeOneLine, safeText } from '../../../src/progress/safe-text.ts';

test.each([
  ['colours', '\u001b[31mred\u001b[0m', 'red'],
  ['a hyperlink (OSC 8)', '\u001b]8;;http://x\u0007here\u001b]8;;\u001b\\', 'here'],
  ['the clipboard (OSC 52)', 'a\u001b]52;c;cm0gLXJm\u0007b', 'ab'],
  ['a device string', 'a\u001bPq#0\u001b\\b', 'ab'],
  ['eight-bit sequences', 'a\u009b2Jb\u009d0;t\u009cc', 'abc'],
  ['an unfinished sequence', 'a\u001b[', 'a'],
  ['a reset', 'a\u001bcb', 'ab'],
  ['bells and backspaces', 'a\u0007\u0008\u007fb', 'ab'],
  ['bidirectional controls', 'a\u202eb', 'a\\u202eb'],
  ['line separators', 'a\u2028b', 'a\\u2028b'],
  ['overwritten progress', '10 %\r50 %\r100 %\r\nend', '100 %\nend'],
  ['lone surrogates', 'a\ud800b', 'a\ufffdb'],
])('makes %s inert', (_, text, shown) => {
  expect(safeText(text)).toBe(shown);
});

test('keeps newlines, tabs and letters of any script', () => {
  expect(safeText('a\tb\nžluť 日本')).toBe('a\tb\nžluť 日本');
});

test('cuts a long line and says so', () => {
  expect(safeText('x'.repeat(5000))).toBe(`${'x'.repeat(4096)}… [cut]`);
});

test('makes one line of several', () => {
  expect(safeOneLine(' a\n\tb\u001b[1m ')).toBe('a b');
});

test('never lets a control character through', () => {
  const hostile = fc.array(
    fc.constantFrom('\u001b', '[', ']', '8;', 'm', '\u0007', '\u009b', '\r', '\u202e', 'P', '\\', 'x', '\n'),
    { maxLength: 30 },
  );
  fc.assert(
    fc.property(hostile, (parts) => {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these must not appear
      expect(safeText(parts.join(''))).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028-\u202e]/);
    }),
    { numRuns: 1000 },
  );
});

test('a stream shows the same lines however it is split', () => {
  const bytes = Buffer.from('één\u001b[1m line\r\nßecond\nlast');
  fc.assert(
    fc.property(fc.nat(bytes.length), (cut) => {
      let shown = '';
      const stream = openSafeStream((text) => {
        shown += text;
      });
      stream.push(bytes.subarray(0, cut));
      stream.push(bytes.subarray(cut));
      stream.end();
      expect(shown).toBe('één line\nßecond\nlast\n');
    }),
  );
});

test('a stream drops the rest of an endless line but not the next one', () => {
  const lines: string[] = [];
  const stream = openSafeStream((text) => lines.push(text));
  for (let chunk = 0; chunk < 5; chunk++) stream.push(Buffer.alloc(50_000, 'x'));
  stream.push(Buffer.from('tail\nnext\n'));
  stream.end();
  expect(lines).toEqual([`${'x'.repeat(4096)}… [cut]\n`, 'next\n']);
});
