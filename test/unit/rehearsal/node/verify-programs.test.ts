/** What rehearsed servers answer to verify follows from what was done on them: nothing before stack.sh, less where one is switched off. */
import { createHash } from 'node:crypto';
import { beforeEach, expect, test } from 'vitest';
import { applyChanges, put, remove } from '../../../../src/rehearsal/world.ts';
import { type CloudFacts, type Known } from '../../../../src/verify/facts.ts';
import { parseAnswers, readFacts } from '../../../../src/verify/read-answers.ts';
import { readGuests } from '../../../../src/verify/read-guests.ts';
import { readTempest } from '../../../../src/verify/read-tempest.ts';
import { RehearsedNodes, spec } from './rehearsed-node.ts';

const CONTROLLER = '198.18.0.10';
const COMPUTE = '198.18.0.11';
const SERVICES = {
  lab: 'key,n-api,n-sch,n-cond,n-cpu,ovn-northd,ovn-controller,q-ovn-agent',
  'lab-1': 'n-cpu,ovn-controller,q-ovn-agent',
};
const QUESTIONS = 'units compute-services hypervisors cells hosts upgrade providers inventories agents chassis';

let nodes: RehearsedNodes;
let controller: string;
let compute: string;

function run(server: string, kind: string, env: Readonly<Record<string, string>> = {}): string {
  return nodes.finish(server, spec(kind, { env })).output;
}

function stack(server: string, name: keyof typeof SERVICES, more = ''): void {
  run(server, 'set-names-g1-a1', { NODE_NAME: name, HOSTS: `${CONTROLLER} lab|${COMPUTE} lab-1` });
  run(server, 'create-stack-user-g1-a1');
  run(server, 'clone-devstack-g1-a1');
  const text = `[[local|localrc]]\nSERVICE_HOST=${CONTROLLER}\ndisable_all_services\nENABLED_SERVICES=${SERVICES[name]}${more}\n`;
  const sha256 = createHash('sha256').update(text).digest('hex');
  run(server, 'write-local-conf-g1-a1', { LOCAL_CONF: Buffer.from(text).toString('base64'), SHA256: sha256 });
  run(server, 'run-stack-g1');
}

let asked = 0;
function ask(): CloudFacts {
  asked += 1;
  const answers = { known: parseAnswers(run(controller, `verify-ask-g1-r${asked}`, { QUESTIONS })) };
  return readFacts(new Map([['lab', answers]]), 'lab', 'lab', { unknown: '' });
}

function tryGuests(): CloudFacts['guests'] {
  asked += 1;
  const env = { HOSTS: 'lab lab-1', PING: 'yes', MIGRATE: 'lab lab-1' };
  return readGuests(run(controller, `verify-guests-g1-r${asked}`, env), null);
}

function rowsOf<T>(fact: Known<readonly T[]>): readonly T[] {
  if ('unknown' in fact) throw new Error(fact.unknown);
  return fact.known;
}

beforeEach(() => {
  nodes = new RehearsedNodes();
  controller = nodes.addServer('controller-server', CONTROLLER);
  compute = nodes.addServer('compute-server', COMPUTE);
});

test('a server that was not stacked has no units, and no openstack', () => {
  const facts = ask();
  expect(facts.units.get('lab')).toEqual({ known: [] });
  expect(facts.agents).toEqual({ unknown: 'agents: env: ‘openstack’: No such file or directory' });
  expect(tryGuests()).toEqual({ unknown: 'env: ‘openstack’: No such file or directory' });
});

test('a stacked cloud knows its members, and maps none before they were discovered', () => {
  stack(controller, 'lab');
  stack(compute, 'lab-1');
  const facts = ask();
  expect(rowsOf(facts.hypervisors)).toEqual([
    { name: 'lab', state: 'up' },
    { name: 'lab-1', state: 'up' },
  ]);
  expect(rowsOf(facts.mappings)).toEqual([]);
  expect(facts.upgrade).toMatchObject({ known: { exit: 2 } });
  expect(rowsOf(facts.cells).map(({ name }) => name)).toEqual(['cell0', 'cell1']);
  run(controller, 'discover-hosts-g1-a1', { EXPECTED: 'lab lab-1', LOOKS: '1' });
  expect(rowsOf(ask().mappings)).toEqual([
    { cell: 'cell1', host: 'lab' },
    { cell: 'cell1', host: 'lab-1' },
  ]);
  expect(ask().upgrade).toMatchObject({ known: { exit: 0 } });
});

test.each(['switched off', 'gone'])('a compute that is %s stays known, and does not live', (how) => {
  stack(controller, 'lab');
  stack(compute, 'lab-1');
  run(controller, 'discover-hosts-g1-a1', { EXPECTED: 'lab lab-1', LOOKS: '1' });
  const server = nodes.world.server.get(compute)!;
  applyChanges(nodes.world, [
    how === 'gone' ? remove('server', compute) : put('server', compute, { ...server, isStopped: true }),
  ]);
  const facts = ask();
  expect(rowsOf(facts.computeServices).filter(({ host }) => host === 'lab-1')).toEqual([
    { binary: 'nova-compute', host: 'lab-1', status: 'enabled', state: 'down', updatedAt: null },
  ]);
  expect(rowsOf(facts.agents).filter(({ isAlive }) => !isAlive)).toHaveLength(2);
  expect(rowsOf(facts.chassis)).toHaveLength(2);
  expect(tryGuests()).toMatchObject({
    known: {
      guests: [
        { host: 'lab', isUp: true, pinged: [] },
        { host: 'lab-1', isUp: false, server: null },
      ],
    },
  });
});

test('tempest passes where it was stacked and every node lives, and fails what boots a server where one does not', () => {
  const runTempest = (): CloudFacts['tempest'] => {
    asked += 1;
    return readTempest(run(controller, `verify-tempest-g1-r${asked}`), null);
  };
  expect(runTempest()).toEqual({ unknown: expect.stringMatching(/^there is no tempest in \/opt\/stack\/tempest/) });
  stack(controller, 'lab', ',tempest');
  stack(compute, 'lab-1');
  run(controller, 'discover-hosts-g1-a1', { EXPECTED: 'lab lab-1', LOOKS: '1' });
  const outcomes = (): unknown => {
    const ended = runTempest();
    return 'known' in ended ? [ended.known.exit, ...ended.known.tests.map(({ outcome }) => outcome)] : ended;
  };
  expect(outcomes()).toEqual([0, 'passed', 'passed', 'passed', 'skipped', 'passed']);
  const server = nodes.world.server.get(compute)!;
  applyChanges(nodes.world, [put('server', compute, { ...server, isStopped: true })]);
  expect(outcomes()).toEqual([1, 'passed', 'passed', 'passed', 'skipped', 'failed']);
});
