/** One run of stack.sh over modelled time: which milestones it passes and when, and when it ends. */
import type { StackRow } from '../world.ts';

export const LOG_FILE = '/opt/stack/logs/stack.sh.log';

/** What fills the log between a milestone and the next. */
export type Work = 'packages' | 'sources' | 'configuration' | 'service' | 'network' | 'image';

export interface Milestone {
  /** The name that faults are scripted by. */
  readonly name: string;
  /** DevStack's line in the summary. */
  readonly line: string;
  readonly work: Work;
  readonly afterMs: number;
}

interface MilestoneKind {
  readonly name: string;
  readonly line: string;
  readonly work: Work;
  /** Seconds of a measured run until the next milestone (devstack.md section 8): its weight among those that happen. */
  readonly weight: number;
  /** It happens where one of these is enabled; everywhere when empty. */
  readonly services: RegExp;
}

function kind(name: string, weight: number, work: Work, services: RegExp, line: string): MilestoneKind {
  return { name, line, work, weight, services };
}

/** What our plugin says while it holds stack.sh, where local.conf names a file to wait for. */
const HELD = 'Waiting for other nodes';

const ANY = /^/;
const NEUTRON = /^(q|neutron)-/;
const NOVA = /^n-/;

const KINDS: readonly MilestoneKind[] = [
  kind('prerequisites', 90, 'packages', ANY, 'Installing package prerequisites'),
  kind('rabbit', 12, 'service', /^rabbit$/, 'Starting RabbitMQ'),
  kind('sources', 95, 'sources', ANY, 'Installing OpenStack project source'),
  kind('tempest-sources', 15, 'sources', /^tempest$/, 'Installing Tempest'),
  kind('waiting', 1, 'configuration', ANY, HELD),
  kind('mysql', 6, 'service', /^mysql$/, 'Configuring and starting MySQL'),
  kind('keystone', 56, 'service', /^key$/, 'Starting Keystone'),
  kind('horizon', 4, 'configuration', /^horizon$/, 'Configuring Horizon'),
  kind('glance', 3, 'configuration', /^g-api$/, 'Configuring Glance'),
  kind('neutron', 44, 'configuration', NEUTRON, 'Configuring Neutron'),
  kind('swift', 4, 'configuration', /^s-/, 'Configuring Swift'),
  kind('cinder', 5, 'configuration', /^c-/, 'Configuring Cinder'),
  kind('placement', 9, 'configuration', /^placement-api$/, 'Configuring placement'),
  kind('nova', 20, 'configuration', NOVA, 'Configuring Nova'),
  kind('swift-start', 4, 'service', /^s-/, 'Starting Swift'),
  kind('nova-api', 9, 'service', /^n-api$/, 'Starting Nova API'),
  kind('ovn', 9, 'network', /^ovn-/, 'Starting OVN services'),
  kind('neutron-start', 11, 'service', /^(q-svc|neutron-api)$/, 'Starting Neutron'),
  kind('placement-start', 3, 'service', /^placement-api$/, 'Starting Placement'),
  kind('initial-network', 8, 'network', /^(q-svc|neutron-api)$/, 'Creating initial neutron network elements'),
  kind('nova-start', 13, 'service', NOVA, 'Starting Nova'),
  kind('cinder-start', 8, 'service', /^c-/, 'Starting Cinder'),
  kind('glance-start', 5, 'service', /^g-api$/, 'Starting Glance'),
  kind('images', 11, 'image', /^g-api$/, 'Uploading images'),
  kind('horizon-start', 6, 'service', /^horizon$/, 'Starting Horizon'),
  kind('tempest', 4, 'configuration', /^tempest$/, 'Initializing Tempest'),
];

/** All that there are, by both of their names: which of them a run passes depends on its services. */
export const MILESTONE_NAMES: readonly string[] = KINDS.flatMap(({ name, line }) => [line, name]);

type Run = Pick<StackRow, 'services' | 'lastsMs'> & Partial<Pick<StackRow, 'localrc'>>;

/** In order, the first at the start. */
export function milestonesOf(run: Run): readonly Milestone[] {
  const isHeld = run.localrc?.['BUILDER_WAIT_FOR'] !== undefined;
  const kinds = KINDS.filter(({ line, services }) => {
    if (line === HELD) return isHeld;
    return services === ANY || run.services.some((name) => services.test(name));
  });
  const whole = kinds.reduce((sum, { weight }) => sum + weight, 0);
  let before = 0;
  return kinds.map(({ name, line, work, weight }) => {
    const afterMs = Math.round((run.lastsMs * before) / whole);
    before += weight;
    return { name, line, work, afterMs };
  });
}

/** The time from the start in the middle of a milestone, called by its name or its line; null when the run never comes there. */
export function middleOf(run: Run, milestone: string): number | null {
  const all = milestonesOf(run);
  const index = all.findIndex(({ name, line }) => name === milestone || line === milestone);
  const found = all[index];
  if (found === undefined) return null;
  return Math.round((found.afterMs + (all[index + 1]?.afterMs ?? run.lastsMs)) / 2);
}

/** When it ends, from its start: in the middle of the milestone where it fails. */
export function endAfterMs(row: Pick<StackRow, 'services' | 'lastsMs' | 'localrc' | 'failsAt'>): number {
  return (row.failsAt === null ? null : middleOf(row, row.failsAt)) ?? row.lastsMs;
}
