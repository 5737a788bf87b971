/** Errors as one family: told apart from bugs, and told together. */
import { describe, expect, test } from 'vitest';
import { BuilderError, failureOf } from '../../src/errors.ts';

describe('problems found together', () => {
  const first = new BuilderError('bad-option', 'the first', { at: '--a', fix: 'mend it' });
  const second = new BuilderError('io', 'the second');

  test('are told by the first, with the rest beside it', () => {
    expect(BuilderError.all([first, second])).toMatchObject({
      code: 'bad-option',
      message: 'the first',
      at: '--a',
      fix: 'mend it',
      problems: [first, second],
    });
  });
  test('are the problem itself where there is one', () => expect(BuilderError.all([first])).toBe(first));
  test('are a bug where there is none', () => expect(BuilderError.all([])).toMatchObject({ code: 'internal' }));
});

describe('what was thrown', () => {
  test('on purpose is a failure', () => {
    const error = new BuilderError('io', 'no');
    expect(failureOf(error)).toBe(error);
  });
  test('by a bug goes on its way as it is', () => {
    const bug = new TypeError('not a function');
    expect(() => failureOf(bug)).toThrow(bug);
  });
});
