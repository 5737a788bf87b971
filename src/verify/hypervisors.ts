/** Check `hypervisors`: the planned hypervisors, up, each mapped to its cell, and cells that others can reach. */
import { type Check, judged, notKnown, type Problem, without } from './check.ts';
import { type Expectation, type ExpectedCell, type ExpectedHypervisor, whyNoHypervisor } from './expectation.ts';
import type { Cell, Hypervisor, Mapping, UpgradeCheck } from './facts.ts';

const DISCOVER = 'map it on the API node: cd /opt/stack/devstack && ./tools/discover_hosts.sh';
/** A cell mapping with such a host works on one node only (devstack.md section 1.1). */
const LOOPBACK = /[@/](127(\.\d+){3}|localhost|\[?::1\]?)([:/?]|$)/;
const EVERY_HOST_HAS_A_CELL = 'a host without a cell gets no servers';

function listProblems(found: readonly Hypervisor[], expected: Expectation): readonly Problem[] {
  const planned = expected.hypervisors.map(({ name }) => name);
  const names = found.map(({ name }) => name);
  return [
    ...without(planned, names).map((name) => ({
      what: `${name} is no hypervisor`,
      cure: `read what nova-compute says: journalctl -u devstack@n-cpu on ${name}`,
    })),
    ...without(names, planned).map((name) => ({
      what: `hypervisor ${name} is not planned`,
      cure: 'openstack compute service delete ID of what is gone; names must not change after stack.sh',
    })),
    ...found
      .filter(({ state }) => state !== 'up')
      .map(({ name, state }) => ({
        what: `hypervisor ${name} is ${state}`,
        cure: `look at devstack@n-cpu and libvirtd on ${name}`,
      })),
  ];
}

/** Whether a hypervisor is in the cell it was planned for; null when it is. */
export function mappingProblem(node: ExpectedHypervisor, mappings: readonly Mapping[]): Problem | null {
  const own = mappings.find(({ host }) => host === node.name);
  if (own === undefined)
    return { what: `${node.name} is not mapped to a cell: ${EVERY_HOST_HAS_A_CELL}`, cure: DISCOVER };
  if (own.cell === node.cell) return null;
  return {
    what: `${node.name} is in ${own.cell}, planned is ${node.cell}`,
    cure: 'NOVA_CPU_CELL in its local.conf says which cell it joins',
  };
}

/** The host in an URL of nova-manage. */
function hostIn(url: string): string | undefined {
  return /@([^:/?]+)/.exec(url)?.[1];
}

/** A cell that is mapped to another node's database or queue takes that one's hosts for its own. */
function placeProblems(planned: ExpectedCell, cells: readonly Cell[]): readonly Problem[] {
  return cells
    .filter(({ name, queue, database }) => name === planned.name && !LOOPBACK.test(queue) && !LOOPBACK.test(database))
    .filter(({ queue, database }) => hostIn(queue) !== planned.queue || hostIn(database) !== planned.database)
    .map(({ name, queue, database }) => ({
      what: `${name} is mapped to ${hostIn(queue)} and ${hostIn(database)}, planned are queue ${planned.queue} and database ${planned.database}`,
      cure: 'nova-manage cell_v2 update_cell mends the mapping; then restart devstack@n-api, n-sch and n-super-cond',
    }));
}

function cellProblems(cells: readonly Cell[], expected: Expectation): readonly Problem[] {
  const missing = without(
    ['cell0', ...expected.cells.map(({ name }) => name)],
    cells.map(({ name }) => name),
  ).map((name) => ({
    what: `there is no ${name}`,
    cure: 'nova-manage cell_v2 create_cell; or look for errors in ./builder logs CONTROLLER run-stack',
  }));
  const local = cells
    .filter(({ queue, database }) => LOOPBACK.test(queue) || LOOPBACK.test(database))
    .map(({ name }) => ({
      what: `${name} is mapped to an address that only its own node reaches`,
      cure: 'MYSQL_HOST and RABBIT_HOST must be real addresses; nova-manage cell_v2 update_cell mends the mapping',
    }));
  return [...missing, ...local, ...expected.cells.flatMap((cell) => placeProblems(cell, cells))];
}

function upgradeProblems({ exit }: UpgradeCheck): readonly Problem[] {
  if (exit === 0) return [];
  const what = `nova-status upgrade check ends with ${exit} (${exit === 1 ? 'warnings' : 'failure'})`;
  return [{ what, cure: 'read what it says on the API node: nova-status upgrade check' }];
}

export const hypervisors: Check = {
  name: 'hypervisors',
  summary: 'the planned hypervisors are up and mapped, cells have real addresses, nova-status is content',
  asks: ['hypervisors', 'hosts', 'cells', 'upgrade'],
  guests: null,
  whySkipped: whyNoHypervisor,
  judge(facts, expected) {
    const { hypervisors: listed, mappings, cells, upgrade } = facts;
    if ('unknown' in listed) return [notKnown(hypervisors, null, listed.unknown)];
    if ('unknown' in mappings) return [notKnown(hypervisors, null, mappings.unknown)];
    if ('unknown' in cells) return [notKnown(hypervisors, null, cells.unknown)];
    if ('unknown' in upgrade) return [notKnown(hypervisors, null, upgrade.unknown)];
    const planned = expected.hypervisors;
    const problems = [
      ...listProblems(listed.known, expected),
      ...planned.flatMap((node) => mappingProblem(node, mappings.known) ?? []),
      ...cellProblems(cells.known, expected),
      ...upgradeProblems(upgrade.known),
    ];
    const evidence = [
      ...listed.known.map(({ name, state }) => `hypervisor ${name}: ${state}`),
      ...mappings.known.map(({ cell, host }) => `${host} is mapped to ${cell}`),
      ...cells.known.map(({ name, queue, database }) => `${name}: ${queue}, ${database}`),
      ...(upgrade.known.exit === 0 ? [] : upgrade.known.text.split('\n')),
    ];
    return [judged(hypervisors, null, problems, `${planned.length} hypervisors are up and mapped`, evidence)];
  },
};
