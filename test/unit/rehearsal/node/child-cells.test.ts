/** A rehearsed cell with a node of its own: its conductor runs there, and the controller finds its hypervisors by its queue. */
import { createHash } from 'node:crypto';
import { beforeEach, expect, test } from 'vitest';
import type { CloudFacts, Known } from '../../../../src/verify/facts.ts';
import { parseAnswers, readFacts } from '../../../../src/verify/read-answers.ts';
import { RehearsedNodes, spec } from './rehearsed-node.ts';

const CONTROLLER = '198.18.0.10';
const CHILD = '198.18.0.12';
const COMPUTE = '198.18.0.11';
const QUESTIONS = 'units compute-services hypervisors cells hosts';

let nodes: RehearsedNodes;
let servers: Readonly<Record<'lab' | 'child2' | 'hv2-1', string>>;

function run(
  server: string,
  kind: string,
  env: Readonly<Record<string, string>> = {},
): ReturnType<RehearsedNodes['finish']> {
  return nodes.finish(server, spec(kind, { env }));
}

function stack(name: keyof typeof servers, services: string, ...lines: readonly string[]): void {
  const server = servers[name];
  run(server, 'set-names-g1-a1', { NODE_NAME: name, HOSTS: `${CONTROLLER} lab|${COMPUTE} hv2-1|${CHILD} child2` });
  run(server, 'create-stack-user-g1-a1');
  run(server, 'clone-devstack-g1-a1');
  const text = [
    '[[local|localrc]]',
    `SERVICE_HOST=${CONTROLLER}`,
    ...lines.filter((line) => line.includes('=')),
    'disable_all_services',
    `ENABLED_SERVICES=${services}`,
    ...lines.filter((line) => !line.includes('=')),
    '',
  ].join('\n');
  const sha256 = createHash('sha256').update(text).digest('hex');
  run(server, 'write-local-conf-g1-a1', { LOCAL_CONF: Buffer.from(text).toString('base64'), SHA256: sha256 });
  run(server, 'run-stack-g1');
}

let asked = 0;
function ask(server: string): CloudFacts {
  asked += 1;
  const answers = { known: parseAnswers(run(server, `verify-ask-g1-r${asked}`, { QUESTIONS }).output) };
  return readFacts(new Map([['lab', answers]]), 'lab', null, { unknown: '' });
}

function rowsOf<T>(fact: Known<readonly T[]> | undefined): readonly T[] {
  if (fact === undefined || 'unknown' in fact) throw new Error(fact?.unknown ?? 'nobody asked');
  return fact.known;
}

function stackControllers(): void {
  const child = ['MYSQL_HOST', 'RABBIT_HOST'].map((key) => `${key}=${CHILD}`);
  stack('child2', 'mysql,rabbit,n-cond', ...child, 'NOVA_NUM_CELLS=2', 'disable_service n-super-cond n-cond-cell1');
  const own = ['MYSQL_HOST', 'RABBIT_HOST'].map((key) => `${key}=${CONTROLLER}`);
  stack('lab', 'key,n-api,n-sch,n-cond', ...own, 'NOVA_NUM_CELLS=1', `BUILDER_REMOTE_CELLS=2=${CHILD}`);
}

beforeEach(() => {
  nodes = new RehearsedNodes();
  servers = {
    lab: nodes.addServer('controller-server', CONTROLLER),
    child2: nodes.addServer('child-server', CHILD),
    'hv2-1': nodes.addServer('compute-server', COMPUTE),
  };
});

test('the conductor of the cell runs on its node alone, and is known to nova', () => {
  stackControllers();
  const units = (server: string): readonly string[] =>
    rowsOf(ask(server).units.get('lab')).flatMap(({ name }) => (name.includes('cond') ? [name] : []));
  expect(units(servers.child2)).toEqual(['n-cond-cell2']);
  expect(units(servers.lab)).toEqual(['n-cond-cell1', 'n-super-cond']);
  const conductors = rowsOf(ask(servers.lab).computeServices).filter(({ binary }) => binary === 'nova-conductor');
  expect(conductors.map(({ host }) => host)).toEqual(['lab', 'lab', 'child2']);
});

test('the cell is mapped where its node is, by the plugin, and its hypervisors with it', () => {
  run(servers.lab, 'create-stack-user-g1-a1');
  run(servers.lab, 'install-builder-plugin-g1-a1');
  stackControllers();
  stack('hv2-1', 'n-cpu', `RABBIT_HOST=${CHILD}`, 'NOVA_CPU_CELL=2');
  run(servers.lab, 'discover-hosts-g1-a1', { EXPECTED: 'hv2-1', CELLS: 'cell2/hv2-1', LOOKS: '1' });
  const { cells, mappings } = ask(servers.lab);
  expect(rowsOf(cells).map(({ name, queue }) => [name, queue])).toEqual([
    ['cell0', 'none:/'],
    ['cell1', `rabbit://stackrabbit:****@${CONTROLLER}:5672/nova_cell1`],
    ['cell2', `rabbit://stackrabbit:****@${CHILD}:5672/nova_cell2`],
  ]);
  expect(rowsOf(mappings)).toEqual([{ cell: 'cell2', host: 'hv2-1' }]);
});

test.each([
  ['no plugin told nova of the cell', false, CHILD],
  ['it listens to the queue of another cell', true, CONTROLLER],
])('a hypervisor is not found where %s', (_why, isInstalled, queue) => {
  run(servers.lab, 'create-stack-user-g1-a1');
  if (isInstalled) run(servers.lab, 'install-builder-plugin-g1-a1');
  stackControllers();
  stack('hv2-1', 'n-cpu', `RABBIT_HOST=${queue}`, 'NOVA_CPU_CELL=2');
  const looked = run(servers.lab, 'discover-hosts-g1-a1', { EXPECTED: 'hv2-1', LOOKS: '1' });
  expect(looked).toMatchObject({ code: 1, output: expect.stringContaining('not mapped to a cell: hv2-1') });
});
