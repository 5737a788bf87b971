/** Where everything of a state stands (design.md section 4). */
import { join } from 'node:path';

export interface ClusterPaths {
  readonly state: string;
  readonly vault: string;
  /** The client's private key as a file, for the system's ssh only. */
  readonly identity: string;
  readonly folder: string;
  readonly sshConfig: string;
  readonly knownHosts: string;
  readonly uploads: string;
  readonly planCopy: string;
  /** The commits it was built from. */
  readonly lock: string;
  /** For people who use the built cloud, with passwords beside it: like the vault never elsewhere than in the state. */
  readonly cloudsYaml: string;
  readonly secureYaml: string;
  readonly cloudCertificate: string;
  readonly localConf: (node: string) => string;
  /** The steps around one stack.sh keep its one log in one file; so do those of one that is run again, under its number. */
  readonly log: (node: string | null, kind: string, generation: number, attempt: number, restack?: number) => string;
}

/** `scratch` replaces the folder of what is made on the way: logs, local.conf copies, ssh_config. */
export function clusterPaths(state: string, cluster: string, scratch: string | null = null): ClusterPaths {
  const folder = scratch === null ? join(state, 'clusters', cluster) : join(scratch, cluster);
  return {
    state,
    vault: join(state, 'vault', `${cluster}.json`),
    identity: join(state, 'vault', `${cluster}.id_ed25519`),
    folder,
    sshConfig: join(folder, 'ssh_config'),
    knownHosts: join(folder, 'known_hosts'),
    uploads: join(state, 'clusters', cluster, 'uploads'),
    planCopy: join(state, 'clusters', cluster, 'plan.json'),
    lock: join(folder, 'commits.lock'),
    cloudsYaml: join(state, 'clusters', cluster, 'clouds.yaml'),
    secureYaml: join(state, 'clusters', cluster, 'secure.yaml'),
    cloudCertificate: join(state, 'clusters', cluster, 'ca.pem'),
    localConf: (node) => join(folder, 'local.conf', node),
    log: (node, kind, generation, attempt, restack = 0) => {
      const name = `${kind === 'start-stack' ? 'run-stack' : kind}${generation > 1 ? `-g${generation}` : ''}`;
      return join(folder, 'logs', node ?? 'cluster', `${name}${restack === 0 ? `.${attempt}` : `-r${restack}`}.log`);
    },
  };
}
