/** Errors in the five-line form, and as JSON. */
import { expect, test } from 'vitest';
import { BuilderError } from '../../../src/errors.ts';
import { errorJson, renderError, renderWarning } from '../../../src/progress/error-text.ts';

const flavor = new BuilderError('flavor-not-found', 'no flavor "m1.hge" in region "RegionOne" (cloud "lab")', {
  at: 'layout.yaml:14:13  nodes.compute.flavor',
  state: 'nothing was created',
  fix: 'did you mean "m1.huge"? list them: ./builder flavors',
});

test('an error takes the documented form', () => {
  expect(renderError(flavor, { debug: false })).toBe(
    [
      'error E2104 flavor-not-found: no flavor "m1.hge" in region "RegionOne" (cloud "lab")',
      '  at     layout.yaml:14:13  nodes.compute.flavor',
      '  state  nothing was created',
      '  fix    did you mean "m1.huge"? list them: ./builder flavors',
      '',
    ].join('\n'),
  );
});

test('problems found together follow one another, with their number at the end', () => {
  const other = new BuilderError('yaml', 'bad indentation', { at: 'layout.yaml:9:3' });
  const text = renderError(BuilderError.all([flavor, other]), { debug: false });
  expect(text.match(/^error E/gm)).toHaveLength(2);
  expect(text.endsWith('  at     layout.yaml:9:3\n2 problems\n')).toBe(true);
});

test('anything unexpected is a bug of the builder', () => {
  const text = renderError(new TypeError('x is not a function'), { debug: false });
  expect(text).toMatch(/^error E0001 internal: x is not a function\n {2}state {2}/);
  expect(text).not.toContain('error-text.test.ts');
});

test('--debug shows stacks and causes', () => {
  const error = new BuilderError('unreachable', 'Nova does not answer', { cause: new Error('ECONNREFUSED 10.0.0.1') });
  const text = renderError(error, { debug: true });
  expect(text).toContain('caused by ECONNREFUSED 10.0.0.1');
  expect(text).toContain('error-text.test.ts');
});

test('no line of the headline is longer than 100 columns, and there are at most five lines', () => {
  const long = new BuilderError('refused', 'word '.repeat(200), { at: 'a', state: 'b', fix: 'c' });
  const lines = renderError(long, { debug: false }).trimEnd().split('\n');
  expect(lines).toHaveLength(5);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100);
  expect(lines[1]?.endsWith('…')).toBe(true);
});

test('a word too long to break a line at is cut where the line ends', () => {
  const [first, second] = renderError(new BuilderError('refused', `${'x'.repeat(120)} end`), { debug: false }).split(
    '\n',
  );
  expect(first).toHaveLength(100);
  expect(second).toMatch(/^ {9}x+ end$/);
});

test('what has no stack, and causes that are no errors, are told all the same', () => {
  const bare = new BuilderError('internal', 'odd', { cause: 'a string' });
  delete bare.stack;
  expect(renderError(bare, { debug: true })).toBe('error E0001 internal: odd\n  message  odd\n  caused by a string\n');
  expect(renderError('thrown as it is', { debug: true })).toContain('caused by thrown as it is');
});

test('a hostile message cannot reach the terminal or forge a field', () => {
  const text = renderError(new BuilderError('refused', 'no\u001b[2J\n  fix    rm -rf /'), { debug: false });
  expect(text).toBe('error E4010 refused: no fix    rm -rf /\n');
});

test('programs get the same facts', () => {
  const error = new BuilderError('quota', 'cores need 24, free 8', {
    at: 'GET /limits',
    state: 'nothing was created',
    fix: 'ask for more',
    details: { wanted: 24 },
    cause: new Error('409'),
  });
  expect(errorJson(error)).toEqual({
    id: 'E4001',
    code: 'quota',
    message: 'cores need 24, free 8',
    at: 'GET /limits',
    state: 'nothing was created',
    fix: 'ask for more',
    blame: 'cloud',
    disposition: 'terminal',
    exitCode: 4,
    details: { wanted: 24 },
    causes: ['409'],
    problems: [],
  });
});

test('causes that form a circle end', () => {
  const first = new Error('first');
  const second = new Error('second', { cause: first });
  first.cause = second;
  expect(errorJson(first).causes).toEqual(['first', 'second']);
});

test('a warning is one line', () => {
  expect(renderWarning('W3003 loose-permissions', 'clouds.yaml\nis 0644')).toBe(
    'warn  W3003 loose-permissions: clouds.yaml is 0644\n',
  );
});
