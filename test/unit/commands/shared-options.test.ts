/** Options every verb takes: where the state is, when colours are wanted, what is refused. */
import { describe, expect, test } from 'vitest';
import { parseSharedOptions } from '../../../src/commands/shared-options.ts';

const tty = { stdin: true, stdout: true, stderr: true };
const HOME = { HOME: '/home/x' };
const parse = (args: Record<string, unknown>, environment: Record<string, string> = HOME, isTty = tty) =>
  parseSharedOptions(args, { environment, cwd: '/cwd', isTty });

describe('state folder', () => {
  test.each([
    ['the option', { state: 'here' }, { BUILDER_STATE: '/b', HOME: '/home/x' }, '/cwd/here'],
    ['BUILDER_STATE', {}, { BUILDER_STATE: '/b', XDG_STATE_HOME: '/xdg' }, '/b'],
    ['XDG_STATE_HOME', {}, { XDG_STATE_HOME: '/xdg', HOME: '/home/x' }, '/xdg/builder'],
    [
      'HOME where XDG_STATE_HOME is relative',
      {},
      { XDG_STATE_HOME: 'xdg', HOME: '/home/x' },
      '/home/x/.local/state/builder',
    ],
    ['HOME where BUILDER_STATE is empty', {}, { BUILDER_STATE: '', HOME: '/home/x' }, '/home/x/.local/state/builder'],
  ])('is named by %s', (_, args, environment, folder) => {
    expect(parse(args, environment as unknown as Record<string, string>).stateFolder).toBe(folder);
  });

  test('must be named where nothing tells', () => {
    expect(() => parse({}, {})).toThrow(expect.objectContaining({ code: 'bad-option' }));
  });
});

test.each([
  ['a terminal', {}, { HOME: '/h' }, tty, true],
  ['--no-color', { color: false }, { HOME: '/h' }, tty, false],
  ['NO_COLOR', {}, { HOME: '/h', NO_COLOR: '1' }, tty, false],
  ['an empty NO_COLOR', {}, { HOME: '/h', NO_COLOR: '' }, tty, true],
  ['a dumb terminal', {}, { HOME: '/h', TERM: 'dumb' }, tty, false],
  ['a pipe', {}, { HOME: '/h' }, { ...tty, stderr: false }, false],
])('colours with %s', (_, args, environment, isTty, hasColor) => {
  expect(parse(args, environment as unknown as Record<string, string>, isTty).hasColor).toBe(hasColor);
});

test('every bad value is named, all at once', () => {
  expect(() => parse({ format: 'xml', state: '' })).toThrow(
    expect.objectContaining({
      code: 'bad-option',
      problems: [
        expect.objectContaining({ message: expect.stringContaining('--state') }),
        expect.objectContaining({ message: expect.stringContaining('--format') }),
      ],
    }),
  );
});
