/** What nodes print becomes facts; what cannot be read becomes unknown, with the words that tell why. */
import { describe, expect, test } from 'vitest';
import type { Known } from '../../../src/verify/facts.ts';
import { readDoing } from '../../../src/verify/job-facts.ts';
import { type Answers, parseAnswers, readFacts } from '../../../src/verify/read-answers.ts';
import { readGuests } from '../../../src/verify/read-guests.ts';

const encode = (text: string): string => Buffer.from(text).toString('base64');

function line(question: string, stdout: string, exit = 0, stderr = ''): string {
  return `${JSON.stringify({ question, exit, stdout: encode(stdout), stderr: encode(stderr) })}\n`;
}

function read(...lines: readonly string[]): ReturnType<typeof readFacts> {
  const answers: Known<Answers> = { known: parseAnswers(lines.join('')) };
  return readFacts(new Map([['api', answers]]), 'api', 'api', { unknown: 'nobody asked' });
}

test('units are read from systemd’s list, the marks of failed ones left out', () => {
  const text =
    'devstack@n-api.service loaded active running Devstack devstack@n-api.service\n' +
    '● devstack@n-cpu.service   loaded failed failed  Devstack devstack@n-cpu.service\nnoise\n';
  expect(read(line('units', text)).units.get('api')).toEqual({
    known: [
      { name: 'n-api', active: 'active', sub: 'running' },
      { name: 'n-cpu', active: 'failed', sub: 'failed' },
    ],
  });
});

test('a unit that only others name is none, one whose file went while it ran is', () => {
  const text =
    '● devstack@q-agt.service not-found inactive dead    devstack@q-agt.service\n' +
    '● devstack@n-sch.service not-found active   running Devstack devstack@n-sch.service\n' +
    'devstack@n-cond.service  loaded    inactive dead    Devstack devstack@n-cond.service\n';
  expect(read(line('units', text)).units.get('api')).toEqual({
    known: [
      { name: 'n-sch', active: 'active', sub: 'running' },
      { name: 'n-cond', active: 'inactive', sub: 'dead' },
    ],
  });
});

test('lists of openstack are read, also behind a warning', () => {
  const rows = [
    {
      ID: '1',
      Binary: 'nova-compute',
      Host: 'a',
      Zone: 'nova',
      Status: 'enabled',
      State: 'up',
      'Updated At': '2026-01-01T00:00:00.000000',
    },
  ];
  const agents = ['OVN Controller agent', 'OVN Controller Gateway agent'].map((type) => ({
    ID: '1',
    'Agent Type': type,
    Binary: 'ovn-controller',
    Host: 'a',
    Alive: false,
    State: true,
  }));
  const facts = read(
    line('compute-services', `a warning\n${JSON.stringify(rows)}`),
    line('agents', JSON.stringify(agents)),
    line('hypervisors', '[{"Hypervisor Hostname": "a", "State": "up", "vCPUs": null}]'),
  );
  expect(facts).toMatchObject({
    computeServices: {
      known: [{ binary: 'nova-compute', host: 'a', status: 'enabled', state: 'up', updatedAt: 1_767_225_600 }],
    },
    agents: { known: [{ binary: 'ovn-controller', host: 'a', isAlive: false, isGateway: false }, { isGateway: true }] },
    hypervisors: { known: [{ name: 'a', state: 'up' }] },
  });
});

test('tables of nova-manage are read, and the end of nova-status', () => {
  const cells =
    '+----+\n|  Name | UUID | Transport URL | Database Connection | Disabled |\n+----+\n' +
    '| cell0 | 0 | none:/ | mysql://h/c | False |\n+----+\n';
  const facts = read(
    line('cells', cells),
    line('hosts', '+--+\n| Cell Name | Cell UUID | Hostname |\n+--+\n| cell1 | 1 | compute-1 |\n+--+\n'),
    line('upgrade', 'Result: Failure\n', 2),
  );
  expect(facts).toMatchObject({
    cells: { known: [{ name: 'cell0', queue: 'none:/', database: 'mysql://h/c' }] },
    mappings: { known: [{ cell: 'cell1', host: 'compute-1' }] },
    upgrade: { known: { exit: 2, text: 'Result: Failure' } },
  });
});

