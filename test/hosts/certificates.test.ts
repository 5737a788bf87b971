/** One CA for all nodes: made by DevStack's functions with the real openssl, given to nodes over a real sshd, trusted by a real TLS client. */
import { describe, expect, test } from 'vitest';
import { CA_KEYS, INSTALL_CA, MAKE_CA, PACKED_CA } from '../../src/remote/commands/certificates.ts';
import { parseFacts } from '../../src/remote/commands/facts.ts';
import { classifyStackFailure } from '../../src/roles/stack-failure.ts';
import { findMissingForNodes, type LocalNodes } from '../standin-devstack/nodes.ts';
import { runOverSsh, succeedOn } from './ssh-nodes.ts';
import { whyNoSshd } from './sshd.ts';
import { localConf, onStandinNodes, stack } from './standin-nodes.ts';

const missing = findMissingForNodes() ?? whyNoSshd() ?? undefined;
if (missing !== undefined) {
  process.stderr.write(`skipped: the scripts that share certificates need root, namespaces and sudo: ${missing}\n`);
}

const API = 'key,mysql,rabbit,n-api,n-cond,n-sch,placement-api,g-api,q-svc,q-ovn-agent,ovn-controller,tls-proxy';
const COMPUTE = 'n-cpu,placement-client,q-ovn-agent,ovn-controller,tls-proxy';
const ADDRESS = { SERVICE_HOST: '127.0.0.11' };
const CA = '/opt/stack/data/CA';

const ADDRESSES: Readonly<Record<string, string>> = {
  controller: '192.0.2.11',
  compute: '192.0.2.21',
};

/** Then `more`, while the node's /run is still there. */
async function run(
  nodes: LocalNodes,
  node: string,
  script: string,
  env: Readonly<Record<string, string>>,
  more = '',
): Promise<string> {
  const address = ADDRESSES[node] ?? '';
  const { code, output } = await runOverSsh(nodes, { node, address }, `${script}${more}`, env);
  expect(code, output).toBe(0);
  return output;
}

async function tell(nodes: LocalNodes, node: string, script: string): Promise<string> {
  return (await succeedOn(nodes, node, script)).trim();
}

async function make(nodes: LocalNodes): Promise<string> {
  const more = `base64 -w0 ${PACKED_CA}`;
  const lines = (await run(nodes, 'controller', MAKE_CA, ADDRESS, more)).split('\n');
  return lines.at(-1) ?? '';
}

