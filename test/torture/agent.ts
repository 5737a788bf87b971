/** The agent on the servers: its supervisor is killed at every system call (reliability.md section 3.2). */
import { faultOf, KillBench, whyNoKillPoints } from '../hosts/kill-points.ts';
import { casesOf, nothingFound, type Part } from './part.ts';

export const runAgent: Part = async (wishes) => {
  const findings = nothingFound();
  const figures = { agentPoints: 0, agentMissed: 0 };
  const skipped = whyNoKillPoints();
  if (skipped !== null) return { figures, findings, skipped };
  const bench = new KillBench();
  try {
    for (const point of casesOf(bench.listPoints(), wishes)) {
      if (Date.now() >= wishes.deadlineMs) break;
      const outcome = bench.killAt(point);
      figures[outcome.isKilled ? 'agentPoints' : 'agentMissed'] += 1;
      const fault = faultOf(outcome);
      if (fault === null) continue;
      findings.trials.push(`the agent killed at ${outcome.point}`);
      findings[outcome.runs > 1 ? 'rerun' : 'leaks'].push(fault);
    }
  } finally {
    bench.dispose();
  }
  if (figures.agentPoints < figures.agentMissed) throw new Error(`hardly any kill came: ${JSON.stringify(figures)}`);
  return { figures, findings, skipped: null };
};
