/** T1: a builder dies at every boundary of create and destroy, in process; and at pairs of them, the second in the recovery. */
import { type Act, acting, countBoundaries, tryFutures } from '../simulation/scenarios.ts';
import { below, type Chance, seededChance } from '../simulation/seeded-random.ts';
import { addTrial, casesOf, nothingFound, type Part, type PartResult, type PartWishes } from './part.ts';

/** Futures of one past, which is played once for all of them. */
interface Group {
  readonly figure: 'points' | 'pairs';
  readonly past: Act;
  readonly futures: readonly Act[];
}

/** How far behind the first death the second one may lie to count as near. */
const NEAR = [1, 2, 3];
/** Second deaths anywhere in the recovery, for each first one: 2,000 and more. */
const RANDOM_SECONDS = 4;
/** Every tenth death of create meets every fiftieth of destroy. */
const TENTH = 10;
/** So many futures of a finished cluster are one case. */
const GROUP = 25;

function numbers(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}

/** Futures of a finished cluster, in groups small enough to be stopped between. */
function afterCreate(figure: Group['figure'], futures: readonly Act[]): readonly Group[] {
  const past = acting('create', [], 'create');
  return numbers(Math.ceil(futures.length / GROUP)).map((nth) => ({
    figure,
    past,
    futures: futures.slice((nth - 1) * GROUP, nth * GROUP),
  }));
}

function singles(creates: number, destroys: number): readonly Group[] {
  const deaths = numbers(creates).map((at): Group => {
    const futures = [acting('create', [], 'create', 'destroy'), acting('destroy', [], 'destroy')];
    return { figure: 'points', past: acting('create', [at]), futures };
  });
  const destroying = numbers(destroys).map((at) => acting('destroy', [at], 'destroy'));
  return [...deaths, ...afterCreate('points', destroying)];
}

/** The recovery begins with opening the state and reading the cloud: near pairs die there; random ones anywhere in it. */
function pairs(creates: number, destroys: number, chance: Chance): readonly Group[] {
  const deaths = numbers(creates).map((first): Group => {
    const anywhere = numbers(RANDOM_SECONDS).map(() => 1 + below(creates - first + 20, chance));
    const recoveries = [...NEAR, ...anywhere].map((second) => acting('create', [second], 'create', 'destroy'));
    const tenths = first % TENTH === 1 ? numbers(destroys).filter((second) => second % (5 * TENTH) === 1) : [];
    const removals = tenths.map((second) => acting('destroy', [second], 'destroy'));
    return { figure: 'pairs', past: acting('create', [first]), futures: [...recoveries, ...removals] };
  });
  const near = numbers(destroys).flatMap((first) =>
    NEAR.map((second) => acting('destroy', [first, second], 'destroy')),
  );
  return [...deaths, ...afterCreate('pairs', near)];
}

async function tryAll(groups: readonly Group[], { deadlineMs }: PartWishes): Promise<PartResult> {
  const figures = { points: 0, pairs: 0 };
  const findings = nothingFound();
  for (const { figure, past, futures } of groups) {
    for await (const trial of tryFutures(past, futures)) {
      addTrial(findings, trial);
      figures[figure] += 1;
      if (Date.now() >= deadlineMs) return { figures, findings, skipped: null };
    }
  }
  return { figures, findings, skipped: null };
}

export const runBoundaries: Part = async (wishes) => {
  const [creates, destroys] = [(await countBoundaries('create')).length, (await countBoundaries('destroy')).length];
  // Single deaths first: they are the promise, pairs its proof in recovery.
  const groups = [
    ...casesOf(singles(creates, destroys), wishes),
    ...casesOf(pairs(creates, destroys, seededChance(wishes.seed)), wishes),
  ];
  return await tryAll(groups, wishes);
};
