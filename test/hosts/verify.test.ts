/** The scripts of verify in real shells, over a real sshd, in a cloud that the stand-in has stacked: what they bring is judged as it is. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TRY_GUESTS } from '../../src/remote/commands/try-guests.ts';
import { chooseChecks, judgeCloud } from '../../src/verify/index.ts';
import { readFacts } from '../../src/verify/read-answers.ts';
import { readGuests } from '../../src/verify/read-guests.ts';
import {
  ask,
  asStack,
  closeStackedCloud,
  expected,
  exportsOf,
  FEW,
  failures,
  file,
  GUESTS,
  LIB,
  leave,
  listAll,
  missing,
  openStackedCloud,
  openstack,
  succeed,
  tryGuests,
} from './stacked-cloud.ts';

beforeAll(async () => {
  if (missing === undefined) await openStackedCloud();
}, 120_000);
afterAll(closeStackedCloud);

// One cloud, so one after the other: each test leaves it well.
describe.skipIf(missing !== undefined)('verify', { timeout: 120_000 }, () => {
  test('finds the compute that nobody has mapped yet, and nothing else', async () => {
    const found = failures(await ask(), 'hypervisors', 'joined', 'services', 'agents', 'chassis', 'placement');
    expect(found.map(({ check, node, sentence }) => [check, node, sentence])).toEqual([
      ['hypervisors', null, expect.stringMatching(/^compute-1 is not mapped to a cell/)],
      ['joined', 'compute-1', 'half joined: mapping missing'],
    ]);
    await asStack('controller', './tools/discover_hosts.sh');
  });

  test('finds the cloud in order: servers boot, reach each other, move, and are gone; so is what an earlier verify left', async () => {
    await leave('builder-verify-00c0ffee');
    await leave('somebody');
    await openstack('security group create builder-verify-mine');
    const guests = await tryGuests();
    expect(judgeCloud(chooseChecks([], []), { ...(await ask()), guests }, expected)).toEqual(
      expect.not.arrayContaining([expect.objectContaining({ status: 'fail' })]),
    );
    expect(guests).toMatchObject({
      known: {
        swept: ['address-x', 'group-all', 'guest-x', 'port-x', 'volume-x'].map(
          (what) => `builder-verify-00c0ffee-${what}`,
        ),
        guests: [
          { host: 'controller', isUp: true, isTold: true, port: 'ACTIVE' },
          { host: 'compute-1', isUp: true, isTold: true, port: 'ACTIVE' },
        ],
        networkMtu: 1442,
        floatingIp: { host: 'compute-1', answered: true },
        volume: { status: 'available' },
        migration: { exit: 0, server: { status: 'ACTIVE', host: 'compute-1' } },
        left: [],
      },
    });
    expect(await listAll()).toEqual([
      'somebody-guest-x',
      'somebody-port-x',
      'somebody-group-all',
      'builder-verify-mine',
      'somebody-volume-x',
      'somebody-address-x',
    ]);
  });

  test('finds the direction in which nothing passes', async () => {
    await succeed('controller', `echo 'compute-1 controller' >${LIB}/broken-paths`);
    // Long enough for the other direction on a busy machine; the broken one waits it out.
    const guests = await tryGuests({ ...FEW, PING_S: '20' });
    await succeed('controller', `rm ${LIB}/broken-paths`);
    const facts = readFacts(new Map(), 'controller', null, guests);
    expect(failures(facts, 'boot', 'ping')).toMatchObject([
      { check: 'ping', sentence: 'compute-1 does not reach controller' },
    ]);
  });

  test('finds the frame that is too big for the way, though a small one passes', async () => {
    await succeed('controller', `echo 'compute-1 controller 1300' >${LIB}/broken-paths`);
    const guests = await tryGuests({ ...FEW, FULL_SIZE: 'yes', FULL_S: '10' });
    await succeed('controller', `rm ${LIB}/broken-paths`);
    const facts = readFacts(new Map(), 'controller', null, guests);
    expect(failures(facts, 'boot', 'ping', 'mtu')).toMatchObject([
      { check: 'mtu', sentence: 'frames of 1442 bytes are lost from compute-1 to controller or on the way back' },
    ]);
  });

  test('finds the floating IP that leads nowhere, and the volume that nobody makes', async () => {
    const setState = (state: string): string =>
      `cd ${LIB} && python3 -c 'import database; database.rows("UPDATE volume_service SET state = ? WHERE binary = ?", "${state}", "cinder-volume")'\n`;
    await succeed('controller', `touch ${LIB}/broken-gateway\n${setState('down')}`);
    const guests = await tryGuests({ PING: 'no', FULL_SIZE: 'no', MIGRATE: '', FLOATING_S: '1' });
    const facts = { ...(await ask()), guests };
    await succeed('controller', `rm ${LIB}/broken-gateway\n${setState('up')}`);
    expect(failures(facts, 'boot', 'volumes', 'floating-ip').map(({ sentence }) => sentence)).toEqual([
      'cinder-volume on controller@lvmdriver-1 is down; a new volume is error',
      expect.stringMatching(/^the server on compute-1 does not answer at 172\.24\.5\.100, asked from controller$/),
    ]);
  });

  test('tells what nova-compute complained of', async () => {
    const said = [
      '\\033[01;31mERROR nova.compute.manager [\\033[01;36mNone req-1 admin\\033[00m] it broke\\033[00m',
      'WARNING nova it may break',
    ];
    await succeed('compute-1', `printf '%b\\n' ${said.map((line) => `'${line}'`).join(' ')} >${LIB}/journal`);
    const results = judgeCloud(chooseChecks(['messages'], []), await ask(), expected);
    await succeed('compute-1', `rm ${LIB}/journal`);
    expect(results).toMatchObject([
      { node: 'controller', status: 'pass', sentence: 'no error in the last ten minutes' },
      {
        node: 'compute-1',
        status: 'pass',
        sentence: 'one error in the last ten minutes, the last: ERROR nova.compute.manager it broke',
      },
    ]);
  });

  test('says why no server can be tried on a host that nova does not know, and removes the rest', async () => {
    const guests = await tryGuests({ ...FEW, HOSTS: 'controller elsewhere', PING: 'no' });
    expect(guests).toMatchObject({
      known: {
        guests: [
          { host: 'controller', isUp: true, pinged: [] },
          { host: 'elsewhere', server: null, error: expect.stringContaining('could not be found. (HTTP 400)') },
        ],
        left: [],
      },
    });
  });

  test('says why nothing can be tried at all', async () => {
    expect(await tryGuests({ NETWORK: 'elsewhere' })).toEqual({ unknown: 'No Network found for elsewhere' });
    expect((await listAll()).filter((name) => name.startsWith('builder-verify-0'))).toEqual([]);
  });

  test('removes its servers also when it is told to end in the middle', async () => {
    await succeed('controller', `echo 'compute-1 controller' >${LIB}/broken-paths`);
    const env = exportsOf({ ...GUESTS, PING_S: '600' });
    const output = await succeed(
      'controller',
      `${file('/opt/script', TRY_GUESTS)}${env}
setsid sh /opt/script </dev/null >/opt/said &
until grep -q 'to reach each other' /opt/said; do sleep 0.2; done
OS_CLOUD=devstack-admin openstack server list -f value -c Name </dev/null
kill -TERM -- -$!
wait $! || echo "code $?"
rm ${LIB}/broken-paths`,
    );
    expect(output).toContain('builder-verify-0123abcd-guest-compute-1');
    expect(output).toContain('code 143');
    expect((await listAll()).filter((name) => name.startsWith('builder-verify-0'))).toEqual([]);
  });

  test('tries nothing while another verify does', async () => {
    const output = await succeed(
      'controller',
      `${file('/opt/script', TRY_GUESTS)}${exportsOf({ ...GUESTS, ...FEW, HOSTS: 'controller', PING: 'no' })}
exec 8>/run/builder-verify.lock; flock 8
sh /opt/script </dev/null >/opt/said 8>&- &
# The lock is taken by a program of this name, so it waits for it now.
until grep -qsx flock /proc/[0-9]*/comm; do sleep 0.1; done
echo "before: $(cat /opt/said)"
exec 8>&-; wait; cat /opt/said`,
    );
    expect(output).toMatch(/^before: \n/);
    expect(readGuests(output, null)).toMatchObject({ known: { guests: [{ isUp: true }], left: [] } });
  });

  test('finds tunnels that end where they are not planned, at an address that nobody has', async () => {
    const setEnd = (ip: string): Promise<string> =>
      succeed(
        'controller',
        `cd ${LIB} && python3 -c 'import database; database.rows("UPDATE chassis SET ip = ? WHERE host = ?", "${ip}", "compute-1")'`,
      );
    await setEnd('198.51.100.7');
    const found = failures(await ask(), 'chassis', 'tunnels', 'joined');
    await setEnd('192.0.2.21');
    expect(found).toMatchObject([
      {
        check: 'tunnels',
        node: 'compute-1',
        sentence:
          'tunnels of compute-1 end at 198.51.100.7, planned is 192.0.2.21; ' +
          'no interface of compute-1 has 198.51.100.7, where its tunnels end',
      },
    ]);
  });

  test('finds the nova-compute that died, which the API still calls up', async () => {
    await succeed('compute-1', 'kill "$(cat /opt/stack/data/devstack@n-cpu.pid)"');
    const found = failures(await ask(), 'services', 'compute-services', 'joined');
    expect(found.map(({ check, node }) => [check, node])).toEqual([
      ['services', 'compute-1'],
      ['compute-services', null],
      ['joined', 'compute-1'],
    ]);
    expect(found[1]?.sentence).toBe(
      'nova-compute on compute-1 is dead, though the API calls it up: devstack@n-cpu is failed (failed)',
    );
  });

  test('finds the chassis that calls itself otherwise than nova calls its host', async () => {
    await succeed(
      'compute-1',
      `sed -i 's/^chassis = .*/chassis = compute-1.novalocal/' /etc/nova/nova.conf
sudo -u stack timeout 3 python3 ${LIB}/service.py agents || true`,
    );
    expect(failures(await ask(), 'chassis')).toMatchObject([
      {
        check: 'chassis',
        sentence: expect.stringMatching(/the chassis of compute-1 calls itself compute-1\.novalocal/),
      },
    ]);
  });
});
