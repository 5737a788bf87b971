/** stack.sh as a remote job: each is begun once, attached to again after every cut, judged by its own words. */
import { z } from 'zod';
import type { StepKind } from '../engine/step.ts';
import { BuilderError } from '../errors.ts';
import { READ_COMPLETION } from '../remote/commands/run-stack.ts';
import type { JobResult } from '../remote/remote.ts';
import { timesOf } from '../roles/stage-times.ts';
import { inspectJob } from './inspect-job.ts';
import type { StepPorts } from './ports.ts';
import { NODE_RETRY } from './retry-policies.ts';
import { askAfterRun, followStack, openStackRun, type StackRun, stackFailure, WALL_LIMIT_MS } from './stack-job.ts';
import { restackWords, stackInput, stackJob, stackJobId } from './stack-tries.ts';

/** `isHeld`: an earlier step began it, and it waited for other nodes. */
const input = stackInput.extend({ isHeld: z.boolean().default(false) });
type Input = z.infer<typeof input>;

const output = z.object({
  seconds: z.number(),
  /** Of these, spent in waiting for other nodes. */
  waitedSeconds: z.number(),
  logBytes: z.number(),
  logSha256: z.string(),
});
type Output = z.infer<typeof output>;

/** For later runs, and only for people: whatever hinders it, this one has ended well. */
async function learn({ context, kind, summary, restack }: StackRun): Promise<void> {
  try {
    await summary.read(context.signal);
  } catch (error) {
    if (!(error instanceof BuilderError) && !context.signal.aborted) throw error;
  }
  const times = timesOf(summary.worked.lines);
  // One that finds packages and sources of the one before it is no measure for others.
  if (times !== null && restack === 0) context.ports.stackTimes.record(kind, context, times);
}

async function readSeconds(run: StackRun): Promise<number | null> {
  const asked = await askAfterRun(run, 'completion', READ_COMPLETION, 60_000);
  const seconds = /stack\.sh completed in (\d+) seconds/.exec(asked.output)?.[1];
  return seconds === undefined ? null : Number(seconds);
}

async function conclude(run: StackRun, result: JobResult | null): Promise<Output | null> {
  if (result?.verdict !== 'exited' || result.code !== 0) return null;
  const seconds = await readSeconds(run);
  if (seconds === null) return null;
  await learn(run);
  const { logBytes, logSha256 } = result;
  return { seconds, waitedSeconds: Math.round(run.summary.worked.waitedMs / 1000), logBytes, logSha256 };
}

export const runStack: StepKind<StepPorts, Input, Output> = {
  kind: 'run-stack',
  version: 1,
  repeat: 'once',
  input,
  output,
  retry: NODE_RETRY,
  timeLimitMs: WALL_LIMIT_MS + 10 * 60_000,
  title: ({ node, restack }) => `run stack.sh on ${node}${restackWords(restack)}`,
  jobId: stackJob,
  observe: async () => ({ state: 'resumable' }),
  inspect: (context, given) => inspectJob(context, given, stackJobId(context.generation, given.restack)),
  async perform(context, { isHeld, ...access }) {
    const run = await openStackRun(context, access, isHeld);
    try {
      // The job's own limit leaves room for the waiting, which is over.
      const result = await followStack(run, isHeld ? { limitMs: WALL_LIMIT_MS } : {});
      const done = await conclude(run, result);
      if (done !== null) return done;
      throw await stackFailure(run, access.node, result);
    } finally {
      await run.log.close();
    }
  },
};
