/** Check `tempest-smoke`: OpenStack's own smoke tests pass, run by the tempest that stack.sh has installed with this cloud. */
import { TEMPEST_LOGS } from '../remote/commands/run-tempest.ts';
import { type Check, judged, notKnown, type Problem } from './check.ts';
import type { Expectation } from './expectation.ts';
import type { TempestRun, TempestTest } from './facts.ts';
import { ASKED_BEFORE, lastLine, whyNothingBoots } from './guests.ts';

/** The exit status of timeout where what it runs ended when it was told to, and where it had to be killed. */
const LATE: readonly number[] = [124, 137];
const SHOWN = 10;

function count(tests: readonly TempestTest[], outcome: TempestTest['outcome']): number {
  return tests.filter((test) => test.outcome === outcome).length;
}

function tallyOf(tests: readonly TempestTest[]): string {
  return `${count(tests, 'passed')} tests passed, ${count(tests, 'skipped')} skipped`;
}

function whyNoTempest({ nodes, apiNode }: Expectation): string | null {
  if (nodes.some(({ name, services }) => name === apiNode && services.has('tempest'))) return null;
  return `${apiNode} was built without service tempest: services: {add: [tempest]} in the layout of a new cluster`;
}

function tempestProblems({ exit, tests, words }: TempestRun, apiNode: string): readonly Problem[] {
  const [passed, failed] = [count(tests, 'passed'), count(tests, 'failed')];
  const cure = `read run.log and tempest.log in ${TEMPEST_LOGS} on ${apiNode}: ./builder ssh ${apiNode}`;
  const tally = tallyOf(tests);
  const problems = failed > 0 ? [{ what: `${failed} of ${tests.length} tests failed; ${tally}`, cure }] : [];
  if (LATE.includes(exit)) return [...problems, { what: `tempest took too long, and was ended when ${tally}`, cure }];
  if (problems.length > 0) return problems;
  if (exit !== 0) return [{ what: `tempest ended with exit ${exit}: ${lastLine(words) || 'it says nothing'}`, cure }];
  return passed > 0 ? [] : [{ what: `no test passed; ${tally}`, cure: 'look at what tempest.conf makes available' }];
}

/** The first that failed, and what an earlier run that was cut had left. */
function evidenceOf({ tests, before }: TempestRun): readonly string[] {
  const failed = tests.filter(({ outcome }) => outcome === 'failed').map(({ name }) => `failed: ${name}`);
  const more = failed.length > SHOWN ? [`and ${failed.length - SHOWN} more`] : [];
  const old = before.length > 0 ? [`there before, of an earlier tempest: ${before.slice(0, SHOWN).join(', ')}`] : [];
  return [...failed.slice(0, SHOWN), ...more, ...old];
}

export const tempestSmoke: Check = {
  name: 'tempest-smoke',
  summary: 'the smoke tests of tempest pass; only where it is named, for they take as long as a stack.sh',
  asks: ASKED_BEFORE,
  guests: null,
  whySkipped: (expected) => whyNothingBoots(expected) ?? whyNoTempest(expected),
  judge({ tempest }, { apiNode }) {
    if ('unknown' in tempest) return [notKnown(tempestSmoke, null, tempest.unknown)];
    const { known } = tempest;
    return [judged(tempestSmoke, null, tempestProblems(known, apiNode), tallyOf(known.tests), evidenceOf(known))];
  },
};

/** Whether tempest is to be run. */
export function wantsTempest(checks: readonly Check[], expected: Expectation): boolean {
  return checks.includes(tempestSmoke) && tempestSmoke.whySkipped(expected) === null;
}
