/** A stack.sh that works beside those of other nodes: begun, and followed until our plugin holds it; and its release. */
import type { z } from 'zod';
import type { StepContext, StepKind } from '../engine/step.ts';
import { BuilderError } from '../errors.ts';
import { RELEASE_STACK } from '../remote/commands/run-stack.ts';
import { inspectJob } from './inspect-job.ts';
import { accessInput } from './node-access.ts';
import { nothing } from './outputs.ts';
import type { StepPorts } from './ports.ts';
import { NODE_RETRY } from './retry-policies.ts';
import { scriptStep } from './script-step.ts';
import { followStack, openStackRun, stackFailure, WALL_LIMIT_MS } from './stack-job.ts';
import { restackWords, stackInput, stackJob, stackJobId } from './stack-tries.ts';

type Context = StepContext<StepPorts>;

/** It may have done harm: nodes that are stacked while the API node is break its last check. */
function notHeld({ key }: Context, node: string): BuilderError {
  return new BuilderError('stack-failed', `${node}: stack.sh did not wait for the other nodes`, {
    at: key,
    state: 'it has ended; this server keeps its state for a look until it is replaced',
    fix: 'look in its log for what hinders the plugin called builder; or begin anew with --no-overlap',
  });
}

export const startStack: StepKind<StepPorts, z.infer<typeof stackInput>, Record<string, never>> = {
  kind: 'start-stack',
  version: 1,
  repeat: 'once',
  input: stackInput,
  output: nothing,
  retry: NODE_RETRY,
  timeLimitMs: WALL_LIMIT_MS + 10 * 60_000,
  title: ({ node, restack }) => `begin stack.sh on ${node}${restackWords(restack)}`,
  jobId: stackJob,
  observe: async () => ({ state: 'resumable' }),
  inspect: (context, input) => inspectJob(context, input, stackJobId(context.generation, input.restack)),
  async perform(context, input) {
    const run = await openStackRun(context, input, true);
    const { log, summary } = run;
    try {
      const result = await followStack(run, { isEnough: () => summary.worked.hasWaited, limitMs: WALL_LIMIT_MS });
      // What was released by an earlier builder may be over.
      if (result !== null) await summary.read(context.signal);
      if (summary.worked.hasWaited) return {};
      throw result?.verdict === 'exited' && result.code === 0
        ? notHeld(context, input.node)
        : await stackFailure(run, input.node, result);
    } finally {
      await log.close();
    }
  },
};

/** Cannot be taken back, so a node that was released is made anew where it must wait again. */
export const releaseStack = scriptStep({
  kind: 'release-stack',
  version: 1,
  repeat: 'idempotent',
  isIrrevocable: true,
  input: accessInput,
  output: nothing,
  timeLimitMs: 5 * 60_000,
  title: ({ node }) => `let stack.sh go on on ${node}`,
  prepare: () => ({ script: RELEASE_STACK, env: {} }),
  conclude: () => ({}),
});
