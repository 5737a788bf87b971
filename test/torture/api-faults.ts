/** T7: everything that can go wrong with one request, at every operation of the API that the builder uses. */
import { faultScriptOf } from '../../src/rehearsal/faults.ts';
import type { Judged } from '../simulation/judged.ts';
import { type Trial, tryHistory } from '../simulation/scenarios.ts';
import { Simulation, type SimulationWishes } from '../simulation/simulated-builder.ts';
import { SPEED } from '../simulation/simulated-cloud.ts';
import { BENDS, bendOnce, LIST_BENDS, OWNED_BENDS } from './api-ways.ts';
import { addTrial, casesOf, nothingFound, type Part } from './part.ts';

type Fault = Omit<NonNullable<Parameters<typeof faultScriptOf>[0]['faults']>[number], 'on' | 'from'>;

/** An operation of the API, and how often a calm create and destroy ask for it. */
interface Operation {
  readonly name: string;
  /** Of all resources together. */
  readonly asked: number;
  /** The resource that is asked about last, and how often that one is. */
  readonly last: { readonly resource: string; readonly asked: number };
}

interface Case {
  readonly title: string;
  readonly wishes: () => SimulationWishes;
}

const STATUSES = [400, 401, 403, 404, 409, 413, 429, 500, 502, 503, 504];
const REPLIES = ['lost', 'truncated', 'html', 'empty', 'wrong-type'] as const;
/** Longer than the client waits for a first byte. */
const HANG_S = 121;
/** Around pauses and settle window of the builder. */
const LATE_S = [1, 30, 119, 121];
/** Where ours are looked for, and the names of ours there; floating IPs have none. From other lists a plan is chosen: what they leave out is not wanted. */
const OURS: Readonly<Record<string, string>> = {
  'list-servers': 'dsb-*',
  'list-ports': 'dsb-*',
  'list-security-groups': 'dsb-*',
  'list-floating-ips': '*',
};
const MOST_RUNS = 4;
/** Never reached: the rule counts and does nothing. */
const NEVER = 1_000_000;

/** Modelled seconds of a time in the builder's. */
function modelled(seconds: number): number {
  return seconds * SPEED;
}

function faultsOf(operation: string): readonly Fault[] {
  const isChange = /^(create|delete)-/.test(operation);
  const ours = OURS[operation];
  const hang = { reply: 'lost', delay: modelled(HANG_S) } as const;
  return [
    ...STATUSES.flatMap((status) => [{ status }, { status, effect: true }]),
    ...REPLIES.map((reply) => ({ reply })),
    ...['0', '-1', 'abc'].map((retryAfter) => ({ status: 429, retry_after: retryAfter })),
    { status: 503, retry_after: '1' },
    { delay: modelled(30) },
    hang,
    { ...hang, status: 504 },
    ...(isChange ? [{ twice: true } as const, ...LATE_S.map((seconds) => ({ late: modelled(seconds) }))] : []),
    ...(ours === undefined ? [] : [1, 2, 3].map((times) => ({ of: ours, omit: true, times }) as const)),
  ];
}

async function listOperations(): Promise<readonly Operation[]> {
  const simulation = new Simulation({
    faults: faultScriptOf({ version: 1, faults: [{ on: '*', from: NEVER, delay: 1 }] }),
  });
  try {
    await simulation.create();
    await simulation.destroy();
    const operations = new Map<string, Operation>();
    for (const [key, { asked }] of simulation.cloud.world['fault-count']) {
      const [, name = '', resource = ''] = key.split('/');
      const before = operations.get(name)?.asked ?? 0;
      operations.set(name, { name, asked: before + asked, last: { resource, asked } });
    }
    return [...operations.values()];
  } finally {
    simulation.dispose();
  }
}

/** Each at the first occurrence for every resource, and at the last one of the last resource. */
function scriptedCases({ name, asked, last }: Operation): readonly Case[] {
  const first = { from: 1 };
  const places =
    asked === 1 ? [first] : [first, { from: last.asked, ...(last.resource !== '' && { of: last.resource }) }];
  return faultsOf(name).flatMap((fault) =>
    places.map((place) => {
      const rule = { on: name, ...place, ...fault };
      return {
        title: JSON.stringify(rule),
        wishes: () => ({ faults: faultScriptOf({ version: 1, faults: [rule] }) }),
      };
    }),
  );
}

function bentCases({ name, asked }: Operation): readonly Case[] {
  const bends = Object.entries({
    ...BENDS,
    ...(name.startsWith('list-') && LIST_BENDS),
    ...(name in OURS && OWNED_BENDS),
  });
  return bends.flatMap(([what, bend]) =>
    [...new Set([1, asked])].map((occurrence) => ({
      title: `${name} number ${occurrence}: ${what}`,
      wishes: () => ({ way: bendOnce(name, occurrence, bend) }),
    })),
  );
}

/** Run again as its errors ask for, at most so often; each error one that is meant for people. */
async function insist(judged: Judged, verb: 'create' | 'destroy'): Promise<void> {
  const ends: string[] = [];
  while (ends.length < MOST_RUNS) {
    const outcome = await judged.attempt(verb);
    if (outcome === 'done') return;
    const { lastError } = judged.simulation;
    ends.push(lastError === null ? `exit ${outcome}` : `${lastError.code}: ${lastError.message}`);
    if (outcome === 1) break;
  }
  judged.findings.leaks.push(`${verb} does not come to its end: ${ends.join(' | ')}`);
}

function tryCase({ title, wishes }: Case): Promise<Trial> {
  return tryHistory(title, wishes(), async (judged) => {
    try {
      await insist(judged, 'create');
      await insist(judged, 'destroy');
    } catch (error) {
      judged.findings.leaks.push(`it threw ${String(error)}`);
    }
  });
}

/** A TLS failure cannot occur here: the simulated cloud has no sockets, and the rehearsal speaks plain HTTP. */
export const runApiFaults: Part = async (wishes) => {
  const operations = await listOperations();
  const cases = operations.flatMap((operation) => scriptedCases(operation).concat(bentCases(operation)));
  const findings = nothingFound();
  const figures = { apiCases: 0, apiSurvived: 0 };
  for (const next of casesOf(cases, wishes)) {
    if (Date.now() >= wishes.deadlineMs) break;
    const isBroken = addTrial(findings, await tryCase(next));
    figures.apiCases += 1;
    if (!isBroken) figures.apiSurvived += 1;
  }
  return { figures, findings, skipped: null };
};
