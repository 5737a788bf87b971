/** What can be done to a server, when, and what its console says meanwhile. */
import { describe, expect, test } from 'vitest';
import { nova } from '../../../../src/rehearsal/api/nova.ts';
import { findRoute } from '../../../../src/rehearsal/api/route.ts';
import { publicHostKey } from '../../../../src/rehearsal/host-key.ts';
import { applyChanges, put } from '../../../../src/rehearsal/world.ts';
import { ComputeCalls } from './compute-fixture.ts';

function statusOf(cloud: ComputeCalls, id: string): unknown {
  return (cloud.show(id).json as { server?: { status: string } }).server?.status;
}

describe('a server', () => {
  test.each(['SOFT', 'HARD'])('is rebooted (%s) under a new boot id', (type) => {
    const cloud = new ComputeCalls();
    const id = cloud.boot();
    const first = cloud.world.server.get(id)?.firstBootId;
    expect(cloud.act(id, { reboot: { type } }).status).toBe(202);
    expect(statusOf(cloud, id)).toBe('ACTIVE');
    cloud.nowMs += 2000;
    expect(statusOf(cloud, id)).toBe('REBOOT');
    cloud.nowMs += 30_000;
    expect(statusOf(cloud, id)).toBe('ACTIVE');
    expect(cloud.world.server.get(id)?.reboot?.bootId).not.toBe(first);
  });

  test('is stopped and started', () => {
    const cloud = new ComputeCalls();
    const id = cloud.boot();
    expect(cloud.act(id, { 'os-stop': null }).status).toBe(202);
    expect(statusOf(cloud, id)).toBe('SHUTOFF');
    expect(cloud.act(id, { 'os-stop': null })).toMatchObject({
      status: 409,
      json: { conflictingRequest: { message: `Cannot 'stop' instance ${id} while it is in vm_state stopped` } },
    });
    expect(cloud.act(id, { 'os-start': null }).status).toBe(202);
    cloud.nowMs += 30_000;
    expect(statusOf(cloud, id)).toBe('ACTIVE');
  });

  test('that was deleted softly is restored, or ended by force', () => {
    const cloud = new ComputeCalls();
    const id = cloud.boot();
    expect(cloud.act(id, { restore: null })).toMatchObject({
      status: 409,
      json: { conflictingRequest: { message: `Cannot 'restore' instance ${id} while it is in vm_state active` } },
    });
    const deleteSoftly = () =>
      applyChanges(cloud.world, [
        put('server', id, { ...cloud.world.server.get(id)!, isSoftDeleted: true, deletedAtMs: cloud.nowMs }),
      ]);
    deleteSoftly();
    expect(cloud.act(id, { restore: null }).status).toBe(202);
    expect(statusOf(cloud, id)).toBe('ACTIVE');
    deleteSoftly();
    expect(cloud.act(id, { forceDelete: null }).status).toBe(202);
    cloud.nowMs += 8000;
    expect(cloud.show(id).status).toBe(404);
  });

  test.each([
    ['forceDelete', null],
    ['os-stop', null],
    ['os-start', null],
    ['reboot', { type: 'HARD' }],
  ])('that is locked refuses %s', (action, argument) => {
    const cloud = new ComputeCalls();
    const id = cloud.boot();
    cloud.act(id, { lock: null });
    expect(cloud.act(id, { [action]: argument })).toMatchObject({
      status: 409,
      json: { conflictingRequest: { code: 409, message: `Instance ${id} is locked` } },
    });
  });

  test.each([
    ['os-start', null],
    ['os-stop', null],
    ['reboot', { type: 'SOFT' }],
    ['os-getConsoleOutput', {}],
  ])('that has no host yet refuses %s', (action, argument) => {
    const cloud = new ComputeCalls();
    const id = cloud.make();
    expect(cloud.act(id, { [action]: argument })).toMatchObject({
      status: 409,
      json: { conflictingRequest: { code: 409, message: `Instance ${id} is not ready` } },
    });
  });
});

describe('an action is refused', () => {
  test.each([
    [null, 400, { badRequest: { code: 400, message: 'Malformed request body' } }],
    [{}, 400, { badRequest: { code: 400, message: 'Malformed request body' } }],
    [{ lock: null, unlock: null }, 400, { badRequest: { code: 400, message: 'Malformed request body' } }],
    [{ nope: null }, 400, { badRequest: { code: 400, message: 'There is no such action: nope' } }],
    [{ createBackup: {} }, 501, { notImplemented: { message: 'The requested functionality is not supported.' } }],
    [
      { reboot: { type: 'x' } },
      400,
      {
        badRequest: {
          message:
            "Invalid input for field/attribute type. Value: x. 'x' is not one of ['HARD', 'Hard', 'hard', 'SOFT', 'Soft', 'soft']",
        },
      },
    ],
    [
      { 'os-getConsoleOutput': { length: 'x' } },
      400,
      {
        badRequest: { message: "Invalid input for field/attribute length. Value: x. 'x' does not match '^-?[0-9]+$'" },
      },
    ],
  ])('for the body %j', (body, status, json) => {
    const cloud = new ComputeCalls();
    expect(cloud.act(cloud.boot(), body)).toMatchObject({ status, json });
  });

  test('for a server that is not there', () => {
    expect(new ComputeCalls().act('nope', { lock: null })).toMatchObject({
      status: 404,
      json: { itemNotFound: { code: 404, message: 'Instance nope could not be found.' } },
    });
  });
});

describe('the console', () => {
  const output = (cloud: ComputeCalls, id: string, length?: number | string) =>
    (cloud.act(id, { 'os-getConsoleOutput': length === undefined ? {} : { length } }).json as { output: string })
      .output;

  test('is empty before the boot, and grows until sshd is up and shows its key', () => {
    const cloud = new ComputeCalls();
    const id = cloud.make();
    const { builtAtMs, sshAfterMs, hostKey } = cloud.world.server.get(id)!;
    cloud.nowMs = builtAtMs - 1;
    expect(output(cloud, id)).toBe('');
    cloud.nowMs = builtAtMs + sshAfterMs - 1;
    expect(output(cloud, id)).toContain('cloud-init');
    expect(output(cloud, id)).not.toContain('SSH HOST KEY');
    cloud.nowMs = builtAtMs + sshAfterMs;
    expect(output(cloud, id)).toContain(
      `-----BEGIN SSH HOST KEY KEYS-----\n${publicHostKey(hostKey)} root@controller\n-----END SSH HOST KEY KEYS-----\n`,
    );
  });

  test('gives its last lines when a length is asked for', () => {
    const cloud = new ComputeCalls();
    const id = cloud.boot();
    const whole = output(cloud, id);
    expect(output(cloud, id, -1)).toBe(whole);
    expect(output(cloud, id, '2').split('\n').length).toBe(3);
    expect(whole.endsWith(output(cloud, id, 2))).toBe(true);
    expect(output(cloud, id, 0)).toBe('');
  });

  test('is an operation of its own for the fault script', () => {
    const found = findRoute(nova.routes, 'POST', '/v2.1/servers/x/action');
    const request = {
      method: 'POST',
      path: '',
      query: new URLSearchParams(),
      headers: {},
      params: {},
      microversion: [2, 1],
    } as const;
    const name = (body: unknown) => found?.route.operationOf?.({ ...request, body });
    expect(name({ 'os-getConsoleOutput': {} })).toBe('show-console');
    expect(name({ lock: null })).toBe('act-on-server');
  });
});
