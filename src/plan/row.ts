/** One line of the plan as it is written down by hand: a step of one node, and what it waits for. */
import type { JsonObject, PlannedStep } from '../engine/step.ts';
import type { LayoutNode } from '../layout/layout.ts';
import type { Choices } from './choices.ts';

/** A planned step of one node; `after` names kinds on the same node, or whole keys (with a slash). */
export interface Row {
  readonly kind: string;
  readonly lifetime?: PlannedStep['lifetime'];
  readonly input?: JsonObject;
  readonly after: readonly string[];
  readonly isWanted?: boolean;
}

/** How every step reaches the node it works on. */
export function accessOf(node: LayoutNode, choices: Choices): { node: string; user: string; access: string } {
  return { node: node.name, user: choices.user, access: choices.floatingNetworkId === null ? 'fixed' : 'floating' };
}
