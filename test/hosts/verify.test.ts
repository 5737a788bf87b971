/** The scripts of verify in real shells, over a real sshd, in a cloud that the stand-in has stacked: what they bring is judged as it is. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeKeyPair } from '../../src/host/key-pair.ts';
import { planNodes } from '../../src/layout/nodes.ts';
import { ASK_CLOUD, QUESTIONS } from '../../src/remote/commands/ask-cloud.ts';
import { TRY_GUESTS } from '../../src/remote/commands/try-guests.ts';
import { renderLocalConf } from '../../src/roles/local-conf.ts';
import { fillSecrets } from '../../src/roles/secrets.ts';
import type { CheckResult } from '../../src/verify/check.ts';
import { expectCloud } from '../../src/verify/expectation.ts';
import type { CloudFacts } from '../../src/verify/facts.ts';
import { chooseChecks, judgeCloud } from '../../src/verify/index.ts';
import { parseAnswers, readFacts } from '../../src/verify/read-answers.ts';
import { readGuests } from '../../src/verify/read-guests.ts';
import { createLocalNodes, findMissingForNodes, type LocalNodes } from '../standin-devstack/nodes.ts';
import { serveStandinDevstack } from '../standin-devstack/serve.ts';
import { load, SMALL } from '../unit/layout/small-layout.ts';
import { whyNoSshd } from './sshd.ts';

const missing = findMissingForNodes() ?? whyNoSshd() ?? undefined;
if (missing !== undefined) process.stderr.write(`skipped: verify asks a stacked cloud over a real sshd: ${missing}\n`);

const layout = load(SMALL.replace('count: 2', 'count: 1'));
const addresses = new Map([
  ['controller', '192.0.2.11'],
  ['compute-1', '192.0.2.21'],
]);
const expected = expectCloud(layout, addresses);
const client = makeKeyPair('client');
const LIB = '/opt/stack/data/venv/lib/standin';
const SSH = 'ssh -i /opt/client_key -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR';

let folder: string;
let nodes: LocalNodes;

function file(path: string, text: string): string {
  return `install -D -m 0600 /dev/null ${path}\nprintf %s '${Buffer.from(text).toString('base64')}' | base64 -d >${path}\n`;
}

async function succeed(node: string, script: string): Promise<string> {
  const { code, output } = await nodes.on(node, script);
  expect(output, `exit ${code}`).toSatisfy(() => code === 0);
  return output;
}

function exportsOf(env: Readonly<Record<string, string>>): string {
  return Object.entries(env)
    .map(([name, value]) => `export ${name}='${value}'\n`)
    .join('');
}

/** As the agent does it: the script in a file, run by sh, its variables exported; root logs in over sshd. */
function overSsh(node: string, script: string, env: Readonly<Record<string, string>>): Promise<string> {
  const whole = `${file('/opt/env', exportsOf(env))}${file('/opt/script', script)}`;
  return succeed(node, `${whole}${SSH} root@${addresses.get(node)} '. /opt/env; exec sh /opt/script </dev/null'`);
}

async function ask(): Promise<CloudFacts> {
  const [controller, compute] = await Promise.all([
    overSsh('controller', ASK_CLOUD, { QUESTIONS: QUESTIONS.join(' ') }),
    overSsh('compute-1', ASK_CLOUD, { QUESTIONS: 'units addresses messages' }),
  ]);
  const answers = new Map([
    ['controller', { known: parseAnswers(controller) }],
    ['compute-1', { known: parseAnswers(compute) }],
  ]);
  return readFacts(answers, 'controller', 'controller', { unknown: 'nobody tried' });
}

const GUESTS = {
  RUN: '0123abcd',
  HOSTS: 'controller compute-1',
  NETWORK: 'private',
  PING: 'yes',
  PUBLIC_NETWORK: 'public',
  FULL_SIZE: 'yes',
  FLOATING_IP: 'yes',
  VOLUME: 'yes',
  VOLUMES: 'yes',
  MIGRATE: 'controller compute-1',
  BOOT_S: '120',
  PING_S: '120',
  FULL_S: '60',
  FLOATING_S: '60',
  VOLUME_S: '60',
};

