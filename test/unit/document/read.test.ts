/** Any YAML document is read by its schema, or refused with every problem and its line. */
import { expect, test } from 'vitest';
import { z } from 'zod';
import { readDocument } from '../../../src/document/read.ts';
import { rule } from '../../../src/document/report.ts';
import { BuilderError } from '../../../src/errors.ts';

const schema = z.strictObject({
  version: z.literal(1),
  guests: z
    .array(z.strictObject({ name: z.string(), age: z.int().optional(), vegan: z.boolean().optional() }))
    .default([]),
  budget: z
    .custom<number | 'none'>(
      (value) => value === 'none' || typeof value === 'number',
      rule('bad-value', 'not a sum', 'write none for none'),
    )
    .default('none'),
});

function read(text: string): z.output<typeof schema> {
  return readDocument({ text, file: 'party.yaml', noun: 'the party', schema, check: () => undefined });
}

function problemsOf(text: string): readonly string[] {
  try {
    read(text);
    return [];
  } catch (error) {
    if (!(error instanceof BuilderError)) throw error;
    const problems = error.problems.length === 0 ? [error] : error.problems;
    return problems.map(({ at, message, fix }) => `${at}: ${message}; ${fix}`);
  }
}

test('text in a list of mappings is taken as written, other kinds as YAML reads them', () => {
  expect(read('version: 1\nguests: [{name: 1.10, age: 30, vegan: true}]\nbudget: 2.5\n')).toEqual({
    version: 1,
    guests: [{ name: '1.10', age: 30, vegan: true }],
    budget: 2.5,
  });
});

test('problems below lists have their line, and near misses their word', () => {
  expect(problemsOf('version: 1\nguests:\n- name: Ann\n  vegn: true\n- age: x\nbudget: all\n')).toEqual([
    'party.yaml:4:3  guests.0.vegn: unknown key "vegn"; did you mean "vegan"?',
    'party.yaml:5:3  guests.1.name: guests.1.name is missing; write name: …',
    'party.yaml:5:8  guests.1.age: guests.1.age must be a whole number; write a whole number',
    'party.yaml:6:9  budget: budget: not a sum; write none for none',
  ]);
});

test('messages call the document by its name', () => {
  expect(problemsOf('[1]')).toEqual(['party.yaml:1:1: the party must be keys with values; write keys with values']);
  expect(problemsOf(`# ${'x'.repeat(1024 * 1024)}`)[0]).toContain('the party is bigger than 1 MiB');
});

test('rules over the whole are told beside the problems of the schema', () => {
  const read2 = (): unknown =>
    readDocument({
      text: 'version: 2\nbudget: none\n',
      file: 'party.yaml',
      noun: 'the party',
      schema,
      check: (said, report) => report('roles', ['budget'], `nobody pays of ${JSON.stringify(said)}`, 'invite a host'),
    });
  expect(read2).toThrow(expect.objectContaining({ problems: [expect.anything(), expect.anything()] }));
});
