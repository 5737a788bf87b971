/** T4: deterministic simulation by seed; one seed decides faults, deaths, order and layout (reliability.md section 3.4). */
import { countFindings, noFindings } from '../simulation/oracle.ts';
import { trySeed } from '../simulation/seed-history.ts';
import type { Part } from './part.ts';

const MS_OF_HOUR = 3_600_000;

function howToRepeat(seed: number): string {
  return `npm run torture -- --only seeds --seed ${seed} --minutes 0.01`;
}

/** From the given seed on, at least one, so that a seed can be tried alone. */
export const runSeeds: Part = async ({ seed: first, deadlineMs, slice }) => {
  const findings = { ...noFindings(), trials: [] as string[] };
  let seeds = 0;
  let virtualMs = 0;
  do {
    const seed = first + slice.index + seeds * slice.count;
    const trial = await trySeed(seed);
    seeds += 1;
    virtualMs += trial.virtualMs;
    if (countFindings(trial.findings) > 0) findings.trials.push(`${trial.history}; again: ${howToRepeat(seed)}`);
    for (const kind of ['duplicates', 'leaks', 'foreign', 'rerun'] as const)
      findings[kind].push(...trial.findings[kind]);
  } while (Date.now() < deadlineMs);
  return { figures: { seeds, virtualHours: virtualMs / MS_OF_HOUR }, findings, skipped: null };
};
