/** Somebody else's client: python-openstackclient on a rehearsal cloud, for as much of OpenStack as a user tries first. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import { describe, expect, type TestContext, test } from 'vitest';
import { credentialsOf } from '../../src/rehearsal/start.ts';
import { placeLedger, serveHere } from './in-process.ts';

const run = promisify(execFile);
const CLIENT = ['/usr/bin/openstack', '/usr/local/bin/openstack'].find((path) => existsSync(path));
const ledger = placeLedger();

type Ask = (...words: readonly string[]) => Promise<unknown>;

/** Asks with `-f json`; an empty answer is null. */
async function openClient({ onTestFinished }: TestContext): Promise<Ask> {
  const served = await serveHere(ledger, 300);
  onTestFinished(() => served.close());
  // Nothing of the machine's own clouds or proxies.
  const env = { PATH: '/usr/bin:/bin', HOME: '/nonexistent', ...credentialsOf(served.url) };
  return async (...words) => {
    const { stdout } = await run(CLIENT ?? '', [...words], { env });
    return stdout.trim() === '' ? null : (JSON.parse(stdout) as unknown);
  };
}

const LISTS: readonly (readonly [what: string, found: unknown])[] = [
  ['catalog', expect.objectContaining({ Type: 'compute' })],
  ['image', expect.objectContaining({ Name: 'debian-12-genericcloud', Status: 'active' })],
  ['flavor', expect.objectContaining({ Name: 'm1.small', RAM: 2048 })],
  ['network', expect.objectContaining({ Name: 'private' })],
  ['subnet', expect.objectContaining({ Name: 'private-v4', Subnet: '198.18.0.0/16' })],
  ['router', expect.objectContaining({ Name: 'router', Status: 'ACTIVE' })],
  ['port', expect.objectContaining({ Status: 'ACTIVE' })],
  ['security group', expect.objectContaining({ Name: 'default' })],
  ['availability zone', expect.objectContaining({ 'Zone Name': 'nova', 'Zone Status': 'available' })],
];

const SHOWN: readonly (readonly string[])[] = [
  ['image', 'debian-12-genericcloud'],
  ['flavor', 'm1.small'],
  ['network', 'private'],
  ['subnet', 'private-v4'],
  ['router', 'router'],
  ['security group', 'default'],
];

const why = CLIENT === undefined ? ' (skipped: python3-openstackclient is not installed)' : '';

describe.skipIf(CLIENT === undefined).concurrent(`openstack${why}`, () => {
  test('token issue, quota show, limits show', async (context) => {
    const ask = await openClient(context);
    context
      .expect(await ask('token', 'issue', '-f', 'json'))
      .toMatchObject({ project_id: context.expect.stringMatching(/^[0-9a-f]{32}$/) });
    context
      .expect(await ask('limits', 'show', '--absolute', '-f', 'json'))
      .toContainEqual({ Name: 'totalInstancesUsed', Value: 0 });
    context.expect(JSON.stringify(await ask('quota', 'show', '-f', 'json'))).toContain('floating');
  });

  test.for(LISTS)('%s list', async ([what, found], context) => {
    const ask = await openClient(context);
    context.expect(await ask(...what.split(' '), 'list', '-f', 'json')).toContainEqual(found);
  });

  test.for(SHOWN)('%s show %s', async ([what = '', name = ''], context) => {
    const ask = await openClient(context);
    context.expect(await ask(...what.split(' '), 'show', name, '-f', 'json')).toMatchObject({ name });
  });

  test('keypair, server with a floating IP: created, listed, shown, deleted', async (context) => {
    const ask = await openClient(context);
    context
      .expect(JSON.stringify(await ask('keypair', 'create', 'mine', '--private-key', '/dev/null', '-f', 'json')))
      .toContain('mine');
    const server = ['server', 'create', 'one', '--image', 'debian-12-genericcloud', '--flavor', 'm1.small'];
    context
      .expect(await ask(...server, '--network', 'private', '--key-name', 'mine', '--wait', '-f', 'json'))
      .toMatchObject({ name: 'one', status: 'ACTIVE' });
    context.expect(await ask('server', 'list', '-f', 'json')).toMatchObject([{ Name: 'one', Status: 'ACTIVE' }]);
    const ip = (await ask('floating', 'ip', 'create', 'public', '-f', 'json')) as { floating_ip_address: string };
    await ask('server', 'add', 'floating', 'ip', 'one', ip.floating_ip_address);
    context.expect(JSON.stringify(await ask('server', 'show', 'one', '-f', 'json'))).toContain(ip.floating_ip_address);
    context.expect(await ask('floating', 'ip', 'list', '-f', 'json')).toHaveLength(1);
    await ask('server', 'delete', '--wait', 'one');
    context.expect(await ask('server', 'list', '-f', 'json')).toEqual([]);
    await ask('floating', 'ip', 'delete', ip.floating_ip_address);
    await ask('keypair', 'delete', 'mine');
  });
});
