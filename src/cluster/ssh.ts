/** The ssh_config and known_hosts a cluster is reached with, and the command line of the system's ssh. */
import { quoteForBash } from '../roles/quote.ts';

export interface SshNode {
  readonly name: string;
  readonly address: string;
  readonly user: string;
  /** OpenSSH form `ssh-ed25519 AAAA…`: what this generation of the server may show, no other key is accepted. */
  readonly hostKeys: readonly string[];
}

/** A reused address cannot collide: keys are looked up by this name, not by address. */
function aliasOf(cluster: string, node: string): string {
  return `${node}.${cluster}`;
}

/** ssh_config reads `%` as a token and blanks as an end. */
function quotePath(path: string): string {
  return `"${path.replaceAll('%', '%%')}"`;
}

/** Through the proxy with the nc of OpenBSD, which asks for the password itself where the proxy wants one. */
function proxyCommand(proxy: string): string {
  const { hostname, port, username } = new URL(proxy);
  const user = username === '' ? '' : ` -P ${quoteForBash(decodeURIComponent(username)).replaceAll('%', '%%')}`;
  return `  ProxyCommand nc -X connect${user} -x ${quoteForBash(`${hostname}:${port || '80'}`)} %h %p`;
}

/**
 * One `Host` block per node, `controller` as well as `controller.lab`. Only our key is offered, and only the recorded host
 * keys are accepted: nothing of the user's own files is read for trust (https://man.openbsd.org/ssh_config).
 */
export function renderSshConfig(
  cluster: string,
  nodes: readonly SshNode[],
  paths: { readonly identity: string; readonly knownHosts: string },
  proxy: string | null,
): string {
  const blocks = nodes.map(({ name, address, user }) =>
    [
      `Host ${name} ${aliasOf(cluster, name)}`,
      `  HostName ${address}`,
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
    ...(proxy === null ? [] : [proxyCommand(proxy)]),
  ].join('\n');
  return `${[...blocks, common].join('\n\n')}\n`;
}

/** The host keys of each node under its alias, a line for each. */
export function renderKnownHosts(cluster: string, nodes: readonly SshNode[]): string {
  return nodes.flatMap(({ name, hostKeys }) => hostKeys.map((key) => `${aliasOf(cluster, name)} ${key}\n`)).join('');
}

/** Arguments of the system's ssh for a node; a command, if any, is passed on as ssh passes it: joined by blanks. */
export function sshArguments(
  config: string,
  cluster: string,
  node: string,
  command: readonly string[],
): readonly string[] {
  return ['-F', config, aliasOf(cluster, node), ...(command.length > 0 ? ['--', ...command] : [])];
}
