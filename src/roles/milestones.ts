/** The lines of DevStack's summary in their order: where each is to be expected, and what a run usually takes until the next. */
import type { RoleName } from './role.ts';

/** Milliseconds from a milestone to the next one of its run, by the milestone's words. */
export type StageTimes = Readonly<Record<string, number>>;

type Services = readonly string[];

export interface Milestone {
  /** DevStack's words in stack.sh, lib/ and extras.d/; the same from 2025.1 to master. */
  readonly words: string;
  /** More follows on the line, like the name of a file. */
  readonly isOpenEnded: boolean;
  /** Whether a run with these services comes there. None but the last is ever relied on. */
  readonly isExpected: (services: Services) => boolean;
  readonly seconds: { readonly controller: number; readonly compute: number };
}

const always = (): boolean => true;

/** Enabled as `is_service_enabled` sees it: one service of that name, or of that family. */
function having(pattern: RegExp): Milestone['isExpected'] {
  return (services) => services.some((service) => pattern.test(service));
}

const KEYSTONE = having(/^key(stone)?$/);
const GLANCE = having(/^g-/);
const NEUTRON = having(/^(q|neutron)-/);
const NEUTRON_API = having(/^(q-svc|neutron-api)$/);
const NOVA = having(/^n-/);
const NOVA_API = having(/^n-api$/);
const HYPERVISOR = having(/^n-cpu$/);
const CINDER = having(/^c-/);
const SWIFT = having(/^(s-|swift$)/);
const PLACEMENT = having(/^placement-api/);
const HORIZON = having(/^horizon$/);
const TEMPEST = having(/^tempest$/);
const DATABASE = having(/^(mysql|postgresql)$/);

/** `seconds` of a controller, and of a compute where its own differ. */
function milestone(
  words: string,
  isExpected: Milestone['isExpected'],
  controller: number,
  compute = controller,
): Milestone {
  return { words, isOpenEnded: false, isExpected, seconds: { controller, compute } };
}

const both =
  (one: Milestone['isExpected'], other: Milestone['isExpected']): Milestone['isExpected'] =>
  (services) =>
    one(services) && other(services);

/**
 * Seconds of the runs measured in devstack.md sections 6.5 and 8: a controller of 426 s and a compute of 264 s. Swift, cinder,
 * horizon, Tempest and the cell's line were not in them: theirs are the estimates of section 6.5, at the same scale. The last
 * milestone is the end: nothing follows it.
 */
export const MILESTONES: readonly [Milestone, ...Milestone[]] = [
  { ...milestone('stack.sh log', always, 4, 5), isOpenEnded: true },
  milestone('Installing package prerequisites', always, 90, 92),
  milestone('Starting RabbitMQ', having(/^rabbit$/), 12),
  milestone('Installing OpenStack project source', always, 106, 85),
  milestone('Installing Tempest', TEMPEST, 17),
  milestone('Configuring and starting MySQL', having(/^mysql$/), 8),
  milestone('Configuring and starting PostgreSQL', having(/^postgresql$/), 8),
  milestone('Starting Keystone', KEYSTONE, 56),
  milestone('Configuring Horizon', HORIZON, 4),
  milestone('Configuring Glance', both(GLANCE, DATABASE), 3),
  milestone('Configuring Neutron', NEUTRON, 44, 37),
  milestone('Configuring Swift', SWIFT, 4),
  milestone('Configuring Cinder', CINDER, 5),
  milestone('Configuring placement', PLACEMENT, 9),
  milestone('Configuring Nova', NOVA, 20, 3),
  milestone('Starting Swift', SWIFT, 4),
  milestone('Starting Nova API', NOVA_API, 9),
  milestone('Starting OVN services', having(/^ovn-controller(-vtep)?$/), 9, 10),
  milestone('Starting Neutron', NEUTRON_API, 13),
  milestone('Starting Placement', PLACEMENT, 1),
  milestone('Creating initial neutron network elements', NEUTRON_API, 8),
  milestone('Starting Nova', NOVA, 13, 32),
  milestone('Starting Cinder', CINDER, 8),
  milestone('Starting Glance', GLANCE, 5),
  milestone('Uploading images', both(GLANCE, DATABASE), 16),
  milestone('Starting Horizon', HORIZON, 6),
  {
    ...milestone(
      'SKIPPING Cell setup',
      both(NOVA_API, (services) => !HYPERVISOR(services)),
      2,
    ),
    isOpenEnded: true,
  },
  milestone('Initializing Tempest', TEMPEST, 9),
  milestone('Installing Tempest Plugins', TEMPEST, 4),
  { ...milestone('stack.sh completed in', always, 0), isOpenEnded: true },
];

/** Place of the end in MILESTONES. */
export const COMPLETED = MILESTONES.length - 1;

/** The place of a summary line in MILESTONES; null for every other line, like a plugin's. */
export function milestoneOf(line: string): number | null {
  const place = MILESTONES.findIndex(({ words, isOpenEnded }) =>
    isOpenEnded ? line.startsWith(`${words} `) : line === words,
  );
  return place < 0 ? null : place;
}

/** What a run with these services took where it was measured: good for shares of the whole, not for times. */
export function usualTimes(role: RoleName, services: Services): StageTimes {
  const column = role === 'compute' ? 'compute' : 'controller';
  const expected = MILESTONES.filter(({ isExpected }) => isExpected(services));
  return Object.fromEntries(expected.map(({ words, seconds }) => [words, seconds[column] * 1000]));
}
