/** What a verb prints at its end or before it asks: plan, report, recovery, status. */
import { describe, expect, test } from 'vitest';
import { type PlanFacts, renderDraft } from '../../../src/progress/plan-text.ts';
import { type RecoveryFinding, renderFinding, renderRecovered } from '../../../src/progress/recovery-text.ts';
import { type ReportFacts, renderReport } from '../../../src/progress/report.ts';
import { renderStatus, type StatusFacts } from '../../../src/progress/status-text.ts';

describe('the plan of a dry run', () => {
  const PLAN: PlanFacts = {
    cluster: 'lab',
    isStored: false,
    nodes: [{ node: 'controller', role: 'controller', image: 'debian-12', flavor: 'large' }],
    network: 'private',
    hasFloatingIps: true,
    devstack: { repo: 'https://git/devstack', ref: 'master', commit: '0123456789abcdef' },
    projects: {
      plugins: [{ name: 'heat', repo: 'https://git/heat', ref: 'master', commit: 'b'.repeat(40) }],
      changes: [
        { project: 'nova', repo: 'https://review/nova', ref: 'refs/changes/50/5050/1', commit: 'c'.repeat(40) },
      ],
    },
    adds: [],
    removes: [],
    quota: [
      { kind: 'servers', wanted: 1, used: 0, limit: 10, isEnough: true },
      { kind: 'ramMb', wanted: 16_384, used: 0, limit: -1, isEnough: true },
    ],
    steps: [
      {
        key: 'create-port/controller',
        kind: 'create-port',
        version: 1,
        node: 'controller',
        lifetime: 'cluster',
        input: {},
        after: ['create-security-group/cluster'],
      },
    ],
  };

  test('names what is chosen, what it takes of the quota, and every step with what it waits for', async () => {
    expect(await renderDraft('table', PLAN)).toBe(
      [
        'cluster lab: a new plan; nothing was touched',
        'network private, reached at floating IPs',
        'DevStack master at 0123456789 of https://git/devstack',
        'plugin heat: master at bbbbbbbbbb of https://git/heat',
        'change of nova: refs/changes/50/5050/1 at cccccccccc of https://review/nova',
        '',
        'NODE        ROLE        IMAGE      FLAVOR',
        'controller  controller  debian-12  large',
        '',
        'QUOTA    WANTED  USED  LIMIT',
        'servers  1       0     10',
        'ramMb    16384   0     unlimited',
        '',
        'STEP (1)                AFTER',
        'create-port/controller  create-security-group/cluster',
        '',
      ].join('\n'),
    );
  });

  test('says of a stored one that nothing is left of it', async () => {
    const done = { ...PLAN, isStored: true, hasFloatingIps: false, nodes: [], quota: [], steps: [] };
    expect(await renderDraft('table', done)).toBe(
      [
        'cluster lab: the stored plan, what is left of it; nothing was touched',
        'network private, reached at fixed addresses',
        'DevStack master at 0123456789 of https://git/devstack',
        'plugin heat: master at bbbbbbbbbb of https://git/heat',
        'change of nova: refs/changes/50/5050/1 at cccccccccc of https://review/nova',
        '',
        'nothing is left to do',
        '',
      ].join('\n'),
    );
  });
});

