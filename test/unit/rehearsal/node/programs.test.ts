/** What the programs of rehearsed servers print is what the builder's own steps accept, and refuse. */
import { beforeEach, describe, expect, it } from 'vitest';
import { publicHostKey } from '../../../../src/rehearsal/host-key.ts';
import { REMOTE_JOB_KINDS } from '../../../../src/rehearsal/operations.ts';
import { checkServer } from '../../../../src/steps/check-server.ts';
import { checkMigrationSsh, makeMigrationKey } from '../../../../src/steps/migration-ssh.ts';
import { installPackages, waitCloudInit } from '../../../../src/steps/prepare-node.ts';
import { access, Lab, LOCAL_CONF } from './lab.ts';
import { spec } from './rehearsed-node.ts';

let lab: Lab;
beforeEach(() => {
  lab = new Lab();
});

describe('a fresh server', () => {
  it('shows the facts of its image and flavor', async () => {
    expect(await checkServer.perform(lab.contextOf(lab.controller), { ...access, isForced: false })).toMatchObject({
      distro: 'debian',
      version: '12',
      init: 'systemd',
    });
  });

  it('waits for cloud-init only right after a boot', async () => {
    lab.nodes.reboot(lab.controller);
    const rebootedMs = lab.nodes.nowMs;
    await waitCloudInit.perform(lab.contextOf(lab.controller), access);
    expect(lab.nodes.nowMs - rebootedMs).toBeGreaterThanOrEqual(20_000);
    const calmMs = lab.nodes.nowMs;
    lab.run(lab.controller, 'wait-cloud-init-again');
    expect(lab.nodes.nowMs - calmMs).toBeLessThan(5_000);
  });

  it('installs packages in 20 to 40 seconds', async () => {
    const startedMs = lab.nodes.nowMs;
    await installPackages.perform(lab.contextOf(lab.controller), access);
    expect(lab.nodes.nowMs - startedMs).toBeGreaterThanOrEqual(20_000);
    expect(lab.nodes.nowMs - startedMs).toBeLessThanOrEqual(40_000);
  });

  it('shows a new host key from its install on, and tells the same one before', () => {
    const shown = (): string => publicHostKey(lab.nodes.world.server.get(lab.controller)!.hostKey);
    const born = shown();
    const { output } = lab.run(lab.controller, 'make-host-key');
    const [, made = ''] = output.trim().split('=');
    expect(lab.run(lab.controller, 'make-host-key').output).toBe(output);
    expect(shown()).toBe(born);
    expect(lab.nodes.finish(lab.controller, spec('install-host-key-g1-a1', { env: { HOST_KEY: born } })).code).toBe(1);
    expect(lab.nodes.finish(lab.controller, spec('install-host-key-g1-a2', { env: { HOST_KEY: made } })).code).toBe(0);
    expect(shown()).toBe(made);
    expect(made).not.toBe(born);
  });

  it('answers the same migration keys whenever it is asked', async () => {
    const keys = await makeMigrationKey.perform(lab.contextOf(lab.controller), access);
    expect(keys.rootKey).toMatch(/^ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI[\w+/]{43} root@/);
    expect(keys.hostKey).toMatch(/^ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI[\w+/]{43}$/);
    expect(lab.run(lab.controller, 'make-migration-key').output).toContain(keys.rootKey);
    expect(lab.run(lab.compute, 'make-migration-key').output).not.toContain(keys.rootKey);
  });

  it('lets in the peers whose keys were trusted, by the names in its hosts file', async () => {
    lab.prepare(lab.controller, 'controller');
    const input = { ...access, peers: ['lab-compute-1'] };
    await expect(checkMigrationSsh.perform(lab.contextOf(lab.controller), input)).rejects.toMatchObject({
      message: expect.stringContaining('cannot log in to: lab-compute-1'),
    });
    lab.run(lab.compute, 'trust-migration-keys');
    expect(
      lab.nodes.finish(lab.controller, spec('check-migration-ssh-g1-a2', { env: { PEERS: 'lab-compute-1' } })).code,
    ).toBe(0);
  });

  it('reaches those over the overlay that have their bridge', () => {
    lab.prepare(lab.controller, 'controller');
    const env = { PEERS: 'lab-compute-1,172.24.8.2' };
    const ask = (attempt: number) => lab.nodes.finish(lab.controller, spec(`check-overlay-g1-a${attempt}`, { env }));
    expect(lab.run(lab.compute, 'make-overlay').code).toBe(127);
    expect(ask(1)).toMatchObject({ code: 1, output: 'lab-compute-1 does not answer at 172.24.8.2\n' });
    lab.run(lab.compute, 'install-openvswitch');
    lab.nodes.finish(lab.compute, spec('make-overlay-g1-a2'));
    expect(ask(2)).toMatchObject({ code: 0, output: '' });
    expect(lab.run(lab.controller, 'join-public-bridge').code).toBe(127);
    expect(lab.run(lab.compute, 'join-public-bridge').code).toBe(0);
  });

  // What people's own steps do is theirs to know.
  it.each(REMOTE_JOB_KINDS.filter((kind) => !kind.startsWith('user-step-')))('has a program for %s', (kind) => {
    expect(lab.run(lab.controller, kind).output).not.toContain('not executed');
  });

  it('says how much script it did not execute', () => {
    expect(lab.nodes.finish(lab.controller, spec('anything-g1-a1', { script: '12345' }))).toEqual({
      output: 'rehearsal: 5 bytes of script, not executed\n',
      code: 0,
    });
  });
});

describe('a script whose ground is missing fails as on a real server', () => {
  it('clones nothing before the user is there', () => {
    expect(lab.run(lab.controller, 'clone-devstack')).toMatchObject({ code: 2 });
  });

  it('writes no local.conf before the clone, and none that arrived changed', () => {
    expect(lab.writeLocalConf(lab.controller, LOCAL_CONF)).toMatchObject({ code: 2 });
    lab.run(lab.controller, 'create-stack-user');
    lab.run(lab.controller, 'clone-devstack');
    const env = { LOCAL_CONF: 'AAAA', SHA256: 'another' };
    expect(lab.nodes.finish(lab.controller, spec('write-local-conf-g1-a2', { env }))).toMatchObject({ code: 1 });
  });

  it('stacks nothing without a checkout, or without local.conf', () => {
    expect(lab.nodes.finish(lab.controller, spec('run-stack-g1'))).toMatchObject({ code: 2 });
    lab.run(lab.compute, 'create-stack-user');
    lab.run(lab.compute, 'clone-devstack');
    expect(lab.nodes.finish(lab.compute, spec('run-stack-g1'))).toMatchObject({ code: 1 });
  });
});