test('providers get their inventories, and children are no roots', () => {
  const providers = [
    { uuid: 'u1', name: 'a', root_provider_uuid: 'u1', parent_provider_uuid: null },
    { uuid: 'u2', name: 'a_pci', root_provider_uuid: 'u1', parent_provider_uuid: 'u1' },
  ];
  const inventory = encode(JSON.stringify([{ resource_class: 'VCPU', total: 4, used: 0 }]));
  const facts = read(line('providers', JSON.stringify(providers)), line('inventories', `u1 ${inventory}\nu2 \n`));
  expect(facts.providers).toEqual({
    known: [
      { name: 'a', isRoot: true, inventory: { VCPU: 4 } },
      { name: 'a_pci', isRoot: false, inventory: {} },
    ],
  });
});

test('what has started is read with the time of the answer', () => {
  const start = (text: string): unknown => read(line('starts', text)).starts.get('api');
  expect(start('1767225600\ndegraded\n1767225000\n')).toEqual({
    known: { now: 1_767_225_600, system: 'degraded', computeStartedAt: 1_767_225_000 },
  });
  expect(start('1767225600\nrunning\n')).toMatchObject({ known: { computeStartedAt: null } });
  expect(start('hello')).toEqual({ unknown: 'starts: not understood: hello' });
});

test('addresses are read of every interface, and complaints without what stands around them', () => {
  const addresses =
    '1: lo    inet 127.0.0.1/8 scope host lo\\       valid_lft forever preferred_lft forever\n' +
    '2: eth0    inet 10.0.0.21/24 brd 10.0.0.255 scope global eth0\n2: eth0    inet6 fe80::1/64 scope link\n';
  const messages = 'ERROR nova.compute.manager [None req-1 admin admin] it broke\nCRITICAL nova [-] Unhandled error\n';
  const facts = read(line('addresses', addresses), line('messages', messages));
  expect(facts.addresses.get('api')).toEqual({ known: ['127.0.0.1', '10.0.0.21', 'fe80::1'] });
  expect(facts.messages.get('api')).toEqual({
    known: ['ERROR nova.compute.manager it broke', 'CRITICAL nova Unhandled error'],
  });
});

test('chassis get their tunnels', () => {
  const all = { headings: ['name', 'hostname'], data: [['u1', 'a']] };
  const encaps = {
    headings: ['chassis_name', 'type', 'ip'],
    data: [
      ['u1', 'geneve', '10.0.0.1'],
      ['u2', 'geneve', '10.0.0.2'],
    ],
  };
  expect(read(line('chassis', `${JSON.stringify(all)}\n${JSON.stringify(encaps)}\n`)).chassis).toEqual({
    known: [{ name: 'u1', hostname: 'a', encaps: [{ type: 'geneve', address: '10.0.0.1' }] }],
  });
});

describe('unknown is', () => {
  test.each([
    ['a command that failed, by its last word', line('agents', '', 1, 'Traceback\nHTTP 503\n'), /^agents: HTTP 503$/],
    ['one that failed silently', line('agents', '', 137), /^agents: it ended with 137$/],
    ['an answer that is no JSON', line('agents', 'hello'), /^agents: no JSON: hello$/],
    ['an answer of another shape', line('agents', '[{"Host": 1}]'), /^agents: not understood/],
    ['an answer that was cut off', '{"question":"agents","exit":0,"std', /^agents: no answer came$/],
    ['an answer without base64', '{"question":"agents","exit":0,"stdout":"?","stderr":""}', /^agents: no answer came$/],
  ])('%s', (_title, text, why) => {
    expect(read(text).agents).toEqual({ unknown: expect.stringMatching(why) });
  });

  test('chassis of another shape, and inventories that could not be asked', () => {
    expect(read(line('chassis', 'nothing'), line('inventories', '', 1, 'no'))).toMatchObject({
      chassis: { unknown: 'chassis: not understood: nothing' },
      providers: { unknown: 'inventories: no' },
    });
  });

  test('everything of a node that was silent', () => {
    const facts = readFacts(new Map([['api', { unknown: 'api is away' }]]), 'api', null, { unknown: 'x' });
    expect(facts).toMatchObject({ agents: { unknown: 'api is away' }, chassis: { unknown: 'nobody asked' } });
  });
});

