/** The plan of create: whole, in order, without secrets. */
import { describe, expect, test } from 'vitest';
import type { StepRecord } from '../../../src/engine/journal.ts';
import { planReplacement } from '../../../src/engine/replace.ts';
import type { PlannedStep } from '../../../src/engine/step.ts';
import { planNodes } from '../../../src/layout/nodes.ts';
import type { Choices } from '../../../src/plan/choices.ts';
import { planCreate, planRemoval } from '../../../src/plan/create.ts';
import { chooseOverlay } from '../../../src/plan/overlay.ts';
import { STEP_KINDS } from '../../../src/steps/index.ts';
import { load, SMALL } from '../layout/small-layout.ts';
import { choicesFor } from './choices-fixture.ts';

const LAYOUT = load(SMALL);
const NODES = planNodes(LAYOUT);
const IDS = new Map(NODES.map(({ name }) => [name, `uuid-${name}`]));

function plan(changes: Partial<Choices> = {}, nodes = NODES): readonly PlannedStep[] {
  return planCreate(LAYOUT, nodes, choicesFor(NODES, changes), IDS);
}

/** Every step that must be done before this one. */
function before(steps: readonly PlannedStep[], key: string): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (name: string): void => {
    for (const next of steps.find((step) => step.key === name)?.after ?? []) {
      if (found.has(next)) continue;
      found.add(next);
      visit(next);
    }
  };
  visit(key);
  return found;
}

describe('a plan is whole', () => {
  const everything = plan({
    floatingNetworkId: 'ext',
    isMirrored: true,
    uploads: { patches: 'p', plugin: { name: 'mine', sha256: 'x' }, repositories: 'r', fragments: { compute: 'X=1' } },
  });
  test('keys are unique, edges lead to steps of the plan, earlier ones only', () => {
    const keys = everything.map(({ key }) => key);
    expect(new Set(keys).size).toBe(keys.length);
    for (const { key } of everything) expect(before(everything, key).has(key)).toBe(false);
    for (const { after } of everything) for (const edge of after) expect(keys).toContain(edge);
  });
  test('every kind is known and accepts its input', () => {
    for (const { kind, version, input } of [...everything, ...plan(), planRemoval('controller', 1)]) {
      const known = STEP_KINDS.get(kind);
      expect(known?.version, kind).toBe(version);
      expect(known?.input.safeParse(input).success, kind).toBe(true);
    }
  });
});

describe('overlap', () => {
  const steps = plan();
  const waited = (key: string): readonly string[] =>
    [...before(steps, key)].filter((name) => /^(run|start|release)-stack|^create-vhosts/.test(name)).sort();

  test('a compute begins beside the controller, and is released only when that has ended well', () => {
    expect(waited('start-stack/compute-1')).toEqual([]);
    expect(before(steps, 'start-stack/compute-1')).toContain('install-builder-plugin/compute-1');
    expect(waited('release-stack/compute-1')).toEqual(['run-stack/controller', 'start-stack/compute-1']);
    expect(waited('run-stack/compute-1')).toEqual([
      'release-stack/compute-1',
      'run-stack/controller',
      'start-stack/compute-1',
    ]);
  });

  test('the first to be stacked waits for nobody, and has no plugin', () => {
    const kinds = steps.filter(({ node }) => node === 'controller').map(({ kind }) => kind);
    expect(kinds).toContain('run-stack');
    for (const kind of ['start-stack', 'release-stack', 'install-builder-plugin']) expect(kinds).not.toContain(kind);
    expect(steps.find(({ key }) => key === 'write-local-conf/controller')?.input).not.toHaveProperty('isHeld');
    expect(steps.find(({ key }) => key === 'write-local-conf/compute-1')?.input).toHaveProperty('isHeld', true);
  });

  test('is left out where nobody wants it: one after the other then', () => {
    const plain = plan({ isOverlapped: false });
    expect(plain.map(({ kind }) => kind)).not.toContain('start-stack');
    expect(plain.map(({ kind }) => kind)).not.toContain('install-builder-plugin');
    expect(before(plain, 'run-stack/compute-1')).toContain('run-stack/controller');
    expect(plain.filter(({ input }) => input['isHeld'] === true)).toEqual([]);
  });

  test('a controller that is replaced takes along what was released, and leaves alone what waits', () => {
    const records = (begun: readonly string[]) =>
      steps.map((planned, index): StepRecord => {
        const attempts = begun.includes(planned.key) ? [{ state: 'intent' } as StepRecord['attempts'][number]] : [];
        return { id: index, planned, generation: 1, state: 'open', output: null, attempts };
      });
    const replaced = (...begun: readonly string[]) =>
      planReplacement(records(begun), ['controller'], '', planRemoval, (kind) => {
        const known = STEP_KINDS.get(kind);
        return known?.repeat === 'once' || known?.isIrrevocable === true;
      });
    const waiting = replaced('start-stack/compute-1', 'start-stack/compute-2', 'release-stack/compute-2');
    expect(waiting.nodes).toEqual(['controller', 'compute-2']);
    const again = waiting.insert.map(({ key }) => key);
    expect(again).not.toContain('start-stack/compute-1');
    expect(again).toEqual(expect.arrayContaining(['release-stack/compute-1', 'run-stack/compute-1']));
    expect(again).toContain('create-server/compute-2');
  });
});

