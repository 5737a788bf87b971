/** The contract of a check: what it asks of the nodes, and how it judges the answers; and the result of a judgement. */
import type { CheckName } from '../layout/check-names.ts';
import type { Question } from '../remote/commands/ask-cloud.ts';
import type { Expectation } from './expectation.ts';
import type { CloudFacts } from './facts.ts';

export interface CheckResult {
  readonly check: string;
  /** The node it speaks of; null for the whole cloud. */
  readonly node: string | null;
  readonly status: 'pass' | 'fail' | 'skip';
  /** What was found, in a sentence. */
  readonly sentence: string;
  /** What was seen, a line each. */
  readonly evidence: readonly string[];
  /** What mends it; null where nothing is broken. */
  readonly cure: string | null;
}

export interface Check {
  /** As `--only`, `--skip` and `verify:` of a layout call it. */
  readonly name: CheckName;
  readonly summary: string;
  readonly asks: readonly Question[];
  /** How it uses servers of its own in the cloud; null for not at all. */
  readonly guests: 'boot' | 'ping' | 'full-size' | 'floating-ip' | 'volume' | 'migrate' | null;
  /** Why it makes no sense for a cloud like this; null where it does. */
  whySkipped(expected: Expectation): string | null;
  /** Pure: a result for the cloud, or one for each node. */
  judge(facts: CloudFacts, expected: Expectation): readonly CheckResult[];
}

/** One thing that is wrong. */
export interface Problem {
  readonly what: string;
  readonly cure: string;
}

/** The result of looking for problems: those found, or the good news. */
export function judged(
  { name }: Pick<Check, 'name'>,
  node: string | null,
  problems: readonly Problem[],
  good: string,
  evidence: readonly string[] = [],
): CheckResult {
  const about = { check: name, node, evidence };
  if (problems.length === 0) return { ...about, status: 'pass', sentence: good, cure: null };
  const cures = [...new Set(problems.map(({ cure }) => cure))];
  return { ...about, status: 'fail', sentence: problems.map(({ what }) => what).join('; '), cure: cures.join('; ') };
}

/** The result where nobody could look: a cloud that does not answer does not work. */
export function notKnown({ name }: Pick<Check, 'name'>, node: string | null, why: string): CheckResult {
  return {
    check: name,
    node,
    status: 'fail',
    sentence: 'could not be asked',
    evidence: [why],
    cure: 'mend what hinders the question, then verify again',
  };
}

/** The names that one list has and the other lacks. */
export function without(names: Iterable<string>, others: Iterable<string>): readonly string[] {
  const known = new Set(others);
  return [...new Set(names)].filter((name) => !known.has(name)).sort();
}