describe('the report of create', () => {
  const NODE = { name: 'controller', role: 'controller', address: '10.0.0.5', floatingAddress: null } as const;
  const READY: ReportFacts = {
    cluster: 'lab',
    isRehearsed: false,
    access: {
      keystoneUrl: 'http://10.0.0.5/identity',
      dashboardUrl: 'http://10.0.0.5/dashboard',
      users: ['admin', 'demo'],
      lock: '/state/clusters/lab/commits.lock',
      vault: '/state/vault.json',
      cloudsYaml: '/my state/clusters/lab/clouds.yaml',
      fromHere: 'ssh -fND 1080 controller; openstack server list',
    },
    nodes: [{ ...NODE, state: 'ready', elapsedMs: 61_000, stackMs: 60_000 }],
    phases: [{ name: 'servers', elapsedMs: 5000 }],
    failures: [],
    verification: null,
    loginNode: 'controller',
  };
  const failure = {
    node: 'controller',
    step: 'run-stack/controller',
    code: 'stack-failed',
    cause: 'exit 1',
    fix: null,
    logFile: '/state/logs/stack.log',
    explained: null,
  } as const;
  const broken = { ...NODE, state: 'failed', elapsedMs: null, stackMs: null } as const;

  test('says how a ready cloud is reached, and names no service that it has not', () => {
    const text = renderReport(READY);
    expect(text).toContain('\nlab is ready\n\n  Keystone   http://10.0.0.5/identity\n  dashboard  http://10.0.0.5/');
    expect(text).toContain('time: servers 5 s');
    expect(text).toContain('\n  clouds     /my state/clusters/lab/clouds.yaml has lab (demo) and lab-admin\n');
    expect(text).toContain('\n  from here  ssh -fND 1080 controller; openstack server list\n');
    const withoutHorizon = READY.access === null ? null : { ...READY.access, dashboardUrl: null };
    expect(renderReport({ ...READY, access: withoutHorizon, phases: [] })).not.toMatch(/dashboard|time:/);
  });

  test('never takes a rehearsal for a cloud that can be used', () => {
    const text = renderReport({ ...READY, isRehearsed: true });
    expect(text).toContain('lab is ready (a rehearsal: cloud and servers are simulated, nothing was built)');
    expect(text).toContain('  logs       ./builder logs lab controller run-stack\n');
    expect(text).not.toContain('Keystone');
  });

  test('shows a failure as an error with its log, and how to go on', () => {
    const text = renderReport({ ...READY, access: null, nodes: [broken], failures: [failure] });
    expect(text).toContain('lab is not ready: 0 of 1 nodes are');
    expect(text).toMatch(/error E\d+ stack-failed: exit 1\n {2}at {5}run-stack\/controller\n {2}log {4}\/state\/logs/);
    expect(
      text.endsWith('run the same command again: ./builder create lab\n\ngo on with: ./builder create lab\n'),
    ).toBe(true);
  });

  test('shows below the log’s name the lines of it that matter, and nothing of them acts on the terminal', () => {
    const lines = ['  404  Not\tFound', '[ERROR] \u001b[2Jlib/x:1 gave up', 'x'.repeat(300)];
    const explained = { class: 'die', sentence: 'gave up', cure: 'mend it', isRetryable: true, lines };
    const failures = [{ ...failure, fix: 'mend it', explained }];
    expect(renderReport({ ...READY, access: null, nodes: [broken], failures })).toContain(
      [
        '  log    /state/logs/stack.log',
        '         |   404  Not Found',
        '         | [ERROR] lib/x:1 gave up',
        `         | ${'x'.repeat(199)}…`,
        '  fix    mend it',
        '',
      ].join('\n'),
    );
  });

  test('says that the rest is kept where some nodes are ready', () => {
    const nodes = [...READY.nodes, { ...broken, name: 'compute-1' }];
    const text = renderReport({ ...READY, access: null, nodes, failures: [{ ...failure, fix: 'mend it' }] });
    expect(text).toMatch(/ {2}fix {4}mend it\n.*partial: 1 of 2 nodes ready\n {2}state {2}resumable/);
  });

  test('says how to go on where it was stopped before anything failed', () => {
    expect(renderReport({ ...READY, access: null, nodes: [broken] })).toMatch(
      /\ngo on with: \.\/builder create lab\n$/,
    );
  });
});

