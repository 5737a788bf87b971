/** Check `services`: DevStack's units on each node are the planned ones, and all of them run. */
import { type Check, type CheckResult, judged, notKnown, type Problem, without } from './check.ts';
import type { ExpectedNode } from './expectation.ts';
import type { Unit } from './facts.ts';

/** The conductor above all cells, or of one. */
const CONDUCTOR = /^n-(cond|super-cond|cond-cell\d+)$/;

/** Services and the units they become (`run_process` in DevStack's lib/); what has no row here has no unit, or is not known. */
const UNITS: readonly { readonly services: readonly string[]; readonly unit: RegExp }[] = [
  { services: ['key'], unit: /^keystone$/ },
  { services: ['n-cond'], unit: CONDUCTOR },
  { services: ['n-novnc'], unit: /^n-novnc(-cell\d+)?$/ },
  { services: ['n-spice'], unit: /^n-spice(-cell\d+)?$/ },
  { services: ['n-sproxy'], unit: /^n-sproxy(-cell\d+)?$/ },
  { services: ['n-cpu'], unit: /^n-cpu(-\d+)?$/ },
  { services: ['q-svc', 'neutron-api'], unit: /^(q-svc|neutron-api)$/ },
  { services: ['q-ovn-agent', 'neutron-ovn-agent'], unit: /^q-ovn-agent$/ },
  { services: ['q-ovn-metadata-agent', 'neutron-ovn-metadata-agent'], unit: /^q-ovn-metadata-agent$/ },
  { services: ['etcd3'], unit: /^etcd$/ },
  ...['n-api', 'n-api-meta', 'n-sch', 'placement-api', 'g-api', 'c-api', 'c-sch', 'c-vol', 'c-bak'].map((name) => ({
    services: [name],
    unit: new RegExp(`^${name}$`),
  })),
];

function isRunning({ active }: Unit): boolean {
  return active === 'active';
}

function describe({ name, active, sub }: Unit): string {
  return `devstack@${name} is ${active} (${sub})`;
}

/** A cell is served by its own conductor alone: another would ask a database that is not its cell's, or work on none. */
function conductorProblems({ name: node, conductors }: ExpectedNode, units: readonly Unit[]): readonly Problem[] {
  const found = units.map(({ name }) => name).filter((name) => CONDUCTOR.test(name));
  if (conductors.length === 0 || found.length === 0) return [];
  return [
    ...without(conductors, found).map((name) => ({
      what: `no unit devstack@${name}`,
      cure: `read stack.sh's log: ./builder logs ${node} run-stack`,
    })),
    ...without(found, conductors).map((name) => ({
      what: `devstack@${name} is not planned: it serves a cell that is hosted elsewhere`,
      cure: `stop it: sudo systemctl disable --now devstack@${name}`,
    })),
  ];
}

function problemsOf(node: ExpectedNode, units: readonly Unit[]): readonly Problem[] {
  const stopped = units
    .filter((unit) => !isRunning(unit))
    .map((unit) => ({
      what: describe(unit),
      cure: `read why: ./builder ssh ${node.name} -- sudo journalctl -u devstack@${unit.name} -e; then sudo systemctl restart it`,
    }));
  const rows = UNITS.map(({ services, unit }) => ({
    service: services.find((service) => node.services.has(service)),
    services,
    found: units.filter(({ name }) => unit.test(name)),
  }));
  const missing = rows.flatMap(({ service, found }) =>
    service === undefined || found.length > 0
      ? []
      : [{ what: `no unit of ${service}`, cure: `read stack.sh's log: ./builder logs ${node.name} run-stack` }],
  );
  const surplus = rows.flatMap(({ service, services, found }) =>
    service !== undefined
      ? []
      : found.map(({ name }) => ({
          what: `devstack@${name} is not planned: ${services[0]} belongs elsewhere`,
          cure: `stop it: sudo systemctl disable --now devstack@${name}`,
        })),
  );
  return [...stopped, ...missing, ...surplus, ...conductorProblems(node, units)];
}

/** The unit of nova-compute on a node that does not run, in words; null while it runs. Its own unit tells it at once. */
export function deadCompute(units: readonly Unit[]): string | null {
  const own = units.filter(({ name }) => /^n-cpu(-\d+)?$/.test(name));
  const dead = own.find((unit) => !isRunning(unit));
  if (dead !== undefined) return describe(dead);
  return own.length === 0 ? 'there is no unit devstack@n-cpu' : null;
}

export const services: Check = {
  name: 'services',
  summary: 'the planned units run on each node, and no others',
  asks: ['units'],
  guests: null,
  whySkipped: () => null,
  judge: (facts, expected): readonly CheckResult[] =>
    expected.nodes.map((node) => {
      const units = facts.units.get(node.name) ?? { unknown: 'nobody asked' };
      if ('unknown' in units) return notKnown(services, node.name, units.unknown);
      const { known } = units;
      const evidence = known.filter((unit) => !isRunning(unit)).map(describe);
      return judged(services, node.name, problemsOf(node, known), `${known.length} units run`, evidence);
    }),
};
