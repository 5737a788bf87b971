/** The private ssh_config, known_hosts and key file that `./builder ssh` and people use. */
import type { StepRecord } from '../engine/journal.ts';
import { writeFileDurably } from '../host/files.ts';
import type { Vault } from '../host/vault.ts';
import type { ClusterRecord } from '../journal/state.ts';
import { CLIENT_KEY, hostKeyName } from '../steps/ports.ts';
import type { Parts } from './parts.ts';
import type { ClusterPaths } from './paths.ts';
import { renderKnownHosts, renderSshConfig } from './ssh.ts';

/** Every node whose address and host key exist by now. */
export async function writeSshFiles(
  cluster: ClusterRecord,
  steps: readonly StepRecord[],
  vault: Vault,
  paths: ClusterPaths,
  { keys, sshProxy }: Pick<Parts, 'keys' | 'sshProxy'>,
): Promise<void> {
  const outputs = new Map(
    steps.filter(({ state }) => state === 'done').map(({ planned, output }) => [planned.key, output]),
  );
  const user = cluster.choices['user'];
  const generations = new Map(steps.map(({ planned, generation }) => [planned.key, generation]));
  const nodes = cluster.nodes.flatMap(({ name }) => {
    const address =
      outputs.get(`create-floating-ip/${name}`)?.['address'] ?? outputs.get(`create-port/${name}`)?.['address'];
    const hostKey = hostKeyName(name, generations.get(`create-server/${name}`) ?? 1);
    if (typeof address !== 'string' || typeof user !== 'string' || !vault.has(hostKey)) return [];
    return [{ name, address, user, hostKey: keys.publicOf(vault.get(hostKey)) }];
  });
  await writeFileDurably(paths.identity, vault.get(CLIENT_KEY));
  await writeFileDurably(paths.knownHosts, renderKnownHosts(cluster.name, nodes));
  await writeFileDurably(paths.sshConfig, renderSshConfig(cluster.name, nodes, paths, sshProxy));
}

/** Writes that are asked for while one is under way share the next one: a thousand nodes that answer do not mean a thousand. */
export function openSshFiles(write: () => Promise<void>): { queue(): void; finish(): Promise<void> } {
  let last = Promise.resolve();
  let isQueued = false;
  return {
    queue() {
      if (isQueued) return;
      isQueued = true;
      last = last.then(() => {
        isQueued = false;
        return write();
      });
      // A disk that is full is told where the files are awaited, after the run; until then the refusal is nobody's.
      last.catch(() => undefined);
    },
    finish: () => last.then(write),
  };
}