describe('a recovery', () => {
  const NODE = { name: 'compute-1', generation: 2, server: 'ACTIVE', isAnswering: true, over: 3, total: 20 };
  const FINDING: RecoveryFinding = { cluster: 'lab', id: 'c1', hasPlan: true, damage: null, objects: 7, nodes: [NODE] };

  test('tells what is found of each node before anything is written', () => {
    expect(renderFinding(FINDING)).toBe(
      [
        'cluster lab (c1): 7 objects in the cloud carry its mark',
        'node       server                ssh      steps that are over',
        'compute-1  ACTIVE, generation 2  answers  3 of 20',
        '',
      ].join('\n'),
    );
  });

  test('says what will be moved aside, and what cannot be done without a plan', () => {
    const nodes = [{ ...NODE, server: null, isAnswering: false }];
    const text = renderFinding({ ...FINDING, hasPlan: false, damage: 'it is\ndamaged', nodes });
    expect(text).toContain('the state is moved aside: it is damaged\n');
    expect(text).toContain('no copy of its plan is here: it can be shown and destroyed, not built on\n');
    expect(text).toMatch(/compute-1 {2}no server {2}does not answer/);
  });

  test.each([
    ['ready', './builder status lab'],
    ['creating', './builder create lab'],
    ['destroying', './builder destroy lab'],
  ])('of a cluster that is %s names the next command', (phase, next) => {
    expect(renderRecovered({ cluster: 'lab', phase, done: 3, total: 20, aside: null })).toBe(
      `lab: recovered, 3 of 20 steps are done\nnext: ${next}\n`,
    );
  });

  test('says where the old state is kept', () => {
    const kept = { cluster: 'lab', phase: 'destroying', done: 0, total: 0, aside: 'lost-1.db' };
    expect(renderRecovered(kept)).toMatch(/^what was there is kept as lost-1\.db\nlab: recovered without its plan\n/);
  });
});

describe('a status', () => {
  const now = new Date('2026-01-02T12:00:00.000Z');
  const since = '2026-01-02T11:59:00.000Z';
  const NODE = {
    name: 'a',
    role: 'compute',
    address: '10.0.0.5',
    floatingAddress: null,
    serverId: 's',
    done: 1,
    total: 9,
  };
  const moving = { ...NODE, state: 'working', step: 'run-stack', since, progress: null, error: null };
  const STATUS: StatusFacts = {
    cluster: 'lab',
    phase: 'creating',
    cloud: null,
    owner: null,
    nodes: [moving],
    done: 1,
    total: 9,
    inDoubt: [],
  };

  test('says who works, where, and for how long a node has been at its step', () => {
    const owner = { pid: 7, host: 'desk', verb: 'create', since };
    expect(renderStatus({ ...STATUS, cloud: 'mine', owner }, now)).toBe(
      [
        `lab on cloud mine: creating, 1 of 9 steps done; builder: create, pid 7 on desk since ${since}`,
        '',
        'NODE  ROLE     STATE    STEPS  ADDRESS   STEP       FOR',
        'a     compute  working  1/9    10.0.0.5  run-stack  1 min 0 s',
        '',
      ].join('\n'),
    );
  });

  test('says how far a step was at its last milestone, and what is left of the time since', () => {
    const progress = { percent: 52, milestone: 'Starting Keystone', remainingMs: 180_000, at: since };
    const running = { ...moving, state: 'running', progress };
    const left = { ...running, name: 'b', state: 'interrupted' };
    const text = renderStatus({ ...STATUS, nodes: [running, left, { ...moving, name: 'c' }] }, now);
    expect(text.split('\n').slice(2, 6)).toEqual([
      'NODE  ROLE     STATE        STEPS  ADDRESS   STEP       FOR        PROGRESS',
      'a     compute  running      1/9    10.0.0.5  run-stack  1 min 0 s  52 %, about 2 min left: Starting Keystone',
      'b     compute  interrupted  1/9    10.0.0.5  run-stack  1 min 0 s  52 %: Starting Keystone',
      'c     compute  working      1/9    10.0.0.5  run-stack  1 min 0 s',
    ]);
  });

  test('counts no time for a node that waits, nor where it is not known', () => {
    const waiting = { ...moving, state: 'waiting' };
    const unknown = { ...moving, name: 'b', since: null };
    const text = renderStatus({ ...STATUS, nodes: [waiting, unknown] }, now);
    expect(text).toContain('lab: creating, 1 of 9 steps done; no builder is working\n');
    expect(text).not.toContain('1 min');
  });

  test('lists what failed and what is in doubt, and the command that settles it', () => {
    const failed = { ...moving, state: 'failed', error: 'exit 1' };
    const lost = { ...failed, name: 'b', step: null };
    const inDoubt = [{ step: 'create-server/a', attempt: 2, since }];
    const text = renderStatus({ ...STATUS, nodes: [failed, lost], inDoubt }, now);
    expect(text).toMatch(/\nNODE {2}STEP {7}CAUSE\na {5}run-stack {2}exit 1\nb {5}- {10}exit 1\n/);
    expect(text.endsWith('settle it: ./builder resolve lab; or go on: ./builder create lab\n')).toBe(true);
  });
});
