/** How a step reaches its node: the input that says so, the addresses that came of earlier steps, the node over SSH. */
import { z } from 'zod';
import type { StepContext } from '../engine/step.ts';
import type { RemoteNode } from '../remote/remote.ts';
import type { floatingIpOutput, portOutput } from './outputs.ts';
import type { StepPorts } from './ports.ts';

/** Where a node answers: its port's fixed address, or the floating IP in front of it. */
export const accessInput = z.object({ node: z.string(), user: z.string(), access: z.enum(['fixed', 'floating']) });
export type AccessInput = z.infer<typeof accessInput>;

/** The fixed address Neutron gave a node's port. */
export function fixedAddress(context: StepContext<StepPorts>, node: string): string {
  return context.outputOf<z.infer<typeof portOutput>>(`create-port/${node}`).address;
}

/** The address a node is reached at from here. */
export function accessAddress(context: StepContext<StepPorts>, input: AccessInput): string {
  if (input.access === 'fixed') return fixedAddress(context, input.node);
  return context.outputOf<z.infer<typeof floatingIpOutput>>(`create-floating-ip/${input.node}`).address;
}

/** The node a step works on, over SSH. */
export function nodeOf(context: StepContext<StepPorts>, input: AccessInput): RemoteNode {
  return context.ports.node(input.node, context.generation, input.user, accessAddress(context, input));
}
