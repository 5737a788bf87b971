/** The harnesses can fail: every mutant still changes the code it is about, and one that is quick to try dies. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { MUTANTS } from '../torture/mutant-list.ts';
import { patchText, runOn } from '../torture/mutants.ts';

const TOP = join(import.meta.dirname, '..', '..');

test.for(MUTANTS)('the code has what the mutant "$name" takes out', ({ patches }) => {
  for (const patch of patches) {
    const text = readFileSync(join(TOP, patch.file), 'utf8');
    expect(patchText(text, patch)).not.toBe(text);
  }
});

test('a mutant dies where its promise is tested', async () => {
  const mutant = MUTANTS.find(({ name }) => name === 'fsync retried')!;
  expect(await runOn(mutant.harness, null)).toMatchObject({ failed: 0 });
  expect(await runOn(mutant.harness, mutant)).toMatchObject({ failed: 1 });
}, 120_000);
