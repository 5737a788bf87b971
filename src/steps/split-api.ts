/** Around the API node of a split control plane: vhosts on the message queue before it, its idle twins stopped after it. */
import { z } from 'zod';
import { CREATE_VHOSTS, STOP_IDLE_TWINS } from '../remote/commands/split-api.ts';
import { accessInput } from './node-access.ts';
import { nothing } from './outputs.ts';
import { scriptStep } from './script-step.ts';

export const createVhosts = scriptStep({
  kind: 'create-vhosts',
  version: 1,
  repeat: 'idempotent',
  input: accessInput.extend({ vhosts: z.array(z.string()) }),
  output: nothing,
  timeLimitMs: 5 * 60_000,
  title: ({ vhosts }) => `create the message queue's vhosts: ${vhosts.join(', ')}`,
  prepare: (_context, { vhosts }) => ({ script: CREATE_VHOSTS, env: { VHOSTS: vhosts.join(' ') } }),
  conclude: () => ({}),
});

export const stopIdleTwins = scriptStep({
  kind: 'stop-idle-twins',
  version: 1,
  repeat: 'idempotent',
  input: accessInput,
  output: nothing,
  timeLimitMs: 10 * 60_000,
  title: () => 'stop the idle database and message queue',
  prepare: () => ({ script: STOP_IDLE_TWINS, env: {} }),
  conclude: () => ({}),
});
