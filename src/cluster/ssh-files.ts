/** The private ssh_config, known_hosts and key file that `./builder ssh` and people use. */
import type { StepRecord } from '../engine/journal.ts';
import { writeFileDurably } from '../host/files.ts';
import type { Vault } from '../host/vault.ts';
import type { ClusterRecord } from '../journal/state.ts';
import { acceptedHostKeys } from '../steps/node-access.ts';
import { CLIENT_KEY, hostKeyName } from '../steps/ports.ts';
import type { Parts } from './parts.ts';
import type { ClusterPaths } from './paths.ts';
import { renderKnownHosts, renderSshConfig, type SshNode } from './ssh.ts';

/** Every node whose address and host key exist by now. */
export function listSshNodes(
  cluster: ClusterRecord,
  steps: readonly StepRecord[],
  vault: Vault,
  keys: Pick<Parts['keys'], 'publicOf'>,
): readonly SshNode[] {
  const outputs = new Map(
    steps.filter(({ state }) => state === 'done').map(({ planned, output }) => [planned.key, output]),
  );
  const user = cluster.choices['user'];
  const generations = new Map(steps.map(({ planned, generation }) => [planned.key, generation]));
  return cluster.nodes.flatMap(({ name }) => {
    const address =
      outputs.get(`create-floating-ip/${name}`)?.['address'] ?? outputs.get(`create-port/${name}`)?.['address'];
    const secret = hostKeyName(name, generations.get(`create-server/${name}`) ?? 1);
    if (typeof address !== 'string' || typeof user !== 'string' || !vault.has(secret)) return [];
    const kept = keys.publicOf(vault.get(secret));
    return [{ name, address, user, hostKeys: acceptedHostKeys((key) => outputs.get(key) ?? null, name, kept) }];
  });
}

/** Makes the files say how every node is reached that can be. */
export async function writeSshFiles(
  cluster: ClusterRecord,
  steps: readonly StepRecord[],
  vault: Vault,
  paths: ClusterPaths,
  { keys, sshProxy }: Pick<Parts, 'keys' | 'sshProxy'>,
): Promise<void> {
  const nodes = listSshNodes(cluster, steps, vault, keys);
  await writeFileDurably(paths.identity, vault.get(CLIENT_KEY));
  await writeFileDurably(paths.knownHosts, renderKnownHosts(cluster.name, nodes));
  await writeFileDurably(paths.sshConfig, renderSshConfig(cluster.name, nodes, paths, sshProxy));
}
