/** What people use the built cloud with: as openstacksdk reads it, and no password where others may look. */
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parse } from 'yaml';
import { writeCloudFiles } from '../../../src/cluster/cloud-files.ts';
import { type ClusterPaths, clusterPaths } from '../../../src/cluster/paths.ts';
import type { JsonObject } from '../../../src/engine/step.ts';
import type { Vault } from '../../../src/host/vault.ts';
import { load, SMALL } from '../layout/small-layout.ts';
import { makeCluster, makeStep } from './fake-state.ts';

const PASSWORD = 'a1b2c3d4e5f6a7b8';
const CERTIFICATE = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';
const PORT = makeStep('create-port', 'controller', 'done', {
  output: { portId: 'p', macAddress: 'm', address: '10.0.0.5' },
});
const FLOATING = makeStep('create-floating-ip', 'controller', 'done', {
  output: { floatingIpId: 'f', address: '198.51.100.7' },
});
const STACKED = makeStep('run-stack', 'controller', 'done');
const INSTALLED = makeStep('install-ca', 'controller', 'done', {
  output: { sha256: '0'.repeat(64), certificate: Buffer.from(CERTIFICATE).toString('base64') },
});

let state: string;
let paths: ClusterPaths;
const vaultOf = (secrets: Readonly<Record<string, string>>): Vault =>
  ({ has: (name: string) => name in secrets, get: (name: string) => secrets[name] }) as unknown as Vault;
const vault = vaultOf({ admin_password: PASSWORD });

function clusterWith(...set: readonly string[]) {
  const layout = load(SMALL, { set }) as unknown as JsonObject;
  return { ...makeCluster('lab', ['controller', 'compute-1']), layout };
}

beforeEach(async () => {
  state = await mkdtemp(join(tmpdir(), 'cloud-files-'));
  paths = clusterPaths(state, 'lab', join(state, 'scratch'));
});
afterEach(() => rm(state, { recursive: true }));

test('a stacked controller: both clouds at its private address, passwords in a file of their own, both for us alone', async () => {
  await writeCloudFiles(clusterWith('localrc.REGION_NAME=north'), [PORT, FLOATING, STACKED], vault, paths);
  const text = await readFile(paths.cloudsYaml, 'utf8');
  const auth = { auth_url: 'http://10.0.0.5/identity', user_domain_id: 'default', project_domain_id: 'default' };
  const common = { region_name: 'north', identity_api_version: 3 };
  expect(parse(text)).toEqual({
    clouds: {
      lab: { auth: { ...auth, username: 'demo', project_name: 'demo' }, ...common },
      'lab-admin': { auth: { ...auth, username: 'admin', project_name: 'admin' }, ...common },
    },
  });
  expect(text).not.toContain(PASSWORD);
  expect(parse(await readFile(paths.secureYaml, 'utf8'))).toEqual({
    clouds: { lab: { auth: { password: PASSWORD } }, 'lab-admin': { auth: { password: PASSWORD } } },
  });
  for (const path of [paths.cloudsYaml, paths.secureYaml]) expect((await stat(path)).mode & 0o777).toBe(0o600);
  // Never where logs and copies may be told to go.
  expect(await readdir(state)).toEqual(['clusters']);
});

test('with TLS: https, and the root certificate beside it', async () => {
  await writeCloudFiles(clusterWith('tls=true'), [PORT, INSTALLED, STACKED], vault, paths);
  const { clouds } = parse(await readFile(paths.cloudsYaml, 'utf8')) as { clouds: Record<string, JsonObject> };
  expect(clouds['lab-admin']).toMatchObject({
    auth: { auth_url: 'https://10.0.0.5/identity' },
    cacert: join(state, 'clusters', 'lab', 'ca.pem'),
  });
  expect(await readFile(paths.cloudCertificate, 'utf8')).toBe(CERTIFICATE);
});

test('nothing before the controller is stacked, nor where passwords or roles are lost', async () => {
  await writeCloudFiles(clusterWith(), [PORT, makeStep('run-stack', 'compute-1', 'done')], vault, paths);
  await writeCloudFiles(clusterWith(), [PORT, STACKED], vaultOf({}), paths);
  const found = clusterWith();
  const nodes = found.nodes.map((node) => ({ ...node, role: 'unknown' }));
  await writeCloudFiles({ ...found, nodes, layout: {} }, [PORT, STACKED], vault, paths);
  expect(await readdir(state)).toEqual([]);
});
