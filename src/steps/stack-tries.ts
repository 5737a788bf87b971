/** Which stack.sh of its server a step is about: the first, or one that came after an unstack.sh. */
import { z } from 'zod';
import type { StepKind } from '../engine/step.ts';
import { MOST_RESTACKS, restackOf } from '../roles/restacks.ts';
import { accessInput } from './node-access.ts';
import type { StepPorts } from './ports.ts';

/** `restack`: how often stack.sh failed on this server before; plans of earlier builders do not say it. */
export const stackInput = accessInput.extend({ restack: z.number().int().default(0) });
export type StackInput = z.infer<typeof stackInput>;

/** It knows no attempt and no step: however often it is asked for, this stack.sh is begun once on its server. */
export function stackJobId(generation: number, restack: number): string {
  return `run-stack-g${generation}${restack === 0 ? '' : `-r${restack}`}`;
}

/** As steps that follow it are asked for it. */
export const stackJob: NonNullable<StepKind<StepPorts>['jobId']> = (generation, _attempt, { input }) =>
  stackJobId(generation, restackOf(input));

/** For titles: which of the tries it is, where it is not the first. */
export function restackWords(restack: number): string {
  return restack === 0 ? '' : ` again (${restack} of ${MOST_RESTACKS})`;
}
