/** What kind of job an id names, and whether one of a kind has ended well. */
import { jobState } from './jobs.ts';
import type { NodeView } from './view.ts';

/** Of `<kind>-g<generation>`, with or without the name of another node, of a run, of a part and an attempt. */
export function kindOf(jobId: string): string {
  return jobId.replace(/(?:-of-[a-z0-9-]+)?-g\d+(?:-r[\da-f]+)?(-completion|-errors)?(?:-a\d+)?$/, '$1');
}

/** The node that a job is about, where it is about another than its own; null else. */
export function subjectOf(jobId: string): string | null {
  return /-of-([a-z0-9-]+)-g\d+(?:-a\d+)?$/.exec(jobId)?.[1] ?? null;
}

/** Whether it is stack.sh that the job runs. */
export function isStackRun(jobId: string): boolean {
  return kindOf(jobId) === 'run-stack';
}

/** Whether a job of this kind has ended well on the server. */
export function hasDone(view: NodeView, kind: string): boolean {
  for (const job of view.world.job.values()) {
    if (job.serverId !== view.server.id || kindOf(job.id) !== kind) continue;
    const state = jobState(job, view);
    if (state.state === 'done' && state.end.verdict === 'exited' && state.end.code === 0) return true;
  }
  return false;
}
