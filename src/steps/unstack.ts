/** unstack.sh as a remote job: begun at most once before each stack.sh that is run again on its server. */
import { z } from 'zod';
import { UNSTACK } from '../remote/commands/unstack.ts';
import { MOST_RESTACKS, restackOf } from '../roles/restacks.ts';
import { accessInput } from './node-access.ts';
import { nothing } from './outputs.ts';
import { scriptStep } from './script-step.ts';

/** Measured: more than three minutes on a controller, nearly all of it in waiting for services to stop. */
const LIMIT_MS = 30 * 60_000;

/**
 * `restack`: the number of the stack.sh that comes after it, from 1. `cause`: the error code of the one before, which is answered with
 * a fresh server where this fails.
 */
export const unstack = scriptStep({
  kind: 'unstack',
  version: 1,
  repeat: 'once',
  input: accessInput.extend({ restack: z.number().int(), cause: z.string() }),
  output: nothing,
  timeLimitMs: LIMIT_MS,
  runOf: restackOf,
  title: ({ node, restack }) => `run unstack.sh on ${node} (${restack} of ${MOST_RESTACKS})`,
  prepare: () => ({ script: UNSTACK, env: {} }),
  conclude: () => ({}),
});
