/** A cloud that the stand-in has stacked on two nodes with a real sshd each, for tests that run the scripts of verify in it. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'vitest';
import { makeKeyPair } from '../../src/host/key-pair.ts';
import { planNodes } from '../../src/layout/nodes.ts';
import { ASK_CLOUD, QUESTIONS } from '../../src/remote/commands/ask-cloud.ts';
import { RUN_TEMPEST } from '../../src/remote/commands/run-tempest.ts';
import { TRY_GUESTS } from '../../src/remote/commands/try-guests.ts';
import { renderLocalConf } from '../../src/roles/local-conf.ts';
import { fillSecrets } from '../../src/roles/secrets.ts';
import type { CheckResult } from '../../src/verify/check.ts';
import { expectCloud } from '../../src/verify/expectation.ts';
import type { CloudFacts } from '../../src/verify/facts.ts';
import { chooseChecks, judgeCloud } from '../../src/verify/index.ts';
import { parseAnswers, readFacts } from '../../src/verify/read-answers.ts';
import { readGuests } from '../../src/verify/read-guests.ts';
import { readTempest } from '../../src/verify/read-tempest.ts';
import { createLocalNodes, findMissingForNodes, type LocalNodes } from '../standin-devstack/nodes.ts';
import { serveStandinDevstack } from '../standin-devstack/serve.ts';
import { load, SMALL } from '../unit/layout/small-layout.ts';
import { whyNoSshd } from './sshd.ts';

export const missing = findMissingForNodes() ?? whyNoSshd() ?? undefined;
if (missing !== undefined) process.stderr.write(`skipped: verify asks a stacked cloud over a real sshd: ${missing}\n`);

const layout = load(`${SMALL.replace('count: 2', 'count: 1')}services: {add: [tempest]}\n`);
const addresses = new Map([
  ['controller', '192.0.2.11'],
  ['compute-1', '192.0.2.21'],
]);
export const expected = expectCloud(layout, addresses);
const client = makeKeyPair('client');
export const LIB = '/opt/stack/data/venv/lib/standin';
const SSH = 'ssh -i /opt/client_key -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR';

let folder: string;
let nodes: LocalNodes;

export function file(path: string, text: string): string {
  return `install -D -m 0600 /dev/null ${path}\nprintf %s '${Buffer.from(text).toString('base64')}' | base64 -d >${path}\n`;
}

export async function succeed(node: string, script: string): Promise<string> {
  const { code, output } = await nodes.on(node, script);
  expect(output, `exit ${code}`).toSatisfy(() => code === 0);
  return output;
}

export function exportsOf(env: Readonly<Record<string, string>>): string {
  return Object.entries(env)
    .map(([name, value]) => `export ${name}='${value}'\n`)
    .join('');
}

/** As the agent does it: the script in a file, run by sh, its variables exported; root logs in over sshd. */
function overSsh(node: string, script: string, env: Readonly<Record<string, string>>): Promise<string> {
  const whole = `${file('/opt/env', exportsOf(env))}${file('/opt/script', script)}`;
  return succeed(node, `${whole}${SSH} root@${addresses.get(node)} '. /opt/env; exec sh /opt/script </dev/null'`);
}

export async function ask(): Promise<CloudFacts> {
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

export const GUESTS = {
  RUN: '0123abcd',
  HOSTS: 'controller compute-1',
  NETWORK: 'private',
  PING: 'yes',
  PUBLIC_NETWORK: 'public',
  FULL_SIZE: 'yes',
  FLOATING_IP: 'yes',
  VOLUME: 'yes',
  HAS_VOLUMES: 'yes',
  MIGRATE: 'controller compute-1',
  BOOT_S: '120',
  PING_S: '120',
  FULL_S: '60',
  FLOATING_S: '60',
  VOLUME_S: '60',
};

/** Pings alone. */
export const FEW = { FULL_SIZE: 'no', FLOATING_IP: 'no', VOLUME: 'no', MIGRATE: '' };

export async function tryGuests(changes: Readonly<Record<string, string>> = {}): Promise<CloudFacts['guests']> {
  return readGuests(await overSsh('controller', TRY_GUESTS, { ...GUESTS, ...changes }), null);
}

export const TEMPEST = { TEMPEST_S: '60', TELL_S: '2', HAS_VOLUMES: 'yes' };

export async function runTempest(changes: Readonly<Record<string, string>> = {}): Promise<CloudFacts['tempest']> {
  return readTempest(await overSsh('controller', RUN_TEMPEST, { ...TEMPEST, ...changes }), null);
}

export function failures(facts: CloudFacts, ...only: readonly string[]): readonly CheckResult[] {
  return judgeCloud(chooseChecks(only, []), facts, expected).filter(({ status }) => status === 'fail');
}

export function openstack(words: string): Promise<string> {
  return succeed('controller', `sudo -u stack OS_CLOUD=devstack-admin openstack ${words} </dev/null`);
}

/** Names of everything that can be tried. */
export async function listAll(): Promise<readonly string[]> {
  const kinds = ['server list', 'port list', 'security group list', 'volume list', 'floating ip list --long'];
  const lists = await Promise.all(kinds.map((kind) => openstack(`${kind} -f value -c Name -c Description`)));
  return lists.flatMap((text) => text.split('\n')).filter((name) => name !== '');
}

/** A server of somebody's, with its port and its group. */
export async function leave(name: string): Promise<void> {
  await openstack(`security group create ${name}-group-all`);
  await openstack(`port create --network private --security-group ${name}-group-all ${name}-port-x`);
  const data = '/opt/stack/user-data';
  await succeed('controller', `echo 'echo hello' >${data}`);
  await openstack(`floating ip create --port ${name}-port-x --description ${name}-address-x public`);
  await openstack(`volume create --size 1 ${name}-volume-x`);
  await openstack(`server create --port ${name}-port-x --user-data ${data} --host compute-1 --wait ${name}-guest-x`);
}

export function asStack(
  node: string,
  script: string,
): Promise<{ readonly code: number | null; readonly output: string }> {
  return nodes.asStack(node, script);
}

export async function openStackedCloud(): Promise<void> {
  folder = await mkdtemp(join(tmpdir(), 'verify-'));
  await build();
}

export async function closeStackedCloud(): Promise<void> {
  await nodes?.close();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
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
