/** The list of checks, which of them are wanted, what they ask of which node, and the judgement of all. */
import { BuilderError } from '../errors.ts';
import { USUAL_CHECKS } from '../layout/check-names.ts';
import { QUESTIONS, type Question } from '../remote/commands/ask-cloud.ts';
import { agents } from './agents.ts';
import { boot } from './boot.ts';
import { chassis, isChassis } from './chassis.ts';
import type { Check, CheckResult } from './check.ts';
import { computeProblem, computeServices } from './compute-services.ts';
import { type Expectation, type ExpectedHypervisor, migrationPair } from './expectation.ts';
import type { CloudFacts } from './facts.ts';
import { floatingIp } from './floating-ip.ts';
import { hypervisors } from './hypervisors.ts';
import { joined } from './joined.ts';
import { liveMigrate } from './live-migrate.ts';
import { messages } from './messages.ts';
import { metadata } from './metadata.ts';
import { mtu } from './mtu.ts';
import { ping } from './ping.ts';
import { placement } from './placement.ts';
import { services } from './services.ts';
import { tempestSmoke } from './tempest-smoke.ts';
import { tunnels } from './tunnels.ts';
import { volumes } from './volumes.ts';

/** In the order in which they are told: what only looks, before what makes servers, and the long one last. */
export const CHECKS: readonly Check[] = [
  services,
  computeServices,
  hypervisors,
  placement,
  agents,
  chassis,
  tunnels,
  joined,
  messages,
  volumes,
  boot,
  metadata,
  ping,
  mtu,
  floatingIp,
  liveMigrate,
  tempestSmoke,
];

/** The checks of these names, the usual ones where none is named, those of `more` too, but none left out. Throws `bad-option`. */
export function chooseChecks(
  only: readonly string[],
  skip: readonly string[],
  more: readonly string[] = [],
): readonly Check[] {
  const names: readonly string[] = CHECKS.map(({ name }) => name);
  const unknown = [...only, ...skip, ...more].filter((name) => !names.includes(name));
  const wanted = new Set([...(only.length === 0 ? USUAL_CHECKS : only), ...more]);
  const chosen = CHECKS.filter(({ name }) => wanted.has(name) && !skip.includes(name));
  const wrong =
    unknown.length > 0
      ? `no check is called ${unknown.map((name) => `"${name.slice(0, 80)}"`).join(', ')}`
      : chosen.length === 0
        ? '--only and --skip leave no check'
        : null;
  if (wrong === null) return chosen;
  throw new BuilderError('bad-option', wrong, { state: 'nothing was asked', fix: `checks: ${names.join(', ')}` });
}

/** Checks that make sense for a cloud like this. */
function sensible(checks: readonly Check[], expected: Expectation): readonly Check[] {
  return checks.filter((check) => check.whySkipped(expected) === null);
}

function nodesOf(question: Question, { nodes, apiNode, ovnNode }: Expectation): readonly string[] {
  if (question === 'units' || question === 'starts') return nodes.map(({ name }) => name);
  if (question === 'addresses') return nodes.filter(isChassis).map(({ name }) => name);
  if (question === 'messages') return nodes.filter(({ services: own }) => own.has('n-cpu')).map(({ name }) => name);
  if (question === 'chassis') return ovnNode === null ? [] : [ovnNode];
  return [apiNode];
}

/** By node, what is to be asked there; nodes with nothing to say are left out. */
export function planQuestions(
  checks: readonly Check[],
  expected: Expectation,
): ReadonlyMap<string, readonly Question[]> {
  const asked = new Set(sensible(checks, expected).flatMap(({ asks }) => asks));
  // Whether it runs is half of an answer: it may be on its way.
  if (asked.has('units')) asked.add('starts');
  const byNode = new Map<string, Question[]>();
  for (const question of QUESTIONS.filter((each) => asked.has(each))) {
    for (const node of nodesOf(question, expected)) byNode.set(node, [...(byNode.get(node) ?? []), question]);
  }
  return byNode;
}

export interface GuestPlan {
  /** Hypervisors that get a server. */
  readonly hosts: readonly string[];
  readonly hasPing: boolean;
  readonly hasFullSize: boolean;
  readonly hasFloatingIp: boolean;
  readonly hasVolume: boolean;
  readonly migration: { readonly from: string; readonly to: string } | null;
}

/** A server is not tried where it would wait for ever: on a hypervisor whose nova-compute is known not to serve. */
function canServe(hypervisor: ExpectedHypervisor, { computeServices: listed, units }: CloudFacts): boolean {
  return 'unknown' in listed || computeProblem(hypervisor, listed.known, units) === null;
}

/** How servers of our own are tried, by what is known so far; null where no check wants any. */
export function planGuests(checks: readonly Check[], facts: CloudFacts, expected: Expectation): GuestPlan | null {
  const uses = new Set(sensible(checks, expected).flatMap(({ guests }) => guests ?? []));
  if (uses.size === 0) return null;
  const hasServers = uses.size > (uses.has('volume') ? 1 : 0);
  const fit = hasServers ? expected.hypervisors.filter((one) => canServe(one, facts)) : [];
  const hosts = fit.map(({ name }) => name);
  const hasFullSize = uses.has('full-size') && hosts.length > 1;
  return {
    hosts,
    // What does not pass when it is small does not pass when it is big.
    hasPing: hasFullSize || (uses.has('ping') && hosts.length > 1),
    hasFullSize,
    hasFloatingIp: uses.has('floating-ip'),
    hasVolume: uses.has('volume'),
    migration: uses.has('migrate') ? migrationPair(expected, hosts) : null,
  };
}

function removalOf(left: readonly string[], whose: string, cure: string): readonly CheckResult[] {
  if (left.length === 0) return [];
  const sentence = `${left.length} ${left.length === 1 ? 'object' : 'objects'} of ${whose}`;
  return [{ check: 'removal', node: null, status: 'fail', sentence, evidence: left, cure }];
}

/** What could not be removed is no check, but nobody may overlook it. */
function judgeRemoval({ guests, tempest }: CloudFacts): readonly CheckResult[] {
  const servers = 'known' in guests ? guests.known.left : [];
  const tests = 'known' in tempest ? tempest.known.left : [];
  return [
    ...removalOf(servers, 'this verify could not be removed', 'the next verify removes them first'),
    ...removalOf(
      tests,
      'tempest left in the cloud',
      'delete them as devstack-admin: openstack KIND delete ID; projects and users last',
    ),
  ];
}

/** Pure: the results of all checks, skipped ones with their reasons. */
export function judgeCloud(checks: readonly Check[], facts: CloudFacts, expected: Expectation): readonly CheckResult[] {
  const results = checks.flatMap((check): readonly CheckResult[] => {
    const why = check.whySkipped(expected);
    if (why === null) return check.judge(facts, expected);
    return [{ check: check.name, node: null, status: 'skip', sentence: why, evidence: [], cure: null }];
  });
  return [...results, ...judgeRemoval(facts)];
}
