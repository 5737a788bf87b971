/** The command lines a rehearsed server understands: the agent put there, the agent called, and all others. */
import { createHash } from 'node:crypto';

export interface AgentCommand {
  readonly kind: 'agent';
  readonly verb: string;
  /** The agent's folder on the node. */
  readonly root: string;
  readonly words: readonly string[];
}

interface InstallCommand {
  readonly kind: 'install';
  readonly length: number;
  readonly sha256: string;
}

export type NodeCommand = AgentCommand | InstallCommand | { readonly kind: 'foreign' };

const CALL = /^sh (\/\S*)\/agent-[0-9a-f]+\/agent\.sh (\S+) (\/\S*)(?: (.*))?$/;
const INSTALL = /^sh -c '[^']*= "([0-9a-f]{64}) {2}-"[^']*head -c (\d+) >\S+\/agent\.sh [^']*'$/;

export function readCommand(command: string): NodeCommand {
  const plain = command.replace(/^sudo -n /, '');
  const [, home, verb = '', root = '', rest = ''] = CALL.exec(plain) ?? [];
  if (home !== undefined && home === root) {
    return { kind: 'agent', verb, root, words: rest.split(' ').filter((word) => word !== '') };
  }
  const [, sha256, length] = INSTALL.exec(plain) ?? [];
  if (sha256 !== undefined) return { kind: 'install', sha256, length: Number(length) };
  return { kind: 'foreign' };
}

/** What the install prints: nothing where the upload is not what the line says, for then it fails. */
export function answerInstall(command: InstallCommand, stdin: Buffer): Buffer {
  const text = stdin.subarray(0, command.length);
  const isWhole = text.length === command.length && createHash('sha256').update(text).digest('hex') === command.sha256;
  return Buffer.from(isWhole ? 'builder-agent-ready\n' : '');
}
