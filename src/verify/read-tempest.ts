/** From what the job that runs tempest prints to facts. */
import { z } from 'zod';
import type { CloudFacts, TempestTest } from './facts.ts';
import { encodedText, factsOf, STOPPED } from './job-facts.ts';

/** `{WORKER} NAME [SECONDS] ... OUTCOME`, as stestr's subunit_trace prints it; of a test that was skipped without its time. */
const OUTCOME = /^\{\d+\} (.+?)(?: \[[\d.]*s?\])? \.\.\. (\w+)/;

function readTest(line: string): readonly TempestTest[] {
  const [, name, word] = OUTCOME.exec(line) ?? [];
  if (name === undefined) return [];
  return [{ name, outcome: word === 'ok' ? 'passed' : word === 'SKIPPED' ? 'skipped' : 'failed' }];
}

const names = z.array(z.string());
const TEMPEST = z.object({
  fact: z.literal('tempest'),
  exit: z.number(),
  outcomes: encodedText.transform((lines) => lines.split('\n').flatMap(readTest)),
  words: encodedText,
  before: names,
  left: names,
});

/** `end`: how the job ended, in words, where it did not end well. */
export function readTempest(output: string, end: string | null): CloudFacts['tempest'] {
  const [stopped] = factsOf(output, STOPPED);
  const [told] = factsOf(output, TEMPEST);
  if (stopped !== undefined) return { unknown: stopped.why };
  if (told === undefined) return { unknown: `running tempest did not come to its end: ${end ?? 'it says nothing'}` };
  const { exit, outcomes: tests, words, before, left } = told;
  return { known: { exit, tests, words, before, left } };
}
