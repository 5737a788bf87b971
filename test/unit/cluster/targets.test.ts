/** Which cluster, node and log a command means; the files ssh is given. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findCluster, requireNode, splitTarget } from '../../../src/cluster/find-cluster.ts';
import { findLogs, isLogComplete } from '../../../src/cluster/logs.ts';
import { renderKnownHosts, renderSshConfig, sshArguments } from '../../../src/cluster/ssh.ts';
import type { StepState } from '../../../src/engine/journal.ts';
import { makeAttempt, makeCluster, makeLog, makeStep, openReader, someOwner } from './fake-state.ts';

const lab = makeCluster('lab', ['controller', 'compute-1']);
const one = openReader({ clusters: [lab, makeCluster('gone', [], 'destroyed')] });
const two = openReader({ clusters: [lab, makeCluster('other', ['controller'])] });
const none = openReader({ clusters: [] });

describe('cluster', () => {
  test('the only cluster need not be named', () => {
    expect(findCluster(one, undefined).name).toBe('lab');
    expect(splitTarget(one, ['controller']).rest).toEqual(['controller']);
  });

  test('a named cluster is taken off the words', () => {
    expect(splitTarget(two, ['other', 'controller', 'run-stack'])).toMatchObject({
      cluster: { name: 'other' },
      rest: ['controller', 'run-stack'],
    });
  });

  test('several clusters must be named', () => {
    expect(() => splitTarget(two, ['controller'])).toThrow(
      expect.objectContaining({ code: 'ambiguous-cluster', message: expect.stringContaining('lab, other') }),
    );
  });

  test('an unknown cluster names those there are, a destroyed one is unknown', () => {
    expect(() => findCluster(one, 'gone')).toThrow(
      expect.objectContaining({ code: 'unknown-cluster', fix: 'the state has: lab' }),
    );
    expect(() => findCluster(none, undefined)).toThrow(expect.objectContaining({ code: 'unknown-cluster' }));
  });

  test('an unknown node names those there are', () => {
    expect(() => requireNode(lab, 'compute-9')).toThrow(
      expect.objectContaining({ code: 'unknown-node', fix: 'name one of: controller, compute-1' }),
    );
    expect(() => requireNode(lab, undefined)).toThrow(expect.objectContaining({ code: 'unknown-node' }));
  });
});

describe('logs', () => {
  const log = (stepKey: string, attempt: number, file: string) => makeLog('controller', stepKey, attempt, file);
  const logs = [
    log('install-packages/controller', 1, 'a.log'),
    log('run-stack/controller', 1, 'b.log'),
    log('run-stack/controller', 2, '/abs/c.log'),
    makeLog('compute-1', 'run-stack/compute-1', 1, 'd.log'),
  ];
  const find = (step?: string, attempt?: number) =>
    findLogs(openReader({ clusters: [lab], logs }), lab, { node: 'controller', step, attempt }, '/s').map(
      ({ path }) => path,
    );

  test('a node has the logs of its steps, in order', () => {
    expect(find()).toEqual(['/s/a.log', '/s/b.log', '/abs/c.log']);
  });

  test('a step is named by its kind or its key', () => {
    expect(find('run-stack')).toEqual(['/s/b.log', '/abs/c.log']);
    expect(find('run-stack/controller', 2)).toEqual(['/abs/c.log']);
  });

  test('a step without a log names those that have one', () => {
    expect(() => find('reboot')).toThrow(
      expect.objectContaining({
        code: 'bad-option',
        fix: 'steps with a log: install-packages/controller, run-stack/controller',
      }),
    );
  });

  describe('of a stack.sh that waited for other nodes', () => {
    const both = [
      makeLog('controller', 'start-stack/controller', 1, 'run-stack.1.log'),
      makeLog('controller', 'run-stack/controller', 1, 'run-stack.1.log'),
    ];
    const show = (kept: typeof both, step?: string) =>
      findLogs(
        openReader({ clusters: [lab], logs: kept }),
        lab,
        { node: 'controller', step, attempt: undefined },
        '/s',
      ).map(({ stepKey, path }) => `${stepKey} ${path}`);

    test('is shown once, whoever has it, and by either name', () => {
      expect(show(both.slice(0, 1), 'run-stack')).toEqual(['start-stack/controller /s/run-stack.1.log']);
      expect(show(both, 'run-stack')).toEqual(['run-stack/controller /s/run-stack.1.log']);
      expect(show(both)).toEqual(['run-stack/controller /s/run-stack.1.log']);
      expect(show(both, 'start-stack')).toEqual(['start-stack/controller /s/run-stack.1.log']);
    });

    test('is not complete while it waits, nor before it has ended', () => {
      const ask = (start: StepState, run: StepState) =>
        isLogComplete(
          openReader({
            clusters: [lab],
            owner: someOwner,
            steps: [
              makeStep('start-stack', 'controller', start, {
                attempts: [makeAttempt(start === 'open' ? 'intent' : start === 'done' ? 'ok' : 'failed')],
              }),
              makeStep('run-stack', 'controller', run),
            ],
          }),
          lab,
          { stepKey: 'start-stack/controller', generation: 1, attempt: 1, path: '' },
        );
      expect([ask('open', 'pending'), ask('done', 'pending'), ask('done', 'open')]).toEqual([false, false, false]);
      expect([ask('done', 'done'), ask('done', 'failed'), ask('failed', 'pending')]).toEqual([true, true, true]);
    });
  });

  test('a log is complete when its attempt ended or nobody fetches it', () => {
    const state = (attempt: ReturnType<typeof makeAttempt>, owner: typeof someOwner | null) =>
      isLogComplete(
        openReader({
          clusters: [lab],
          owner,
          steps: [makeStep('run-stack', 'controller', 'open', { attempts: [attempt] })],
        }),
        lab,
        { stepKey: 'run-stack/controller', generation: 1, attempt: 1, path: '' },
      );
    expect(state(makeAttempt('intent'), someOwner)).toBe(false);
    expect(state(makeAttempt('uncertain'), someOwner)).toBe(false);
    expect(state(makeAttempt('ok'), someOwner)).toBe(true);
    expect(state(makeAttempt('intent'), null)).toBe(true);
  });
});

describe('ssh', () => {
  const nodes = [
    {
      name: 'controller',
      address: '10.0.0.5',
      user: 'debian',
      hostKeys: ['ssh-ed25519 AAAA1'],
    },
    { name: 'compute-1', address: '10.0.0.6', user: 'ubuntu', hostKeys: ['ssh-ed25519 AAAA3'] },
  ];

  test('the host key of a node stands under its alias, not its address', () => {
    expect(renderKnownHosts('lab', nodes)).toBe('controller.lab ssh-ed25519 AAAA1\ncompute-1.lab ssh-ed25519 AAAA3\n');
  });

  test('while a node’s host key is being replaced, both are known', () => {
    const [node] = nodes;
    const hostKeys = ['ssh-ed25519 AAAA1', 'ssh-ed25519 AAAA2'];
    expect(renderKnownHosts('lab', [{ ...node!, hostKeys }])).toBe(
      'controller.lab ssh-ed25519 AAAA1\ncontroller.lab ssh-ed25519 AAAA2\n',
    );
  });

  test('OpenSSH itself reads the configuration as meant', () => {
    const folder = mkdtempSync(join(tmpdir(), 'ssh config %h '));
    try {
      const paths = { knownHosts: join(folder, 'known_hosts'), identity: join(folder, 'id_ed25519') };
      const file = join(folder, 'ssh_config');
      writeFileSync(file, renderSshConfig('lab', nodes, paths, null));
      const args = sshArguments(file, 'lab', 'compute-1', []);
      const read = execFileSync('ssh', ['-G', ...args], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      }).split('\n');
      expect(read).toEqual(
        expect.arrayContaining([
          'hostname 10.0.0.6',
          'user ubuntu',
          'hostkeyalias compute-1.lab',
          'identitiesonly yes',
          'stricthostkeychecking true',
          'passwordauthentication no',
          'forwardagent no',
        ]),
      );
      expect(read.find((line) => line.startsWith('userknownhostsfile'))).toContain(paths.knownHosts);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test.each([
    ['http://proxy.example:3128', ['-X', 'connect', '-x', 'proxy.example:3128', '10.0.0.6', '22']],
    ['http://[::1]:80/', ['-X', 'connect', '-x', '[::1]:80', '10.0.0.6', '22']],
    [
      'http://it%27s%20me%25h:hunter2@proxy.example:3128/',
      ['-X', 'connect', '-P', "it's me%h", '-x', 'proxy.example:3128', '10.0.0.6', '22'],
    ],
  ])('OpenSSH calls nc to come through %s, and no password is written', (proxy, expected) => {
    const folder = mkdtempSync(join(tmpdir(), 'ssh-proxy-'));
    try {
      const paths = { knownHosts: join(folder, 'known_hosts'), identity: join(folder, 'id_ed25519') };
      const file = join(folder, 'ssh_config');
      const text = renderSshConfig('lab', nodes, paths, proxy);
      expect(text).not.toContain('hunter2');
      writeFileSync(file, text);
      const called = join(folder, 'called');
      writeFileSync(join(folder, 'nc'), `#!/bin/sh\nprintf '%s\\n' "$@" > '${called}'\n`, { mode: 0o755 });
      const environment = { PATH: `${folder}:${process.env['PATH']}`, SHELL: '/bin/sh' };
      spawnSync('ssh', [...sshArguments(file, 'lab', 'compute-1', [])], { env: environment });
      expect(readFileSync(called, 'utf8')).toBe(`${expected.join('\n')}\n`);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('a command follows the dashes, so that its own options stay its own', () => {
    expect(sshArguments('/s/ssh_config', 'lab', 'controller', ['ls', '-l'])).toEqual([
      '-F',
      '/s/ssh_config',
      'controller.lab',
      '--',
      'ls',
      '-l',
    ]);
  });
});
