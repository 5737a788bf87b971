/** Check `placement`: one root provider for each hypervisor, with something to give. */
import { type Check, judged, notKnown, type Problem, without } from './check.ts';
import { whyNoHypervisor } from './expectation.ts';
import type { Provider } from './facts.ts';

/** Without these no server can be placed. */
const CLASSES = ['VCPU', 'MEMORY_MB', 'DISK_GB'];

function rootsOf(providers: readonly Provider[]): readonly Provider[] {
  return providers.filter(({ isRoot }) => isRoot);
}

/** Whether placement can put servers on a hypervisor; null when it can. */
export function providerProblem(name: string, providers: readonly Provider[]): Problem | null {
  const [own, ...others] = rootsOf(providers).filter((provider) => provider.name === name);
  const unit = `journalctl -u devstack@n-cpu on ${name} says why`;
  if (own === undefined) return { what: `placement has no provider ${name}`, cure: `nova-compute makes it: ${unit}` };
  if (others.length > 0) {
    const what = `placement has ${others.length + 1} providers ${name}`;
    return { what, cure: 'openstack resource provider delete the one that no hypervisor has the id of' };
  }
  const empty = CLASSES.filter((each) => !((own.inventory[each] ?? 0) > 0));
  if (empty.length === 0) return null;
  return { what: `${name} offers no ${empty.join(', ')}`, cure: `nova-compute tells its inventory: ${unit}` };
}

function describe({ name, inventory }: Provider): string {
  const amounts = Object.entries(inventory).map(([each, total]) => `${each} ${total}`);
  return `${name}: ${amounts.join(', ') || 'no inventory'}`;
}

export const placement: Check = {
  name: 'placement',
  summary: 'one root provider for each hypervisor, with processors, memory and disk',
  asks: ['providers', 'inventories'],
  guests: null,
  whySkipped: whyNoHypervisor,
  judge(facts, expected) {
    const { providers } = facts;
    if ('unknown' in providers) return [notKnown(placement, null, providers.unknown)];
    const planned = expected.hypervisors.map(({ name }) => name);
    const roots = rootsOf(providers.known);
    const problems = [
      ...planned.flatMap((name) => providerProblem(name, providers.known) ?? []),
      ...without(
        roots.map(({ name }) => name),
        planned,
      ).map((name) => ({
        what: `provider ${name} belongs to no planned hypervisor`,
        cure: 'openstack resource provider delete ID, once nothing is allocated there',
      })),
    ];
    return [judged(placement, null, problems, `${roots.length} providers have inventory`, roots.map(describe))];
  },
};
