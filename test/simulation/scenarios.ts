/** The histories that are tried: builders that die at boundaries, once or twice, and those that come after them. */
import { Judged, type Verb } from './judged.ts';
import { Life } from './life.ts';
import type { Findings } from './oracle.ts';
import { Simulation, type SimulationWishes } from './simulated-builder.ts';

export interface Trial {
  /** What was tried, so that it can be tried again. */
  readonly history: string;
  readonly findings: Findings;
}

/** A part of a history, and how it is told. */
export interface Act {
  readonly name: string;
  play(judged: Judged): Promise<void>;
}

async function tryOn(judged: Judged, { name, play }: Act): Promise<Trial> {
  try {
    await play(judged);
    return { history: name, findings: judged.findings };
  } finally {
    judged.simulation.dispose();
  }
}

export function tryHistory(
  history: string,
  wishes: SimulationWishes,
  act: (judged: Judged) => Promise<void>,
): Promise<Trial> {
  return tryOn(Judged.begin(wishes), { name: history, play: act });
}

/** Builders that die at these boundaries, one after the other; with `ends`, the ones that are then run to their end. */
export function acting(verb: Verb, deaths: readonly number[], ...ends: readonly Verb[]): Act {
  const dying = deaths.map((at) => `${verb} dies at ${at}`);
  return {
    name: [...dying, ...ends].join(', '),
    async play(judged) {
      for (const at of deaths) await judged.run(verb, new Life(at));
      for (const end of ends) await judged.finish(end);
    },
  };
}

/** Each future after the same past, which is played once. What broke in the past is told with every future. */
export async function* tryFutures(past: Act, futures: readonly Act[]): AsyncGenerator<Trial> {
  const judged = Judged.begin({});
  try {
    await past.play(judged);
    for (const future of futures)
      yield await tryOn(judged.branch(), { ...future, name: `${past.name}, ${future.name}` });
  } finally {
    judged.simulation.dispose();
  }
}

/** Names of the boundaries of a run that nothing disturbs. */
export async function countBoundaries(verb: Verb, wishes: SimulationWishes = {}): Promise<readonly string[]> {
  const simulation = new Simulation(wishes);
  try {
    const created = new Life();
    await simulation.create(created);
    if (verb === 'create') return created.passed;
    const destroyed = new Life();
    await simulation.destroy(destroyed);
    return destroyed.passed;
  } finally {
    simulation.dispose();
  }
}
