/** A cluster's status and final report, from journal rows. */
import { describe, expect, test } from 'vitest';
import { clusterPaths } from '../../../src/cluster/paths.ts';
import { describeResult } from '../../../src/cluster/report.ts';
import { readAllStatuses, readStatus } from '../../../src/cluster/status.ts';
import type { JsonObject } from '../../../src/engine/step.ts';
import { renderReport } from '../../../src/progress/report.ts';
import { renderStatus } from '../../../src/progress/status-text.ts';
import { load, SMALL } from '../layout/small-layout.ts';
import { began, makeAttempt, makeCluster, makeStep, openReader, someOwner } from './fake-state.ts';

const cluster = makeCluster('lab', ['controller', 'compute-1']);
const error = { code: 'stack-failed', message: 'stack.sh exit 1', details: {}, causes: [] };
const access = (node: string) => ({ input: { node, user: 'debian', access: 'floating' } });
const ports = [
  makeStep('create-security-group', null, 'done', { attempts: [makeAttempt('ok')] }),
  makeStep('create-port', 'controller', 'done', { output: { portId: 'p', macAddress: 'm', address: '10.0.0.5' } }),
  makeStep('create-floating-ip', 'controller', 'done', { output: { floatingIpId: 'f', address: '198.51.100.7' } }),
  makeStep('create-server', 'controller', 'done', { output: { serverId: 's-1' }, attempts: [makeAttempt('ok')] }),
  makeStep('wait-ssh', 'controller', 'done', access('controller')),
];
const stack = (state: 'pending' | 'open' | 'done' | 'failed', attempt?: ReturnType<typeof makeAttempt>) =>
  makeStep('run-stack', 'controller', state, { attempts: attempt === undefined ? [] : [attempt] });

function read(last: ReturnType<typeof makeStep>, owner: typeof someOwner | null = null) {
  return readStatus(openReader({ clusters: [cluster], steps: [...ports, last], owner }), cluster);
}

describe('status', () => {
  test('shows where a node is and how far', () => {
    expect(read(stack('pending')).nodes[0]).toMatchObject({
      name: 'controller',
      state: 'waiting',
      address: '10.0.0.5',
      floatingAddress: '198.51.100.7',
      sshAddress: '198.51.100.7',
      serverId: 's-1',
      user: 'debian',
      done: 4,
      total: 5,
      step: null,
    });
  });

  test('a node whose steps have not begun is pending', () => {
    const reader = openReader({ clusters: [cluster], steps: [makeStep('create-port', 'compute-1', 'pending')] });
    expect(readStatus(reader, cluster).nodes[1]).toMatchObject({ state: 'pending', address: null, serverId: null });
  });

  test('an open attempt runs while a builder works, and is interrupted and in doubt when none does', () => {
    const open = stack('open', makeAttempt('intent'));
    expect(read(open, someOwner).nodes[0]).toMatchObject({
      state: 'running',
      step: 'run-stack/controller',
      since: began.toISOString(),
    });
    expect(read(open, someOwner).inDoubt).toEqual([]);
    expect(read(open).nodes[0]).toMatchObject({ state: 'interrupted' });
    expect(read(open).inDoubt).toEqual([{ step: 'run-stack/controller', attempt: 1, since: began.toISOString() }]);
  });

  test('an open step is as far as its last milestone says, and what another attempt told is nothing', () => {
    const told = {
      stepKey: 'run-stack/controller',
      generation: 1,
      at: new Date(began.getTime() + 1),
      percent: 52,
      milestone: 'Starting Keystone',
      remainingMs: null,
    };
    const progressOf = (step: ReturnType<typeof makeStep>, milestone: typeof told) =>
      readStatus(openReader({ clusters: [cluster], steps: [...ports, step], milestones: [milestone] }), cluster)
        .nodes[0]?.progress;
    const open = stack('open', makeAttempt('intent'));
    const { percent, milestone, remainingMs } = told;
    expect(progressOf(open, told)).toEqual({ percent, milestone, remainingMs, at: told.at.toISOString() });
    expect(progressOf(open, { ...told, at: new Date(began.getTime() - 1) })).toBeNull();
    expect(progressOf(open, { ...told, generation: 2 })).toBeNull();
    expect(progressOf(open, { ...told, stepKey: 'run-stack/compute-1' })).toBeNull();
    expect(progressOf(stack('failed', makeAttempt('failed', { error })), told)).toBeNull();
  });

  test('a lost answer is in doubt whoever works', () => {
    const doubtful = read(stack('open', makeAttempt('uncertain', { error })), someOwner);
    expect(doubtful.nodes[0]).toMatchObject({ state: 'in-doubt', error: 'stack.sh exit 1' });
    expect(doubtful.inDoubt).toHaveLength(1);
  });

  test('a failed step names its cause', () => {
    expect(read(stack('failed', makeAttempt('failed', { error }))).nodes[0]).toMatchObject({
      state: 'failed',
      step: 'run-stack/controller',
      error: 'stack.sh exit 1',
    });
  });

  test('a node is ready when all its steps are done; superseded ones do not count', () => {
    const reader = openReader({
      clusters: [cluster],
      steps: [...ports, stack('done'), makeStep('run-stack', 'controller', 'superseded')],
    });
    expect(readStatus(reader, cluster)).toMatchObject({ done: 6, total: 6, nodes: [{ state: 'ready' }, {}] });
  });

  test('a person sees the builder, the nodes and what is in doubt', () => {
    const text = renderStatus(
      read(stack('open', makeAttempt('uncertain', { error }))),
      new Date(began.getTime() + 61_000),
    );
    expect(text).toBe(
      [
        'lab: creating, 5 of 6 steps done; no builder is working',
        '',
        'NODE        ROLE        STATE     STEPS  ADDRESS       STEP                  FOR',
        'controller  controller  in-doubt  4/5    198.51.100.7  run-stack/controller  1 min 1 s',
        'compute-1   compute     ready     0/0    -             -',
        '',
        'NODE        STEP                  CAUSE',
        'controller  run-stack/controller  stack.sh exit 1',
        '',
        'IN DOUBT              ATTEMPT  SINCE',
        'run-stack/controller  1        2026-01-02T03:00:00.000Z',
        'settle it: ./builder resolve lab; or go on: ./builder create lab',
        '',
      ].join('\n'),
    );
  });

  test('destroyed clusters are not listed', () => {
    const reader = openReader({
      clusters: [makeCluster('old', [], 'destroyed'), makeCluster('b', []), makeCluster('a', [])],
    });
    expect(readAllStatuses(reader).map((status) => status.cluster)).toEqual(['a', 'b']);
  });
});

