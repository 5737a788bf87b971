/** Fake hypervisors that are stacked again: nova must have forgotten them before, since they come back as others (devstack.md section 2.6). */
import type { Replacement, StepRecord } from '../engine/journal.ts';
import type { PlannedStep } from '../engine/step.ts';
import type { LayoutNode } from '../layout/layout.ts';
import { hypervisorNames } from '../layout/nodes.ts';
import { apiNodeOf } from './stacking.ts';

export const FORGET_HYPERVISORS = 'forget-hypervisors';

export function forgettingKey(node: string): string {
  return `${FORGET_HYPERVISORS}/${node}`;
}

/** How the steps on a node reach it, read from one of them. */
function reachOf({ node = '', user = '', access = '' }: PlannedStep['input']): PlannedStep['input'] {
  return { node, user, access };
}

class Forgetting {
  private readonly steps: readonly StepRecord[];
  private readonly api: string;

  constructor(steps: readonly StepRecord[], api: string) {
    this.steps = steps;
    this.api = api;
  }

  private find(key: string): StepRecord | undefined {
    return this.steps.find(({ planned }) => planned.key === key);
  }

  /** The node's stack.sh waits for it where nova may know the node; a fresh API node knows nobody. */
  add(replacement: Replacement, node: LayoutNode): Replacement {
    const { name } = node;
    const inserted = new Set(replacement.insert.map(({ key }) => key));
    if (!inserted.has(`run-stack/${name}`)) return replacement;
    const key = forgettingKey(name);
    const earlier = this.find(key);
    const begins = inserted.has(`release-stack/${name}`) ? `release-stack/${name}` : `run-stack/${name}`;
    const isKnown =
      (this.find(begins)?.attempts.length ?? 0) > 0 || (earlier !== undefined && earlier.state !== 'done');
    const isWanted = isKnown && !inserted.has(`run-stack/${this.api}`);
    const rest = replacement.insert.filter((step) => step.key !== key);
    const wait = ({ key: own, after }: PlannedStep): readonly string[] => [
      ...after.filter((before) => before !== key),
      ...(isWanted && own === begins ? [key] : []),
    ];
    const insert = rest.map((step): PlannedStep => Object.assign({}, step, { after: wait(step) }));
    const spent = earlier === undefined || replacement.supersede.includes(earlier.id) ? [] : [earlier.id];
    return {
      ...replacement,
      supersede: [...replacement.supersede, ...spent],
      insert: isWanted ? [...insert, this.toStep(node, inserted)] : insert,
    };
  }

  private toStep(node: LayoutNode, inserted: ReadonlySet<string>): PlannedStep {
    const { name } = node;
    const stacked = `run-stack/${this.api}`;
    // What runs there until then would register again.
    const ends = [`remove-server/${name}`, `unstack/${name}`].filter((key) => inserted.has(key));
    return {
      key: forgettingKey(name),
      kind: FORGET_HYPERVISORS,
      version: 1,
      node: this.api,
      lifetime: 'server',
      input: { ...reachOf(this.find(stacked)?.planned.input ?? {}), leaving: name, hosts: hypervisorNames(node) },
      after: [...ends, stacked],
    };
  }
}

/**
 * DevStack draws new identities for fake hypervisors at each stack.sh (lib/nova, start_nova_compute), and nova refuses to start one
 * whose name it knows under another. `nodes` are the cluster's.
 */
export function forgetFirst(
  replacement: Replacement,
  steps: readonly StepRecord[],
  nodes: readonly LayoutNode[],
): Replacement {
  const api = apiNodeOf(nodes).name;
  const forgetting = new Forgetting(steps, api);
  return nodes
    .filter(({ name, fakeHypervisors }) => fakeHypervisors !== null && name !== api)
    .reduce((changed, node) => forgetting.add(changed, node), replacement);
}
