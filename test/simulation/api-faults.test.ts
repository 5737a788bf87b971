/** Whatever goes wrong with one request, the builder comes to its end, and nothing is made twice, leaked, touched or run again. */
import { describe, expect, test } from 'vitest';
import { faultScriptOf } from '../../src/rehearsal/faults.ts';
import { runApiFaults } from '../torture/api-faults.ts';
import { noFindings } from './oracle.ts';
import { tryHistory } from './scenarios.ts';

/** `npm run torture` takes them all. */
const SAMPLE = 150;

describe('one request that goes wrong', () => {
  test('somewhere, somehow: a sample of the API fault matrix', async () => {
    const slice = { index: 0, count: SAMPLE };
    const { figures, findings } = await runApiFaults({ seed: 1, deadlineMs: Number.POSITIVE_INFINITY, slice });
    expect(findings).toEqual({ ...noFindings(), trials: [] });
    expect(figures['apiSurvived']).toBe(figures['apiCases']);
    expect(figures['apiCases']).toBeGreaterThan(5);
  }, 120_000);

  test('a rule that was refused with 409 and is not there is made all the same', async () => {
    const rule = { on: 'create-security-group-rule', from: 3, of: 'dsb-sim', status: 409 };
    const faults = faultScriptOf({ version: 1, faults: [rule] });
    const { findings } = await tryHistory('refused', { faults }, (judged) => judged.finish('create'));
    expect(findings).toEqual(noFindings());
  }, 60_000);

  test.each(['create-server', 'create-port', 'create-floating-ip'])(
    '%s delivered twice: what the first delivery made is adopted, though the second was refused',
    async (operation) => {
      const faults = faultScriptOf({ version: 1, faults: [{ on: operation, twice: true }] });
      const { findings } = await tryHistory(operation, { faults }, async (judged) => {
        await judged.finish('create');
        await judged.finish('destroy');
      });
      expect(findings).toEqual(noFindings());
    },
    60_000,
  );
});