/** Pings alone. */
const FEW = { FULL_SIZE: 'no', FLOATING_IP: 'no', VOLUME: 'no', MIGRATE: '' };

async function tryGuests(changes: Readonly<Record<string, string>> = {}): Promise<CloudFacts['guests']> {
  return readGuests(await overSsh('controller', TRY_GUESTS, { ...GUESTS, ...changes }), null);
}

function failures(facts: CloudFacts, ...only: readonly string[]): readonly CheckResult[] {
  return judgeCloud(chooseChecks(only, []), facts, expected).filter(({ status }) => status === 'fail');
}

function openstack(words: string): Promise<string> {
  return succeed('controller', `sudo -u stack OS_CLOUD=devstack-admin openstack ${words} </dev/null`);
}

/** Names of everything that can be tried. */
async function listAll(): Promise<readonly string[]> {
  const kinds = ['server list', 'port list', 'security group list', 'volume list', 'floating ip list --long'];
  const lists = await Promise.all(kinds.map((kind) => openstack(`${kind} -f value -c Name -c Description`)));
  return lists.flatMap((text) => text.split('\n')).filter((name) => name !== '');
}

/** A server of somebody's, with its port and its group. */
async function leave(name: string): Promise<void> {
  await openstack(`security group create ${name}-group-all`);
  await openstack(`port create --network private --security-group ${name}-group-all ${name}-port-x`);
  const data = '/opt/stack/user-data';
  await succeed('controller', `echo 'echo hello' >${data}`);
  await openstack(`floating ip create --port ${name}-port-x --description ${name}-address-x public`);
  await openstack(`volume create --size 1 ${name}-volume-x`);
  await openstack(`server create --port ${name}-port-x --user-data ${data} --host compute-1 --wait ${name}-guest-x`);
}

async function build(): Promise<void> {
  const served = await serveStandinDevstack({ seconds: 0, logLines: 100, listen: '127.0.0.1' });
  const checkout = join(folder, 'checkout');
  try {
    await promisify(execFile)('git', ['clone', '--quiet', '--branch', 'stable/2026.1', served.url, checkout]);
  } finally {
    await served.close();
  }
  nodes = await createLocalNodes(checkout);
  for (const address of addresses.values()) await succeed('controller', `ip address add ${address}/32 dev lo`);
  for (const node of planNodes(layout)) {
    const conf = fillSecrets(renderLocalConf({ layout, node, addresses, mtu: 1450 }), () => 'some5ecretWord');
    // The compute registers with the controller, so one comes after the other.
    const stacked = await nodes.asStack(node.name, `cat >local.conf <<'END'\n${conf}END\n./stack.sh`);
    expect(stacked.output, `exit ${stacked.code}`).toSatisfy(() => stacked.code === 0);
    await succeed(
      node.name,
      `mkdir -p /run/sshd
${file('/opt/authorized_keys', `${client.publicKey}\n`)}${file('/opt/client_key', client.privateKey)}
[ -e /etc/ssh/ssh_host_ed25519_key ] || ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key
/usr/sbin/sshd -o ListenAddress=${addresses.get(node.name)} -o AuthorizedKeysFile=/opt/authorized_keys \\
  -o StrictModes=no -o UsePAM=no -o HostKey=/etc/ssh/ssh_host_ed25519_key`,
    );
  }
}

beforeAll(async () => {
  if (missing !== undefined) return;
  folder = await mkdtemp(join(tmpdir(), 'verify-'));
  await build();
}, 120_000);
afterAll(async () => {
  await nodes?.close();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

// One cloud, so one after the other: each test leaves it well.
describe.skipIf(missing !== undefined)('verify', { timeout: 120_000 }, () => {
  test('finds the compute that nobody has mapped yet, and nothing else', async () => {
    const found = failures(await ask(), 'hypervisors', 'joined', 'services', 'agents', 'chassis', 'placement');
    expect(found.map(({ check, node, sentence }) => [check, node, sentence])).toEqual([
      ['hypervisors', null, expect.stringMatching(/^compute-1 is not mapped to a cell/)],
      ['joined', 'compute-1', 'half joined: mapping missing'],
    ]);
    await nodes.asStack('controller', './tools/discover_hosts.sh');
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
