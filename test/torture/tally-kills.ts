/** The loop of the parts that kill from outside, and what it counts. */
import { countFindings, noFindings } from '../simulation/oracle.ts';
import type { Trial } from '../simulation/scenarios.ts';
import type { PartResult, PartWishes } from './part.ts';
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
  const findings = { ...noFindings(), trials: [] as string[] };
  const figures = { outsidePoints: 0, outsideMissed: 0 };
  const skipped = whyNoStrace();
  if (skipped !== null) return { figures, findings, skipped };
  for (const kill of await listKills()) {
    if (Date.now() >= deadlineMs) break;
    const { history, findings: found, isKilled } = await tryKill(kill);
    figures[isKilled ? 'outsidePoints' : 'outsideMissed'] += 1;
    if (countFindings(found) > 0) findings.trials.push(history);
    for (const kind of ['duplicates', 'leaks', 'foreign', 'rerun'] as const) findings[kind].push(...found[kind]);
  }
  // A harness that kills nobody proves nothing.
  if (figures.outsidePoints < figures.outsideMissed)
    throw new Error(`hardly any kill came: ${JSON.stringify(figures)}`);
  return { figures, findings, skipped: null };
}
