/** Waiting until a node answers on SSH with exactly the host key it was born with. */
import type { z } from 'zod';
import type { StepKind } from '../engine/step.ts';
import { BuilderError } from '../errors.ts';
import { type AccessInput, accessAddress, accessInput, NODE_RETRY, nodeOf, nothing } from './inputs.ts';
import type { StepPorts } from './ports.ts';

/** After ACTIVE (reliability.md section 4, row 38). */
const REACHABLE_MS = 10 * 60_000;
const CONSOLE_LINES = 30;

export const waitSsh: StepKind<StepPorts, AccessInput, Record<string, never>> = {
  kind: 'wait-ssh',
  version: 1,
  repeat: 'read',
  input: accessInput,
  output: nothing as z.ZodType<Record<string, never>>,
  retry: { ...NODE_RETRY, attempts: 1 },
  timeLimitMs: REACHABLE_MS + 60_000,
  title: ({ node }) => `wait until ${node} answers on SSH`,
  observe: async () => ({ state: 'absent' }),
  async perform(context, input) {
    try {
      await nodeOf(context, input).waitReachable(REACHABLE_MS, context.signal);
      return {};
    } catch (error) {
      if (!(error instanceof BuilderError) || error.code !== 'no-ssh') throw error;
      const { serverId } = context.outputOf<{ serverId: string }>(`create-server/${input.node}`);
      const console = await context.ports.cloud.readConsole(serverId, CONSOLE_LINES, context.signal);
      throw new BuilderError('no-ssh', error.message, {
        at: `${input.node} ${accessAddress(context, input)}:22`,
        state: 'the server is kept; other nodes are unharmed',
        fix: 'check the route to it and its security group, then run the same command again; --on-failure replace makes a new server',
        details: { console },
        cause: error,
      });
    }
  },
};
