/** The clouds.yaml that people use the built cloud with: no secret in it, the passwords in a file of their own beside it. */
import { stringify } from 'yaml';
import type { StepRecord } from '../engine/journal.ts';
import { writeFileDurably } from '../host/files.ts';
import type { Vault } from '../host/vault.ts';
import type { ClusterRecord } from '../journal/state.ts';
import { restoreLayout } from '../layout/restore.ts';
import { isRoleWithApi } from '../roles/index.ts';
import { certificateOutput, portOutput } from '../steps/outputs.ts';
import type { ClusterPaths } from './paths.ts';

/** DevStack's own, which has one password for all its users. */
const PASSWORD = 'admin_password';
const USERS = { demo: '', admin: '-admin' } as const;
const REGION = 'RegionOne';

/** The node with the APIs; none of a cluster that was found by its marks alone, whose roles nobody knows. */
function findApiNode(cluster: ClusterRecord): string | null {
  return cluster.nodes.find(({ role }) => isRoleWithApi(role))?.name ?? null;
}

/**
 * Where Keystone answers. The address is the private one, also where the node has a floating IP: the catalog names no other, and the
 * certificate neither, so whoever gets through to one of them must get through to all.
 */
export function keystoneUrl(address: string, isTls: boolean): string {
  const authority = address.includes(':') ? `[${address}]` : address;
  return `${isTls ? 'https' : 'http'}://${authority}/identity`;
}

interface CloudFiles {
  readonly clouds: string;
  readonly secure: string;
  /** The root certificate, PEM; null where the APIs do not speak TLS. */
  readonly certificate: string | null;
}

/** What openstacksdk reads (https://docs.openstack.org/openstacksdk/latest/user/config/configuration.html); null until the API node is stacked. */
function renderCloudFiles(
  cluster: ClusterRecord,
  steps: readonly StepRecord[],
  password: string,
  certificatePath: string,
): CloudFiles | null {
  const outputs = new Map(
    steps.filter(({ state }) => state === 'done').map(({ planned, output }) => [planned.key, output]),
  );
  const node = findApiNode(cluster);
  const port = portOutput.safeParse(outputs.get(`create-port/${node}`));
  if (node === null || !port.success || !outputs.has(`run-stack/${node}`)) return null;
  const layout = restoreLayout(cluster.layout);
  const installed = certificateOutput.safeParse(outputs.get(`install-ca/${node}`));
  const entries = (entry: (user: string) => unknown): string =>
    stringify({
      clouds: Object.fromEntries(
        Object.entries(USERS).map(([user, suffix]) => [`${cluster.name}${suffix}`, entry(user)]),
      ),
    });
  const clouds = entries((user) => ({
    auth: {
      auth_url: keystoneUrl(port.data.address, layout.tls),
      username: user,
      user_domain_id: 'default',
      project_name: user,
      project_domain_id: 'default',
    },
    region_name: layout.localrc?.['REGION_NAME'] ?? REGION,
    identity_api_version: 3,
    ...(installed.success ? { cacert: certificatePath } : {}),
  }));
  return {
    clouds: `# The cloud that cluster ${cluster.name} is. The passwords are in secure.yaml, which must lie beside this file.\n${clouds}`,
    secure: entries(() => ({ auth: { password } })),
    certificate: installed.success ? Buffer.from(installed.data.certificate, 'base64').toString() : null,
  };
}

/** Makes the files say how the built cloud is used, once it answers. */
export async function writeCloudFiles(
  cluster: ClusterRecord,
  steps: readonly StepRecord[],
  vault: Vault,
  paths: ClusterPaths,
): Promise<void> {
  // A recovered cluster may have lost its passwords.
  if (!vault.has(PASSWORD)) return;
  const files = renderCloudFiles(cluster, steps, vault.get(PASSWORD), paths.cloudCertificate);
  if (files === null) return;
  if (files.certificate !== null) await writeFileDurably(paths.cloudCertificate, files.certificate);
  await writeFileDurably(paths.secureYaml, files.secure);
  await writeFileDurably(paths.cloudsYaml, files.clouds);
}
