/** The rules that every valid layout keeps, whatever it is: devstack.md section 7. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { PlannedStep } from '../../../src/engine/step.ts';
import type { Layout } from '../../../src/layout/layout.ts';
import { hypervisorNames, planNodes } from '../../../src/layout/nodes.ts';
import { loadLayout } from '../../../src/layout/read.ts';
import { planCreate } from '../../../src/plan/create.ts';
import { chooseOverlay, tunnelInput } from '../../../src/plan/overlay.ts';
import { checkLocalConf } from '../../../src/roles/check-local-conf.ts';
import { renderLocalConf } from '../../../src/roles/local-conf.ts';
import { choicesFor } from '../plan/choices-fixture.ts';
import { addressesOf, valueOf } from './requests.ts';

const BRANCHES = ['master', 'stable/2026.1', 'stable/2025.2', 'stable/2025.1', 'unmaintained/2024.1'];

/** Groups of computes, each of a cell that exists. */
const computes = (cells: number) =>
  fc.array(
    fc.record({
      role: fc.constant('compute'),
      count: fc.integer({ min: 0, max: 3 }),
      cell: fc.integer({ min: 1, max: cells }),
      fake_hypervisors: fc.option(fc.integer({ min: 1, max: 3 })),
    }),
    { maxLength: 3 },
  );

const controls = fc.oneof(
  fc.constant({ a: { role: 'controller', compute: true } }),
  fc.constant({ a: { role: 'api', compute: true }, d: { role: 'database' }, q: { role: 'messaging' } }),
);

/** How many of a cloud's cells have nodes of their own: the last ones. */
const shapes = fc
  .integer({ min: 1, max: 4 })
  .chain((cells) => fc.record({ cells: fc.constant(cells), children: fc.integer({ min: 0, max: cells - 1 }) }));

const childCells = (cells: number, children: number) =>
  Object.fromEntries(
    Array.from({ length: children }, (_, index) => cells - index).map((cell) => [
      `child${cell}`,
      { role: 'child-cell', cell },
    ]),
  );

const layouts: fc.Arbitrary<Layout> = shapes.chain(({ cells, children }) =>
  fc
    .record({
      control: controls,
      groups: computes(cells),
      ref: fc.constantFrom(...BRANCHES),
      backend: children > 0 ? fc.constant('ovn') : fc.constantFrom('ovn', 'ovs'),
      overlay: fc.boolean(),
      networks: fc.integer({ min: 0, max: 2 }),
      tls: fc.boolean(),
      add: fc.subarray(['tempest', 'horizon', 'dstat', 's-proxy', 'c-bak']),
    })
    .map(({ control, groups, ref, backend, overlay, networks, tls, add }) => {
      const said = {
        version: 1,
        name: 'random',
        devstack: { ref },
        cells: { count: cells },
        network: { backend, overlay: overlay || networks > 0 },
        services: { add },
        tls,
        groups: {
          ...control,
          ...childCells(cells, children),
          n: { role: 'network', count: networks },
          ...Object.fromEntries(groups.map((group, index) => [`hv${index}`, group])),
        },
      };
      // JSON is YAML.
      return loadLayout({ text: JSON.stringify(said), file: 'random.yaml', overrides: {} });
    }),
);

function localConfs(layout: Layout): ReadonlyMap<string, string> {
  const nodes = planNodes(layout);
  const addresses = addressesOf(nodes);
  const overlay = chooseOverlay(layout, nodes, 1450);
  return new Map(
    nodes.map((node) => {
      const tunnels = tunnelInput({ mtu: 1450, overlay }, node.name);
      return [node.name, renderLocalConf({ layout, node, addresses, ...tunnels })];
    }),
  );
}

function planOf(layout: Layout): readonly PlannedStep[] {
  const nodes = planNodes(layout);
  const choices = choicesFor(nodes, { overlay: chooseOverlay(layout, nodes, 1450) });
  return planCreate(layout, nodes, choices, new Map(nodes.map(({ name }) => [name, `uuid-${name}`])));
}

