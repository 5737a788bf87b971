/** T4: deterministic simulation by seed; one seed decides faults, deaths, order and layout (reliability.md section 3.4). */
import { trySeed } from '../simulation/seed-history.ts';
import { addTrial, nothingFound, type Part } from './part.ts';

const MS_OF_HOUR = 3_600_000;

function howToRepeat(seed: number): string {
  return `npm run torture -- --only seeds --seed ${seed} --minutes 0.01`;
}

/** From the given seed on, at least one, so that a seed can be tried alone. */
export const runSeeds: Part = async ({ seed: first, deadlineMs, slice }) => {
  const findings = nothingFound();
  let seeds = 0;
  let virtualMs = 0;
  do {
    const seed = first + slice.index + seeds * slice.count;
    const trial = await trySeed(seed);
    seeds += 1;
    virtualMs += trial.virtualMs;
    addTrial(findings, { ...trial, history: `${trial.history}; again: ${howToRepeat(seed)}` });
  } while (Date.now() < deadlineMs);
  return { figures: { seeds, virtualHours: virtualMs / MS_OF_HOUR }, findings, skipped: null };
};