describe('what guests tell', () => {
  const server = encode(JSON.stringify({ status: 'ACTIVE', 'OS-EXT-SRV-ATTR:host': 'a' }));
  const guest = {
    fact: 'guest',
    host: 'a',
    address: '10.1.0.1',
    port: 'ACTIVE',
    up: true,
    told: true,
    mtu: 1442,
    pinged: ['10.1.0.2'],
    full: ['10.1.0.2'],
    server,
    console: '',
    error: '',
  };
  const end = { fact: 'left', names: [], error: '' };
  const said = (...facts: readonly object[]): string => facts.map((fact) => `${JSON.stringify(fact)}\n`).join('');

  test('is read from the lines of the job', () => {
    const migrated = { fact: 'migrated', from: 'a', to: 'b', exit: 0, server, error: '' };
    const floating = { fact: 'floating-ip', host: 'a', address: '172.24.5.9', answered: true, error: '' };
    const volume = { fact: 'volume', status: 'available', error: '' };
    const before = [
      { fact: 'doing', what: 'x' },
      { fact: 'swept', names: ['old'] },
      { fact: 'network', mtu: 1442 },
    ];
    const text = said(...before, guest, floating, volume, migrated, end);
    expect(readGuests(`noise\n${text}`, null)).toMatchObject({
      known: {
        swept: ['old'],
        networkMtu: 1442,
        floatingIp: { host: 'a', address: '172.24.5.9', answered: true },
        volume: { status: 'available' },
        guests: [
          {
            host: 'a',
            isUp: true,
            isTold: true,
            mtu: 1442,
            pinged: ['10.1.0.2'],
            gotFull: ['10.1.0.2'],
            server: { status: 'ACTIVE', host: 'a', fault: null },
          },
        ],
        migration: { from: 'a', to: 'b', server: { host: 'a' } },
        left: [],
      },
    });
  });

  test.each([
    ['', null],
    [encode('not JSON'), null],
    [
      encode('{"status": "ERROR", "OS-EXT-SRV-ATTR:host": null, "fault": {"message": "No valid host", "code": 500}}'),
      'No valid host',
    ],
    [encode('{"status": "ERROR", "fault": "in words"}'), 'in words'],
    [encode('{"status": "ERROR", "fault": {"code": 500}}'), '{"code":500}'],
  ])('of a server %# is as much as nova said', (shown, fault) => {
    const facts = readGuests(said({ ...guest, server: shown }, end), null);
    expect('known' in facts && (facts.known.guests[0]?.server?.fault ?? null)).toBe(fault);
  });

  test('is unknown where it could not begin or did not end, with the reason', () => {
    expect(readGuests(said({ fact: 'stopped', why: encode('a\nno network\n') }, end), null)).toEqual({
      unknown: 'no network',
    });
    expect(readGuests(said(guest), 'timeout')).toEqual({ unknown: 'trying servers did not come to its end: timeout' });
    expect(readGuests('', null)).toEqual({ unknown: 'trying servers did not come to its end: it says nothing' });
  });

  test('is told while it happens', () => {
    expect(readDoing('{"fact":"doing","what":"booting"}')).toBe('booting');
    expect(readDoing('{"fact":"left","names":[],"error":""}')).toBeNull();
    expect(readDoing('Killed')).toBeNull();
  });
});
