/** Every class of failure of stack.sh, by an excerpt of a log in DevStack's own form. */
import { describe, expect, test } from 'vitest';
import { BuilderError } from '../../../src/errors.ts';
import { renderError } from '../../../src/progress/error-text.ts';
import { classifyStackFailure, FAILURE_CLASSES } from '../../../src/roles/stack-failure.ts';
import { EXCERPTS, echoOf, linesOf, logOf, plainLinesOf } from './stack-failures/log-text.ts';
import { SENTENCES } from './stack-failures/sentences.ts';

const KNOWN = { cluster: 'lab', node: 'compute-1' };

function classNamed(name: string): (typeof FAILURE_CLASSES)[number] | undefined {
  return FAILURE_CLASSES.find((failure) => failure.name === name);
}

test('every class has an excerpt and a sentence here, and nothing else has', () => {
  const names = [...FAILURE_CLASSES.map(({ name }) => name), 'unknown'];
  expect([...EXCERPTS.keys()].toSorted()).toEqual(names.toSorted());
  expect(Object.keys(SENTENCES).toSorted()).toEqual(names.toSorted());
  expect(new Set(names).size).toBe(names.length);
  expect(names.length).toBeGreaterThanOrEqual(28);
});

describe.each(Object.entries(SENTENCES))('the excerpt of %s', (name, sentence) => {
  const log = EXCERPTS.get(name) ?? '';
  const found = classifyStackFailure(log, KNOWN);

  test('is of DevStack’s form, and holds echoes of other failures', () => {
    const lines = linesOf(log);
    expect(lines.length).toBeGreaterThanOrEqual(15);
    expect(lines.length).toBeLessThanOrEqual(60);
    expect(lines.every((line) => /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} /.test(line))).toBe(true);
    expect(log).toMatch(/\| \++ \S+:\S+:\d+ +: {3}\S/);
    expect(log).toContain('| Error on exit\n');
  });

  test('is told by its class and its sentence, with a cure that leaves nothing open but names', () => {
    expect(found).toMatchObject({ name, sentence });
    expect(found.cure).not.toMatch(/[{|]\w+[|}]|CLUSTER|\bundefined\b/);
  });

  test('gives at most ten lines, and the evidence is among them', () => {
    const patterns = classNamed(name)?.patterns ?? [/excluded by a filter/];
    expect(found.lines.length).toBeLessThanOrEqual(10);
    expect(found.lines.some((line) => patterns.some((pattern) => pattern.test(line)))).toBe(true);
    expect(found.lines.every((line) => plainLinesOf(log).includes(line))).toBe(true);
    expect(found.lines).not.toContain('Could not find role: admin');
  });

  test('fits the first two lines of an error', () => {
    const text = renderError(new BuilderError('stack-failed', `compute-1: stack.sh: exit 1: ${found.sentence}`), {
      debug: false,
    });
    expect(text.replaceAll(/\s+/g, ' ')).toContain(found.sentence);
  });

  test('is claimed by no other class that is asked before', () => {
    const own = FAILURE_CLASSES.findIndex((failure) => failure.name === name);
    const before = FAILURE_CLASSES.slice(0, Math.max(0, own));
    const claims = before.filter(({ patterns }) =>
      plainLinesOf(log).some((line) => patterns.some((pattern) => pattern.test(line))),
    );
    expect(claims.map((failure) => failure.name)).toEqual([]);
  });

  test('stays the same beside echoes, the harmless role, and what is dumped after the end', () => {
    const echoes = [...EXCERPTS.values()].flatMap((other) => plainLinesOf(other).map(echoOf));
    const end = log.lastIndexOf('2026', log.indexOf('| Error on exit'));
    const noisy = [
      logOf(...echoes),
      log.slice(0, end),
      logOf(...echoes, 'Could not find role: admin'),
      log.slice(end),
      logOf('Killed', 'No space left on device', '[ERROR] /opt/stack/devstack/functions:1 after the end'),
    ].join('');
    expect(classifyStackFailure(noisy, KNOWN)).toMatchObject({ name, sentence });
  });

  test('is nothing where xtrace alone says it', () => {
    const said = plainLinesOf(log).map(echoOf);
    const echoed = classifyStackFailure(logOf(...said, 'the last words', 'Error on exit'));
    expect(echoed).toMatchObject({
      name: 'unknown',
      sentence: 'a command failed; the last it printed: the last words',
    });
    expect(echoed.lines).toEqual(['the last words', 'Error on exit']);
  });
});