/** Keys of every step that must be done before this one. */
function before(steps: readonly PlannedStep[], key: string, found = new Set<string>()): ReadonlySet<string> {
  for (const edge of steps.find((step) => step.key === key)?.after ?? []) {
    if (found.has(edge)) continue;
    found.add(edge);
    before(steps, edge, found);
  }
  return found;
}

/** Whether OVN may put routers there. */
const isOvnGateway = (text: string): boolean =>
  servicesIn(text).includes('ovn-controller') && valueOf(text, 'ENABLE_CHASSIS_AS_GW') !== 'False';

const servicesIn = (text: string): readonly string[] => (valueOf(text, 'ENABLED_SERVICES') ?? '').split(',');

test('local.conf: no key twice, nothing DevStack would swallow, one Keystone, cells that exist, addresses of nodes', () => {
  fc.assert(
    fc.property(layouts, (layout) => {
      const texts = localConfs(layout);
      const nodes = planNodes(layout);
      const all = [...texts.values()];
      expect(all.flatMap((text) => checkLocalConf(text))).toEqual([]);
      expect(all.filter((text) => servicesIn(text).includes('key'))).toHaveLength(1);
      const addresses = [...addressesOf(planNodes(layout)).values()];
      for (const text of all) {
        expect(Number(valueOf(text, 'NOVA_CPU_CELL') ?? 1)).toBeLessThanOrEqual(
          Number(valueOf(text, 'NOVA_NUM_CELLS') ?? 1),
        );
        for (const key of ['HOST_IP', 'SERVICE_HOST', 'MYSQL_HOST', 'RABBIT_HOST', 'DATABASE_HOST'])
          expect(addresses).toContain(valueOf(text, key));
        // Routers are where the gateway is: on the network nodes, or with the APIs.
        const isGateway = isOvnGateway(text) || servicesIn(text).includes('q-l3');
        const hasNetworkNode = layout.groups.some(({ role, count }) => role === 'network' && count > 0);
        const roleHere = nodes.find(({ name }) => texts.get(name) === text)?.role;
        expect(isGateway).toBe(hasNetworkNode ? roleHere === 'network' : servicesIn(text).includes('q-svc'));
        // Tunnels end on the overlay exactly where there is one and something that ends them.
        const hasTunnels = /\b(?:ovn-controller|q-agt)\b/.test(valueOf(text, 'ENABLED_SERVICES') ?? '');
        expect(valueOf(text, 'TUNNEL_ENDPOINT_IP') !== undefined).toBe(layout.network.overlay && hasTunnels);
        const isOvn = servicesIn(text).some((service) => service.startsWith('ov'));
        expect(isOvn && servicesIn(text).includes('q-agt')).toBe(false);
        // Whoever knows Nova or Neutron trusts the same CA; who has a database or a queue alone needs none.
        const speaks = servicesIn(text).some((service) => /^(n|q)-/.test(service));
        expect(servicesIn(text).includes('tls-proxy')).toBe(layout.tls && speaks);
      }
      // Where the database and the queue are is the same for all of a cell, and there they run.
      for (const [key, service] of [
        ['MYSQL_HOST', 'mysql'],
        ['RABBIT_HOST', 'rabbit'],
      ] as const) {
        const hosts = new Set(all.map((text) => valueOf(text, key)));
        expect(hosts.size).toBe(1 + layout.groups.filter(({ role }) => role === 'child-cell').length);
        for (const host of hosts)
          expect(servicesIn(all.find((text) => valueOf(text, 'HOST_IP') === host) ?? '')).toContain(service);
      }
    }),
    { numRuns: 150 },
  );
});

