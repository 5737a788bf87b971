/** Waiting until a node answers on SSH with exactly the host key it was born with. */
import { z } from 'zod';
import type { StepKind } from '../engine/step.ts';
import { BuilderError } from '../errors.ts';
import { accessAddress, accessInput, nodeOf } from './node-access.ts';
import { nothing } from './outputs.ts';
import type { StepPorts } from './ports.ts';
import { NODE_RETRY } from './retry-policies.ts';

const input = accessInput.extend({ timeoutMs: z.number().int().positive() });

/** The longest time `--ssh-timeout` may ask for, and a minute for the console. */
const LIMIT_MS = 61 * 60_000;
const CONSOLE_LINES = 30;

export const waitSsh: StepKind<StepPorts, z.infer<typeof input>, Record<string, never>> = {
  kind: 'wait-ssh',
  version: 1,
  repeat: 'read',
  input,
  output: nothing,
  retry: { ...NODE_RETRY, attempts: 1 },
  timeLimitMs: LIMIT_MS,
  title: ({ node }) => `wait until ${node} answers on SSH`,
  observe: async () => ({ state: 'absent' }),
  async perform(context, given) {
    try {
      await nodeOf(context, given).waitReachable(given.timeoutMs, context.signal);
      return {};
    } catch (error) {
      if (!(error instanceof BuilderError) || error.code !== 'no-ssh') throw error;
      const { serverId } = context.outputOf<{ serverId: string }>(`create-server/${given.node}`);
      const console = await context.ports.cloud.readConsole(serverId, CONSOLE_LINES, context.signal);
      throw new BuilderError('no-ssh', error.message, {
        at: `${given.node} ${accessAddress(context, given)}:22`,
        state: 'the server is kept; other nodes are unharmed',
        fix: 'check the route to it and its security group, then run the same command again; --on-failure replace makes a new server',
        details: { console },
        cause: error,
      });
    }
  },
};