describe('order', () => {
  const steps = plan();
  test('computes are stacked after the controller, beside each other', () => {
    expect(before(steps, 'run-stack/compute-1')).toContain('run-stack/controller');
    expect(before(steps, 'run-stack/compute-1')).not.toContain('run-stack/compute-2');
  });
  test('a compute is prepared without waiting for the controller', () => {
    expect([...before(steps, 'write-local-conf/compute-1')].filter((key) => key.endsWith('/controller'))).toEqual([
      'create-port/controller',
    ]);
  });
  test('names need every port, and are fixed before anything is installed', () => {
    expect(before(steps, 'set-names/compute-1')).toContain('create-port/compute-2');
    expect(before(steps, 'install-packages/compute-1')).toContain('set-names/compute-1');
  });
  test('stack.sh waits for local.conf and for the node’s identity', () => {
    expect(before(steps, 'run-stack/compute-1')).toContain('write-local-conf/compute-1');
    expect(before(steps, 'run-stack/compute-1')).toContain('write-compute-id/compute-1');
  });
  test('a server has a host key of its own before anything secret reaches it or its key is told to others', () => {
    const rotated = 'install-host-key/compute-1';
    expect(before(steps, rotated)).toContain('make-host-key/compute-1');
    for (const kind of ['set-names', 'write-local-conf', 'make-migration-key']) {
      expect(before(steps, `${kind}/compute-1`), kind).toContain(rotated);
    }
  });
  test('a peer’s key never stands before a stack.sh: replacing one compute leaves the others stacked', () => {
    const own = [...before(steps, 'run-stack/compute-1')].filter((key) => key.endsWith('/compute-2'));
    expect(own).toEqual(['create-port/compute-2']);
  });
  test('hosts are discovered last, on the controller', () => {
    const discovery = steps.at(-1);
    expect(discovery).toMatchObject({
      key: 'discover-hosts/cluster',
      node: 'controller',
      input: { hypervisors: ['controller', 'compute-1', 'compute-2'] },
    });
    for (const { name } of NODES) expect(before(steps, 'discover-hosts/cluster')).toContain(`run-stack/${name}`);
  });
});

describe('the overlay network', () => {
  const addresses = { controller: '172.24.8.1', 'compute-1': '172.24.8.2', 'compute-2': '172.24.8.3' };
  const steps = plan({ overlay: { range: '172.24.8.0/22', mtu: 1400, addresses } });
  const inputOf = (key: string): unknown => steps.find((step) => step.key === key)?.input;
  test('every node gets its address, knows its peers, and tells DevStack what fits', () => {
    expect(inputOf('make-overlay/compute-1')).toMatchObject({
      address: '172.24.8.2/22',
      mtu: 1400,
      peers: ['controller', 'compute-2'],
    });
    expect(inputOf('check-overlay/compute-1')).toMatchObject({
      peers: { controller: '172.24.8.1', 'compute-2': '172.24.8.3' },
    });
    expect(inputOf('write-local-conf/compute-1')).toMatchObject({ mtu: 1400, overlayAddress: '172.24.8.2' });
  });
  test('it is there before stack.sh, whose restart of Open vSwitch it must survive', () => {
    expect(before(steps, 'run-stack/compute-1')).toContain('make-overlay/compute-1');
  });
  test('it is tried when all have theirs', () => {
    const earlier = before(steps, 'check-overlay/controller');
    for (const { name } of NODES) expect(earlier).toContain(`make-overlay/${name}`);
  });
  test('a peer’s bridge never stands before a stack.sh: replacing one compute leaves the others stacked', () => {
    const own = [...before(steps, 'run-stack/compute-1')].filter((key) => key.endsWith('/compute-2'));
    expect(own).toEqual(['create-port/compute-2']);
  });
  test('its steps are known and accept their input', () => {
    for (const { kind, version, input } of steps) {
      expect(STEP_KINDS.get(kind)?.version, kind).toBe(version);
      expect(STEP_KINDS.get(kind)?.input.safeParse(input).success, kind).toBe(true);
    }
  });
  test('network nodes and the node with the APIs are joined when each is stacked, the others are not', () => {
    const nodes = planNodes(load(`${SMALL}  net: {role: network, count: 2}\nnetwork: {overlay: true}\n`));
    const overlay = {
      range: '172.24.8.0/22',
      mtu: 1400,
      addresses: Object.fromEntries(nodes.map(({ name }) => [name, 'a'])),
    };
    const joined = planCreate(LAYOUT, nodes, choicesFor(nodes, { overlay }), IDS);
    const rows = joined.filter(({ kind }) => kind === 'join-public-bridge');
    expect(rows.map(({ node, input }) => [node, input['isGateway']])).toEqual([
      ['controller', true],
      ['net-1', false],
      ['net-2', false],
    ]);
    expect(before(joined, 'join-public-bridge/net-1')).toContain('run-stack/net-1');
    expect(before(joined, 'run-stack/net-1')).toContain('run-stack/controller');
    expect(before(joined, 'run-stack/compute-1')).not.toContain('run-stack/net-1');
    expect(steps.map(({ kind }) => kind)).not.toContain('join-public-bridge');
  });
  test('whoever was there keeps its address when nodes come and go', () => {
    const layout = load(`${SMALL}network: {overlay: true}\n`);
    const first = chooseOverlay(layout, planNodes(layout), 1450);
    const [, ...computes] = planNodes(layout);
    const later = [{ ...computes[1]!, name: 'compute-3' }, computes[1]!];
    expect(chooseOverlay(layout, later, 1450, first)?.addresses).toEqual({
      'compute-3': '172.24.8.4',
      'compute-2': '172.24.8.3',
    });
  });
  test('a lonely node has nobody to try, and one that nobody gave an address is a bug', () => {
    const overlay = { range: '172.24.8.0/22', mtu: 1400, addresses };
    expect(plan({ overlay }, NODES.slice(0, 1)).map(({ kind }) => kind)).not.toContain('check-overlay');
    expect(() => plan({ overlay: { ...overlay, addresses: {} } })).toThrow(TypeError);
  });
});