test('local.conf: each cell is hosted once, and whoever belongs to it listens to the queue there', () => {
  fc.assert(
    fc.property(layouts, (layout) => {
      const texts = localConfs(layout);
      const api = texts.get('a') ?? '';
      const hosted = Array.from({ length: Number(valueOf(api, 'NOVA_NUM_CELLS') ?? 1) }, (_, index) => index + 1);
      const remote = (valueOf(api, 'BUILDER_REMOTE_CELLS') ?? '').match(/\d+=[\d.]+/g) ?? [];
      const queues = new Map([
        ...hosted.map((cell) => [String(cell), valueOf(api, 'RABBIT_HOST')] as const),
        ...remote.map((place) => place.split('=') as [string, string]),
      ]);
      expect([...queues.keys()]).toEqual(Array.from({ length: layout.cells }, (_, index) => String(index + 1)));
      expect(queues.size).toBe(hosted.length + remote.length);
      for (const [name, text] of texts) {
        const cell = valueOf(text, 'BUILDER_CELL') ?? valueOf(text, 'NOVA_CPU_CELL');
        if (cell !== undefined && name !== 'a') expect(valueOf(text, 'RABBIT_HOST')).toBe(queues.get(cell));
        if (valueOf(text, 'BUILDER_CELL') === undefined) continue;
        // All conductors that DevStack would start, less those disabled, are the cell's own.
        const all = Array.from({ length: layout.cells }, (_, index) => `n-cond-cell${index + 1}`);
        const disabled = /^disable_service (.*)$/m.exec(text)?.[1]?.split(' ') ?? [];
        expect(['n-super-cond', ...all].filter((unit) => !disabled.includes(unit))).toEqual([`n-cond-cell${cell}`]);
      }
    }),
    { numRuns: 150 },
  );
});

test('plan: keys once, edges resolved, no circle, the API before computes and after what it fills, each hypervisor mapped', () => {
  fc.assert(
    fc.property(layouts, (layout) => {
      const steps = planOf(layout);
      const nodes = planNodes(layout);
      const keys = steps.map(({ key }) => key);
      expect(new Set(keys).size).toBe(keys.length);
      for (const { key, after } of steps) {
        for (const edge of after) expect(keys).toContain(edge);
        expect(before(steps, key)).not.toContain(key);
      }
      for (const { name, role } of nodes) {
        if (layout.network.overlay) expect(before(steps, `run-stack/${name}`)).toContain(`make-overlay/${name}`);
        if (role === 'compute' || role === 'network') {
          expect(before(steps, `run-stack/${name}`)).toContain('run-stack/a');
          expect(before(steps, `release-stack/${name}`)).toContain('run-stack/a');
          expect(before(steps, `start-stack/${name}`)).not.toContain('run-stack/a');
        }
        if (role === 'database') expect(before(steps, 'run-stack/a')).toContain(`run-stack/${name}`);
        if (role === 'child-cell') expect(before(steps, 'run-stack/a')).toContain(`run-stack/${name}`);
        if (role === 'messaging') expect(before(steps, 'run-stack/a')).toContain(`create-vhosts/${name}`);
      }
      for (const [name, text] of localConfs(layout)) {
        const earlier = before(steps, `run-stack/${name}`);
        expect(earlier.has('make-ca/a')).toBe(
          layout.tls && (earlier.has('run-stack/a') || servicesIn(text).includes('tls-proxy')),
        );
        expect(earlier.has(`install-ca/${name}`)).toBe(servicesIn(text).includes('tls-proxy'));
        // No node that is stacked is waited for: the CA is there before any of them is begun.
        expect([...before(steps, `install-ca/${name}`)].filter((key) => key.startsWith('run-stack/'))).toEqual([]);
        if (!text.includes('enable_plugin builder ')) continue;
        expect(before(steps, `run-stack/${name}`)).toContain(`install-builder-plugin/${name}`);
      }
      const discovery = steps.find(({ kind }) => kind === 'discover-hosts');
      const expected = nodes.flatMap(hypervisorNames);
      expect(new Set(expected).size).toBe(expected.length);
      expect(discovery?.input['hypervisors']).toEqual(expected);
      expect([...before(steps, 'discover-hosts/cluster')]).toEqual(
        expect.arrayContaining(nodes.map(({ name }) => `run-stack/${name}`)),
      );
    }),
    { numRuns: 150 },
  );
});
