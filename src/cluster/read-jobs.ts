/** What the nodes know of the remote jobs of a cluster whose journal was lost; only looked at, nothing is begun. */
import type { PlannedStep } from '../engine/step.ts';
import type { LastJob } from '../plan/rebuild.ts';
import type { JobStatus, RemoteNode } from '../remote/remote.ts';
import { STEP_KINDS } from '../steps/index.ts';

/** Seconds are enough for a server that is there; one that boots has no records yet. */
const REACH_MS = 20_000;

function toEnd(status: JobStatus): LastJob['end'] {
  if (status.state !== 'done') return 'open';
  const { verdict, code } = status.result;
  return verdict === 'exited' && code === 0 ? 'succeeded' : 'failed';
}

async function readLastJob(
  node: RemoteNode,
  step: PlannedStep,
  generation: number,
  signal: AbortSignal,
): Promise<LastJob | null> {
  const kind = STEP_KINDS.get(step.kind);
  if (kind?.jobId === undefined) return null;
  let last: LastJob | null = null;
  // An attempt may have failed before it reached the node, and a run gives up after so many. What ended well was begun again at
  // most because another node was replaced.
  let lastToAsk = kind.retry.attempts;
  for (let attempt = 1; attempt <= lastToAsk; attempt += 1) {
    const id = kind.jobId(generation, attempt, step);
    const status = await node.jobStatus(id, signal);
    if (status.state !== 'absent') {
      last = { attempt, end: toEnd(status) };
      lastToAsk = attempt + (last.end === 'succeeded' ? 1 : kind.retry.attempts);
    }
    // Some jobs have one id for all attempts.
    if (id === kind.jobId(generation, attempt + 1, step)) break;
  }
  return last;
}

/**
 * By step, the last job of each of the node's `steps` (in plan order). A step is looked for only where the steps before it on the
 * node left something. Throws what `RemoteNode` throws where the node does not answer.
 */
export async function readJobs(
  node: RemoteNode,
  steps: readonly PlannedStep[],
  generation: number,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, LastJob>> {
  const jobs = new Map<string, LastJob>();
  await node.waitReachable(REACH_MS, signal);
  const withJob = new Set(steps.flatMap(({ key, kind }) => (STEP_KINDS.get(kind)?.jobId === undefined ? [] : [key])));
  for (const step of steps) {
    if (step.after.some((key) => withJob.has(key) && !jobs.has(key))) continue;
    // One by one: each answer says whether the next question makes sense.
    const job = await readLastJob(node, step, generation, signal);
    if (job !== null) jobs.set(step.key, job);
  }
  return jobs;
}
