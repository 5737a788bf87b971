/** The loop of the parts that kill from outside, and what it counts. */
import type { Trial } from '../simulation/scenarios.ts';
import { addTrial, nothingFound, type PartResult, type PartWishes } from './part.ts';
import { whyNoStrace } from './strace.ts';

export interface KillTrial extends Trial {
  /** False when the run ended before it came to its moment. */
  readonly isKilled: boolean;
}

/** Tries one after the other while there is time; says so where nothing can be killed. */
export async function tallyKills<Kill>(
  { deadlineMs }: PartWishes,
  listKills: () => Promise<readonly Kill[]>,
  tryKill: (kill: Kill) => Promise<KillTrial>,
): Promise<PartResult> {
  const findings = nothingFound();
  const figures = { outsidePoints: 0, outsideMissed: 0 };
  const skipped = whyNoStrace();
  if (skipped !== null) return { figures, findings, skipped };
  for (const kill of await listKills()) {
    if (Date.now() >= deadlineMs) break;
    const trial = await tryKill(kill);
    figures[trial.isKilled ? 'outsidePoints' : 'outsideMissed'] += 1;
    addTrial(findings, trial);
  }
  // A harness that kills nobody proves nothing.
  if (figures.outsidePoints < figures.outsideMissed)
    throw new Error(`hardly any kill came: ${JSON.stringify(figures)}`);
  return { figures, findings, skipped: null };
}
