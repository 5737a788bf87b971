/** A real sshd on each throw-away node, where root logs in with one key, and scripts run over it as the agent runs them. */
import { makeKeyPair } from '../../src/host/key-pair.ts';
import type { LocalNodes, NodeAnswer } from '../standin-devstack/nodes.ts';

const client = makeKeyPair('client');
const SSH = 'ssh -i /opt/client_key -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR';

export interface SshNode {
  readonly node: string;
  readonly address: string;
}

/** Shell lines that write a file which only its owner reads. */
export function writeText(path: string, text: string): string {
  return `install -D -m 0600 /dev/null ${path}\nprintf %s '${Buffer.from(text).toString('base64')}' | base64 -d >${path}\n`;
}

export function exportsOf(env: Readonly<Record<string, string>>): string {
  return Object.entries(env)
    .map(([name, value]) => `export ${name}='${value.replaceAll("'", "'\\''")}'\n`)
    .join('');
}

/** Throws what the node said where the script failed. */
export async function succeedOn(nodes: LocalNodes, node: string, script: string): Promise<string> {
  const { code, output } = await nodes.on(node, script);
  if (code !== 0) throw new Error(`${node}: exit ${code}: ${output}`);
  return output;
}

/**
 * An sshd at the node's address, of nobody else, since nodes share their network. It lives in the world of this one call: what
 * another call writes to /etc or /usr/local must come before, for each mounts its own overlay of the same folder.
 */
const serving = (address: string): string => `ip address replace ${address}/32 dev lo
mkdir -p /run/sshd
${writeText('/opt/authorized_keys', `${client.publicKey}\n`)}${writeText('/opt/client_key', client.privateKey)}
[ -e /etc/ssh/ssh_host_ed25519_key ] || ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key
rm -f /run/sshd.pid
/usr/sbin/sshd -o ListenAddress=${address} -o 'AuthorizedKeysFile=/opt/authorized_keys .ssh/authorized_keys' \\
  -o StrictModes=no -o UsePAM=no -o HostKey=/etc/ssh/ssh_host_ed25519_key -o PidFile=/run/sshd.pid
# It goes into the background before it listens, and names itself afterwards.
until [ -s /run/sshd.pid ]; do sleep 0.02; done
`;

/** An sshd that goes on when this has returned, until the nodes are closed. */
export async function serveSsh(nodes: LocalNodes, { node, address }: SshNode): Promise<void> {
  await succeedOn(nodes, node, serving(address));
}

/** The script in a file, run by sh, its variables exported; root has logged in at the node's address. */
export function runOverSsh(
  nodes: LocalNodes,
  { node, address }: SshNode,
  script: string,
  env: Readonly<Record<string, string>> = {},
): Promise<NodeAnswer> {
  const whole = `${serving(address)}${writeText('/opt/env', exportsOf(env))}${writeText('/opt/script', script)}`;
  const login = `${SSH} root@${address} '. /opt/env; exec sh /opt/script </dev/null'`;
  // The next one listens at the same address, which is free only when this one is over. Nobody reaps it here.
  const isOver = '[ ! -e "/proc/$pid" ] || grep -q "^State:.*zombie" "/proc/$pid/status"';
  const end = `pid=$(cat /run/sshd.pid)\nkill "$pid"\nuntil ${isOver}; do sleep 0.02; done`;
  return nodes.on(node, `${whole}${login}\ncode=$?\n${end}\nexit $code`);
}
