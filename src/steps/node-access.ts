/** How a step reaches its node: the input that says so, address and host keys that came of earlier steps, the node over SSH. */
import { z } from 'zod';
import type { JsonObject, StepContext } from '../engine/step.ts';
import type { RemoteNode } from '../remote/remote.ts';
import type { floatingIpOutput, portOutput } from './outputs.ts';
import { hostKeyName, type StepPorts } from './ports.ts';

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

/**
 * Which host keys a node may show, so that a crash anywhere in their rotation raises no false alarm: the injected key until it is
 * dead, the node's own from the moment it is recorded, no other (reliability.md section 2.12). `findOutput` knows the steps of this
 * generation of the server only; `kept` is the public half of what the vault holds: the injected key, or its successor.
 */
export function acceptedHostKeys(
  findOutput: (key: string) => JsonObject | null,
  node: string,
  kept: string,
): readonly string[] {
  const own = findOutput(`make-host-key/${node}`)?.['hostKey'];
  if (typeof own !== 'string') return [kept];
  const isInjectedDead = findOutput(`install-host-key/${node}`) !== null;
  return isInjectedDead || kept === own ? [own] : [kept, own];
}

function hostKeysOf(context: StepContext<StepPorts>, node: string): readonly string[] {
  const { secrets, keys } = context.ports;
  const kept = keys.publicOf(secrets.get(hostKeyName(node, context.generation)));
  return acceptedHostKeys((key) => context.findOutput(key), node, kept);
}

/** The node a step works on, over SSH; `hostKeys` is what it may show. */
export function nodeOf(
  context: StepContext<StepPorts>,
  input: AccessInput,
  hostKeys = hostKeysOf(context, input.node),
): RemoteNode {
  return context.ports.node(input.node, hostKeys, input.user, accessAddress(context, input));
}
