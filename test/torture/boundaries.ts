/** T1: a builder dies at every boundary of create and destroy, in process; and at pairs of them, the second in the recovery. */
import { countBoundaries, type Trial, tryCreate, tryDestroy, tryDestroyAfterCrash } from '../simulation/scenarios.ts';
import { below, seededChance } from '../simulation/seeded-random.ts';
import { addTrial, casesOf, nothingFound, type Part, type PartResult, type PartWishes } from './part.ts';

interface Case {
  readonly figure: 'points' | 'pairs';
  run(): Promise<Trial>;
}

/** How far behind the first death the second one may lie to count as near. */
const NEAR = 3;
const RANDOM_PAIRS = 2_000;
/** Every tenth death of create meets every n-th of destroy. */
const TENTH = 10;

function singles(creates: number, destroys: number): readonly Case[] {
  const cases: Case[] = [];
  for (let at = 1; at <= creates; at += 1) {
    cases.push(
      { figure: 'points', run: () => tryCreate([at]) },
      { figure: 'points', run: () => tryDestroyAfterCrash(at) },
    );
  }
  for (let at = 1; at <= destroys; at += 1) cases.push({ figure: 'points', run: () => tryDestroy([at]) });
  return cases;
}

/** The recovery begins with opening the state and reading the cloud: near pairs die there; random ones anywhere in it. */
function pairs(creates: number, destroys: number, seed: number): readonly Case[] {
  const cases: Case[] = [];
  const add = (run: Case['run']): void => void cases.push({ figure: 'pairs', run });
  for (let first = 1; first <= creates; first += 1)
    for (let second = 1; second <= NEAR; second += 1) add(() => tryCreate([first, second]));
  for (let first = 1; first <= destroys; first += 1)
    for (let second = 1; second <= NEAR; second += 1) add(() => tryDestroy([first, second]));
  for (let first = 1; first <= creates; first += TENTH)
    for (let second = 1; second <= destroys; second += 5 * TENTH) add(() => tryDestroyAfterCrash(first, [second]));
  const chance = seededChance(seed);
  for (let count = 0; count < RANDOM_PAIRS; count += 1) {
    const first = 1 + below(creates, chance);
    const second = 1 + below(creates - first + 20, chance);
    add(() => tryCreate([first, second]));
  }
  return cases;
}

async function tryAll(cases: readonly Case[], { deadlineMs }: PartWishes): Promise<PartResult> {
  const figures: Record<string, number> = { points: 0, pairs: 0 };
  const findings = nothingFound();
  for (const { figure, run } of cases) {
    if (Date.now() >= deadlineMs) break;
    addTrial(findings, await run());
    figures[figure] = (figures[figure] ?? 0) + 1;
  }
  return { figures, findings, skipped: null };
}

export const runBoundaries: Part = async (wishes) => {
  const [creates, destroys] = [(await countBoundaries('create')).length, (await countBoundaries('destroy')).length];
  // Single deaths first: they are the promise, pairs its proof in recovery.
  const cases = [
    ...casesOf(singles(creates, destroys), wishes),
    ...casesOf(pairs(creates, destroys, wishes.seed), wishes),
  ];
  return await tryAll(cases, wishes);
};