describe('report', () => {
  const paths = clusterPaths('/s', 'lab');

  test('tells how to reach a cloud that is ready, and prints no password', () => {
    const only = makeCluster('lab', ['controller']);
    const text = renderReport(describeResult(only, [...ports, stack('done')], paths, false));
    expect(text).toContain('lab is ready');
    expect(text).toContain('http://10.0.0.5/identity');
    expect(text).toContain('/s/clusters/lab/clouds.yaml has lab (demo) and lab-admin');
    const elsewhere = clusterPaths("/my state's", 'lab', '/scratch');
    expect(describeResult(only, [...ports, stack('done')], elsewhere, false).access?.fromHere).toBe(
      "ssh -F /scratch/lab/ssh_config -fND 1080 controller; cd '/my state'\\''s/clusters/lab' && ALL_PROXY=socks5h://127.0.0.1:1080 openstack --os-cloud lab server list",
    );
    const secured = describeResult(
      { ...only, layout: load(SMALL, { set: ['tls=true'] }) as unknown as JsonObject },
      [...ports, stack('done')],
      paths,
      true,
    );
    expect(secured.access).toMatchObject({
      keystoneUrl: 'https://10.0.0.5/identity',
      dashboardUrl: 'https://10.0.0.5/dashboard',
    });
    expect(text).not.toContain('dashboard');
    expect(text).toContain('/s/vault/lab.json');
    expect(text).toContain('./builder ssh lab controller');
    expect(text).toContain('time: servers 1 min 0 s');
  });

  test('of a cluster known by its marks alone, whose roles nobody knows, begins at its first node', () => {
    const found = makeCluster('lab', ['controller']);
    const nodes = found.nodes.map((node) => Object.assign({}, node, { role: 'unknown' }));
    expect(describeResult({ ...found, nodes }, [], paths, false)).toMatchObject({
      access: null,
      loginNode: 'controller',
    });
  });

  test('names the dashboard where there is one', () => {
    const only = makeCluster('lab', ['controller']);
    expect(describeResult(only, [...ports, stack('done')], paths, true).access?.dashboardUrl).toBe(
      'http://10.0.0.5/dashboard',
    );
  });

  test('carries what the log of stack.sh says, for people and programs', () => {
    const said = {
      class: 'die',
      sentence: 'gave up',
      cure: 'mend it',
      isRetryable: true,
      lines: ['[ERROR] x:1 gave up'],
    };
    const told = { ...error, details: { ...said, verdict: 'exited', code: 1 } };
    const facts = describeResult(
      cluster,
      [...ports, stack('failed', makeAttempt('failed', { error: told }))],
      paths,
      true,
    );
    expect(facts.failures).toMatchObject([{ explained: said }]);
    expect(renderReport(facts)).toContain('run-stack.1.log\n         | [ERROR] x:1 gave up\n  fix ');
  });

  test('names step, cause, log and the command to go on with when something failed', () => {
    const failed = stack('failed', makeAttempt('failed', { error, number: 2 }));
    const lost = makeStep('create-server', 'compute-1', 'open', { attempts: [makeAttempt('uncertain', { error })] });
    const text = renderReport(describeResult(cluster, [...ports, failed, lost], paths, true));
    expect(text).toContain('lab is not ready');
    expect(text).toContain(
      [
        'error E5003 stack-failed: stack.sh exit 1',
        '  at     run-stack/controller',
        '  log    /s/clusters/lab/logs/controller/run-stack.2.log',
        '  fix    run the same command again: ./builder create lab',
        'error E5003 stack-failed: in doubt: stack.sh exit 1',
        '  at     create-server/compute-1',
      ].join('\n'),
    );
    expect(text).toContain('go on with: ./builder create lab');
    expect(text).not.toContain('Keystone');
  });
});
