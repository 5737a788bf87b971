/** The ssh_config and known_hosts a cluster is reached with, and the command line of the system's ssh. */
import { join } from 'node:path';

export interface SshNode {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly user: string;
  /** OpenSSH form `ssh-ed25519 AAAA…`: the accepted keys of this generation of the server, no others. */
  readonly hostKeys: readonly string[];
}

export interface SshPaths {
  readonly config: string;
  readonly knownHosts: string;
  readonly identity: string;
}

/** Where a cluster's SSH files are kept: `<state>/clusters/<name>/{ssh_config,known_hosts,id_ed25519}`. */
export function sshPaths(stateFolder: string, cluster: string): SshPaths {
  const folder = join(stateFolder, 'clusters', cluster);
  return { config: join(folder, 'ssh_config'), knownHosts: join(folder, 'known_hosts'), identity: join(folder, 'id_ed25519') };
}

/** A reused address cannot collide: keys are looked up by this name, not by address. */
function aliasOf(cluster: string, node: string): string {
  return `${node}.${cluster}`;
}

/** ssh_config reads `%` as a token and blanks as an end. */
function quotePath(path: string): string {
  return `"${path.replaceAll('%', '%%')}"`;
}

/**
 * One `Host` block per node, `controller` as well as `controller.lab`. Only our key is offered, and only the recorded host
 * keys are accepted: nothing of the user's own files is read for trust (https://man.openbsd.org/ssh_config).
 */
export function renderSshConfig(
  cluster: string,
  nodes: readonly SshNode[],
  paths: Omit<SshPaths, 'config'>,
): string {
  const blocks = nodes.map(({ name, address, port, user }) =>
    [
      `Host ${name} ${aliasOf(cluster, name)}`,
      `  HostName ${address}`,
      `  Port ${port}`,
      `  User ${user}`,
      `  HostKeyAlias ${aliasOf(cluster, name)}`,
    ].join('\n'),
  );
  const common = [
    'Host *',
    `  IdentityFile ${quotePath(paths.identity)}`,
    '  IdentitiesOnly yes',
    '  IdentityAgent none',
    `  UserKnownHostsFile ${quotePath(paths.knownHosts)}`,
    '  GlobalKnownHostsFile /dev/null',
    '  StrictHostKeyChecking yes',
    '  UpdateHostKeys no',
    '  CheckHostIP no',
    '  PasswordAuthentication no',
    '  ServerAliveInterval 15',
  ].join('\n');
  return `${[...blocks, common].join('\n\n')}\n`;
}

/** One line per accepted host key, under the node's alias. */
export function renderKnownHosts(cluster: string, nodes: readonly SshNode[]): string {
  return nodes.flatMap(({ name, hostKeys }) => hostKeys.map((key) => `${aliasOf(cluster, name)} ${key}\n`)).join('');
}

/** Arguments of the system's ssh for a node; a command, if any, is passed on as ssh passes it: joined by blanks. */
export function sshArguments(config: string, cluster: string, node: string, command: readonly string[]): readonly string[] {
  return ['-F', config, aliasOf(cluster, node), ...(command.length > 0 ? ['--', ...command] : [])];
}
