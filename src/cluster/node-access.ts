/** How a node is reached and what it is in the cloud, read from the recorded outputs of its steps. */
import { z } from 'zod';
import type { StepRecord } from '../engine/journal.ts';
import { accessInput } from '../steps/node-access.ts';
import { floatingIpOutput, portOutput } from '../steps/outputs.ts';

export interface NodeAccess {
  /** The port's fixed address; null until the port exists. */
  readonly address: string | null;
  readonly floatingAddress: string | null;
  readonly serverId: string | null;
  /** Where SSH answers, and the login user; null until known. */
  readonly sshAddress: string | null;
  readonly user: string | null;
}

const serverOutput = z.object({ serverId: z.string() });

function outputOf<T>(steps: readonly StepRecord[], key: string, schema: z.ZodType<T>): T | null {
  const step = steps.find(({ planned, state }) => planned.key === key && state === 'done');
  return step === undefined ? null : schema.parse(step.output);
}

/** `steps`: the cluster's, those that no longer count left out. */
export function readNodeAccess(steps: readonly StepRecord[], node: string): NodeAccess {
  const address = outputOf(steps, `create-port/${node}`, portOutput)?.address ?? null;
  const floatingAddress = outputOf(steps, `create-floating-ip/${node}`, floatingIpOutput)?.address ?? null;
  const waitSsh = steps.find(({ planned }) => planned.key === `wait-ssh/${node}`);
  const access = waitSsh === undefined ? null : accessInput.parse(waitSsh.planned.input);
  return {
    address,
    floatingAddress,
    serverId: outputOf(steps, `create-server/${node}`, serverOutput)?.serverId ?? null,
    sshAddress: access?.access === 'floating' ? floatingAddress : address,
    user: access?.user ?? null,
  };
}