describe.skipIf(missing !== undefined).concurrent('certificates', { timeout: 240_000 }, () => {
  test('of one CA make controller and compute one cloud, and a compute without them no part of it', () =>
    onStandinNodes({}, async (nodes) => {
      const packed = await make(nodes);
      const [first, second] = [
        parseFacts(await run(nodes, 'controller', INSTALL_CA, { CA: packed })),
        parseFacts(await run(nodes, 'compute', INSTALL_CA, { CA: packed })),
      ];
      expect(first).toEqual(second);
      const sha256 = await tell(nodes, 'compute', `sha256sum <${CA}/root-ca/cacert.pem | cut -d' ' -f1`);
      expect(first['ca_digest']).toBe(sha256);
      expect(Buffer.from(first['ca_certificate'] ?? '', 'base64').toString()).toMatch(/^-----BEGIN CERTIFICATE-----\n/);
      // stack.sh finds what is its own.
      expect(await tell(nodes, 'compute', `find ${CA} ! -user stack; stat -c %a ${CA}/root-ca/private`)).toBe('710');
      expect(await tell(nodes, 'compute', `find ${CA} -name '*.key' -perm /077`)).toBe('');

      expect((await stack(nodes, 'controller', localConf('127.0.0.11', API))).code).toBe(0);
      const stacked = await stack(nodes, 'compute', localConf('127.0.0.21', COMPUTE));
      expect(stacked.code, stacked.output.slice(-2000)).toBe(0);
      const asked = 'cd /opt/stack/devstack && runuser -u stack -- openstack --os-cloud devstack-admin';
      expect(await tell(nodes, 'compute', `${asked} hypervisor list -f value -c 'Hypervisor Hostname'`)).toBe(
        'compute',
      );
      expect(await tell(nodes, 'controller', 'cat /etc/openstack/clouds.yaml')).toContain(
        'https://127.0.0.11/identity',
      );

      const alone = await stack(nodes, 'alone', localConf('127.0.0.22', COMPUTE, 'SERVICE_PASSWORD=service5ecret', 2));
      expect(alone.code).not.toBe(0);
      const log = await tell(nodes, 'alone', 'cat /opt/stack/logs/stack.sh.log');
      expect(classifyStackFailure(log, { cluster: 'lab', node: 'alone' }, alone.code).name).toBe(
        'certificate-untrusted',
      );
    }));

  test('name the controller and its address, and a whole CA is kept', () =>
    onStandinNodes({}, async (nodes) => {
      const before = await make(nodes);
      const names = await tell(
        nodes,
        'controller',
        `openssl x509 -noout -ext subjectAltName -in ${CA}/int-ca/devstack-cert.crt`,
      );
      expect(names).toContain('DNS:controller, IP Address:127.0.0.11');
      const digests = `cd ${CA} && find . -type f -exec sha256sum {} + | sort`;
      const made = await tell(nodes, 'controller', digests);
      const packing = `stat -c '%A %U %n' /run/builder-ca /run/builder-ca/* >&2; grep -c PRIVATE ${CA_KEYS} >&2`;
      const installing = `export CA=$(base64 -w0 ${PACKED_CA})\n${INSTALL_CA}test ! -e /run/builder-ca`;
      const again = await run(nodes, 'controller', MAKE_CA, ADDRESS, `${packing}\n${installing}`);
      // Packed for root only, with the three keys; and nothing of it is left when the node has it back.
      expect(again.split('\n').slice(0, 4)).toEqual([
        'drwx------ root /run/builder-ca',
        '-rw------- root /run/builder-ca/ca.tar.gz',
        '-rw------- root /run/builder-ca/keys.pem',
        '6',
      ]);
      expect(await tell(nodes, 'controller', digests)).toBe(made);
      // A node that has it keeps its very files: stack.sh may be at work with them.
      const places = `cd ${CA} && find . -exec stat -c '%i %n' {} + | sort`;
      const was = await tell(nodes, 'controller', `echo more >>${CA}/int-ca/ca-chain.pem; ${places}`);
      await run(nodes, 'controller', INSTALL_CA, { CA: before });
      expect(await tell(nodes, 'controller', places)).toBe(was);
    }));

  test('that were half made, wherever it was cut, are made anew', () =>
    onStandinNodes({}, async (nodes) => {
      const lost = await make(nodes);
      for (const cut of [
        `rm -rf ${CA}/*`,
        `rm -r ${CA}/int-ca ${CA}/root-ca/cacert.pem`,
        `rm ${CA}/int-ca/cacert.pem`,
        `truncate -s 300 ${CA}/int-ca/devstack-cert.crt`,
        `: >${CA}/int-ca/private/devstack-cert.key`,
      ]) {
        await tell(nodes, 'controller', `${cut}; echo old >/opt/stack/data/devstack-cert.pem`);
        const packed = await make(nodes);
        expect(packed).not.toBe(lost);
        expect(await tell(nodes, 'controller', 'ls /opt/stack/data')).toBe('CA');
      }
      // The one in the vault wins wherever another is found, and over a part of itself.
      await tell(nodes, 'controller', 'mkdir /opt/stack/data/CA.new; echo old >/opt/stack/data/devstack-cert.pem');
      const before = await tell(nodes, 'controller', `sha256sum <${CA}/root-ca/cacert.pem | cut -d' ' -f1`);
      const back = parseFacts(await run(nodes, 'controller', INSTALL_CA, { CA: lost }))['ca_digest'];
      expect(back).not.toBe(before);
      expect(await tell(nodes, 'controller', 'ls /opt/stack/data')).toBe('CA');
    }));

  test('come back after unstack.sh has taken them away', () =>
    onStandinNodes({}, async (nodes) => {
      const packed = await make(nodes);
      await run(nodes, 'controller', INSTALL_CA, { CA: packed });
      await tell(nodes, 'controller', `ls ${CA}/root-ca`);
      expect((await stack(nodes, 'controller', localConf('127.0.0.11', API))).code).toBe(0);
      expect((await nodes.asStack('controller', './unstack.sh')).code).toBe(0);
      expect(await tell(nodes, 'controller', `ls ${CA}`)).toBe('');
      const again = parseFacts(await run(nodes, 'controller', INSTALL_CA, { CA: packed }));
      expect(again['ca_digest']).toMatch(/^[0-9a-f]{64}$/);
    }));
});
