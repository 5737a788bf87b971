/** What the checks that try servers of their own share: where nothing boots, and facts that nobody has. */
import type { Question } from '../remote/commands/ask-cloud.ts';
import { type Check, type CheckResult, notKnown } from './check.ts';
import { type Expectation, whyNoHypervisor } from './expectation.ts';
import type { CloudFacts, GuestFacts } from './facts.ts';

/** No server is tried on a hypervisor that is dead: it would wait for minutes. */
export const ASKED_BEFORE: readonly Question[] = ['units', 'compute-services'];

const FAKE = 'VIRT_DRIVER is fake: nothing boots';

/** Why no server can be tried in a cloud like this; null where one can. */
export function whyNothingBoots(expected: Expectation): string | null {
  return whyNoHypervisor(expected) ?? (expected.canBoot ? null : FAKE);
}

/** The same of servers on two hypervisors, which can reach each other. */
export function whyNoPairBoots(expected: Expectation): string | null {
  return whyNothingBoots(expected) ?? (expected.hypervisors.length < 2 ? 'there is only one hypervisor' : null);
}

/** The last words of a text. */
export function lastLine(text: string): string {
  return text.trimEnd().split('\n').at(-1)?.trim() ?? '';
}

/** Reads the facts of guests, or tells that there are none. */
export function withGuests(
  check: Check,
  facts: CloudFacts,
  judge: (known: GuestFacts) => readonly CheckResult[],
): readonly CheckResult[] {
  return 'unknown' in facts.guests ? [notKnown(check, null, facts.guests.unknown)] : judge(facts.guests.known);
}
