/** What the inputs of steps share: how a node is reached, and the retry policies. */
import { z } from 'zod';
import type { RetryPolicy, StepContext } from '../engine/step.ts';
import type { RemoteNode } from '../remote/remote.ts';
import type { StepPorts } from './ports.ts';

/** Where a node answers: its port's fixed address, or the floating IP in front of it. */
export const accessInput = z.object({ node: z.string(), user: z.string(), access: z.enum(['fixed', 'floating']) });
export type AccessInput = z.infer<typeof accessInput>;

export const nothing = z.object({});

export const portOutput = z.object({ portId: z.string(), macAddress: z.string(), address: z.string() });
export const floatingIpOutput = z.object({ floatingIpId: z.string(), address: z.string() });

/** For requests to the cloud: its client has already retried what may be retried at once. */
export const CLOUD_RETRY: RetryPolicy = { attempts: 5, baseMs: 2_000, capMs: 60_000 };
/** For work on nodes: mirrors and networks recover within minutes. */
export const NODE_RETRY: RetryPolicy = { attempts: 5, baseMs: 5_000, capMs: 60_000 };

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
