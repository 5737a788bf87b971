/** Data printed as table, JSON, YAML or bare values. */
import { expect, test } from 'vitest';
import { formatClock, formatDuration } from '../../../src/progress/duration.ts';
import { renderData, renderTable } from '../../../src/progress/table.ts';

const printable = {
  data: { name: 'lab', since: new Date(0), nothing: undefined },
  rows: [['a\tb', 'c']],
  table: () => 'the table\n',
};

test('columns are aligned, cells inert, lines without trailing blanks', () => {
  expect(renderTable(['A', 'B'], [['long', 'x\u001b[1m'], ['s']])).toBe('A     B\nlong  x\ns\n');
});

test('each format prints its own form', async () => {
  expect(await renderData('table', printable)).toBe('the table\n');
  expect(JSON.parse(await renderData('json', printable))).toEqual({ name: 'lab', since: '1970-01-01T00:00:00.000Z' });
  expect(await renderData('yaml', printable)).toBe('name: lab\nsince: 1970-01-01T00:00:00.000Z\n');
  expect(await renderData('value', printable)).toBe('a b\tc\n');
});

test.each([
  [420, '0.4 s'],
  [12_900, '12 s'],
  [252_000, '4 min 12 s'],
  [7_500_000, '2 h 5 min'],
])('%i ms is %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

test.each([
  [7_000, '0:07'],
  [750_000, '12:30'],
  [3_723_000, '1:02:03'],
  [-5, '0:00'],
])('%i ms on the clock is %s', (ms, text) => {
  expect(formatClock(ms)).toBe(text);
});
