/** What README.rst tells users of each class of failure of stack.sh is what the builder would tell them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { FAILURE_CLASSES } from '../../../src/roles/stack-failure.ts';
import { fillBlanks } from '../../../src/roles/stack-failures/failure-class.ts';
import { ENDED_EARLY, UNKNOWN_FAILURE } from '../../../src/roles/stack-failures/generic.ts';

const WIDTH = 127;
const README = join(import.meta.dirname, '..', '..', '..', 'README.rst');

/** An option and its value stay on one line. */
function wrap(text: string, first: string, next: string): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(/(?<!\s--[a-z-]+) /)) {
    const line = lines.at(-1);
    if (line === undefined) lines.push(`${first}${word}`);
    else if (line.length + 1 + word.length <= WIDTH) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(`${next}${word}`);
  }
  return lines;
}

/** Name, sentence and cure of each class in the order in which they are asked. */
function renderGuide(): string {
  const lines = [...FAILURE_CLASSES, ENDED_EARLY, UNKNOWN_FAILURE].flatMap(({ name, sentence, cure, isRetryable }) => {
    const title = `    ${`${name}${isRetryable ? ' (again)' : ''}`.padEnd(32)}`;
    const said = wrap(fillBlanks(sentence, {}), title, ' '.repeat(36));
    return said.concat(wrap(fillBlanks(cure, {}), `${' '.repeat(34)}> `, ' '.repeat(36)));
  });
  return `${lines.join('\n')}\n`;
}

test('README.rst lists every class with its sentence and its cure: put this text below "When stack.sh fails"', () => {
  const text = readFileSync(README, 'utf8');
  const section = text.slice(text.indexOf('\nWhen stack.sh fails\n'), text.indexOf('\nErrors and exit codes\n'));
  const guide = section.slice(section.indexOf('::\n\n    disk-full') + '::\n\n'.length);
  expect(guide.trimEnd()).toBe(renderGuide().trimEnd());
});
