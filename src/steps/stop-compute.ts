/** The end of a compute's own services, before others forget it; of one that does not answer there is nothing to end. */
import { z } from 'zod';
import type { StepContext, StepKind } from '../engine/step.ts';
import { BuilderError } from '../errors.ts';
import { STOP_COMPUTE } from '../remote/commands/leave-cloud.ts';
import { MOST_RESTACKS } from '../roles/restacks.ts';
import { type AccessInput, accessInput, nodeOf } from './node-access.ts';
import type { StepPorts } from './ports.ts';
import { scriptStep } from './script-step.ts';
import { stackJobId } from './stack-tries.ts';

const stop = scriptStep({
  kind: 'stop-compute',
  version: 1,
  repeat: 'idempotent',
  input: accessInput,
  output: z.object({ isStopped: z.boolean() }),
  timeLimitMs: 10 * 60_000,
  title: ({ node }) => `stop the services of ${node}`,
  prepare: () => ({ script: STOP_COMPUTE, env: {} }),
  conclude: () => ({ isStopped: true }),
});

/** A node that does not answer is left to its end: what it may still tell the API is forgotten when its server is gone. */
const REACH_MS = 90_000;

/** Why nothing can be stopped there; null where it answers. */
async function whySilent(context: StepContext<StepPorts>, input: AccessInput): Promise<string | null> {
  const made = context.findOutput<{ serverId: string }>(`create-server/${input.node}`);
  const server = made === null ? null : await context.ports.cloud.getServer(made.serverId, context.signal);
  if (server === null) return 'its server is gone';
  if (server.status !== 'ACTIVE') return `its server is ${server.status}`;
  try {
    await nodeOf(context, input).waitReachable(REACH_MS, context.signal);
    return null;
  } catch (error) {
    if (error instanceof BuilderError && error.code === 'no-ssh') return error.message;
    throw error;
  }
}

/** A stack.sh that still runs would start them again; it may be any of those that were tried on this server. */
async function endStack(context: StepContext<StepPorts>, input: AccessInput): Promise<void> {
  const node = nodeOf(context, input);
  for (let restack = 0; restack <= MOST_RESTACKS; restack += 1) {
    const id = stackJobId(context.generation, restack);
    // One by one: where one was not begun, none after it was.
    const { state } = await node.jobStatus(id, context.signal);
    if (state === 'absent') return;
    if (state !== 'done') await node.cancelJob(id, context.epoch, context.signal);
  }
}

export const stopCompute: StepKind<StepPorts, AccessInput, { isStopped: boolean }> = {
  ...stop,
  async perform(context, input) {
    const why = await whySilent(context, input);
    if (why !== null) {
      context.report(`nothing to stop on ${input.node}: ${why}`);
      return { isStopped: false };
    }
    await endStack(context, input);
    return await stop.perform(context, input);
  },
};