describe('what a layout does not ask for is not planned', () => {
  const kinds = new Set(plan().map(({ kind }) => kind));
  test.each([
    'create-floating-ip',
    'apply-patches',
    'install-plugin',
    'write-repositories',
    'install-openvswitch',
    'make-overlay',
    'check-overlay',
    'make-ca',
    'install-ca',
  ])('%s', (kind) => expect(kinds).not.toContain(kind));
  test('a controller that runs no servers of its own needs no identity as a hypervisor', () => {
    const [controller, ...computes] = NODES.map((node) => ({ ...node, isHypervisor: node.role === 'compute' }));
    const ids = new Map(computes.map(({ name }) => [name, `uuid-${name}`]));
    const steps = planCreate(LAYOUT, controller === undefined ? [] : [controller, ...computes], choicesFor(NODES), ids);
    const identified = steps.filter(({ kind }) => kind === 'write-compute-id');
    expect(identified.map(({ node, input }) => [node, input['computeId']])).toEqual([
      ['compute-1', 'uuid-compute-1'],
      ['compute-2', 'uuid-compute-2'],
    ]);
    expect(steps.at(-1)?.input).toMatchObject({ node: 'controller', hypervisors: ['compute-1', 'compute-2'] });
  });
  test('fake hypervisors get their identities from DevStack', () => {
    const nodes = NODES.map((node) => (node.name === 'compute-1' ? { ...node, fakeHypervisors: 3 } : node));
    const identified = plan({}, nodes).filter(({ kind }) => kind === 'write-compute-id');
    expect(identified.map(({ node }) => node)).toEqual(['controller', 'compute-2']);
  });
  test('a lonely hypervisor needs no keys for migration', () => {
    expect(plan({}, NODES.slice(0, 1)).map(({ kind }) => kind)).not.toContain('make-migration-key');
  });
});

describe('what the checks before never let through is a bug, and no plan', () => {
  test('a node without image and flavor', () => {
    expect(() => plan({ nodes: {} })).toThrow(new TypeError('no choice was made for node controller'));
  });
  test('a layout without a controller', () => {
    expect(() => plan({}, NODES.slice(1))).toThrow(new TypeError('a layout has a controller'));
  });
});

test('plugins are enabled on every node at the commits that were recorded', () => {
  const heat = { name: 'heat', repo: 'https://git/heat', ref: 'master', commit: 'c'.repeat(40) };
  const commitsOf = (changes: Partial<Choices>): readonly unknown[] =>
    plan(changes).flatMap(({ kind, input }) => (kind === 'write-local-conf' ? [input['pluginCommits']] : []));
  const recorded = { heat: 'c'.repeat(40) };
  expect(commitsOf({ projects: { plugins: [heat], changes: [] } })).toEqual([recorded, recorded, recorded]);
  expect(commitsOf({})).toEqual([undefined, undefined, undefined]);
});

test('mirrors are written before the first package is installed, where there are any', () => {
  const mirrored = plan({ isMirrored: true });
  for (const { name } of NODES) {
    expect(before(mirrored, `install-packages/${name}`)).toContain(`write-mirrors/${name}`);
    // The list of what needs no proxy has the address of every node.
    for (const peer of NODES) expect(before(mirrored, `write-mirrors/${name}`)).toContain(`create-port/${peer.name}`);
  }
  expect(plan().map(({ kind }) => kind)).not.toContain('write-mirrors');
});

test('ports, addresses and rules outlive a server', () => {
  const lasting = plan({ floatingNetworkId: 'ext' }).filter(({ lifetime }) => lifetime === 'cluster');
  expect(new Set(lasting.map(({ kind }) => kind))).toEqual(
    new Set(['create-security-group', 'allow-traffic', 'create-port', 'create-floating-ip']),
  );
});

test('no plan holds a secret: it is stored as it is', () => {
  expect(JSON.stringify(plan())).not.toMatch(/password|PRIVATE KEY/i);
});
