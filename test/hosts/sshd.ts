/** A real sshd on a loopback port, with its own host key, for the tests of SSH. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeKeyPair } from '../../src/remote/key-pair.ts';
import type { Endpoint } from '../../src/remote/remote.ts';

const SSHD = '/usr/sbin/sshd';

/** Why no sshd can be started here; null when one can. */
export function whyNoSshd(): string | null {
  if (!existsSync(SSHD)) return `${SSHD} is missing (apt install openssh-server)`;
  return process.getuid?.() === 0 ? null : 'the tests of SSH log in as root, and we are not root';
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export interface Sshd {
  readonly endpoint: Endpoint;
  readonly folder: string;
  /** Commands run so far. */
  sessions(): number;
  /** Everything sshd said. */
  log(): string;
  /** Sends a signal to the process of every connection. */
  signalConnections(signal: NodeJS.Signals): number;
  /** Replaces the host key and listens on the same port again. */
  changeHostKey(): Promise<void>;
  /** Stops listening and cuts every connection; `resume` listens again. */
  suspend(): Promise<void>;
  resume(): Promise<void>;
  stop(): Promise<void>;
}

export async function startSshd(node = 'node-1', settings: readonly string[] = []): Promise<Sshd> {
  const folder = mkdtempSync(join(tmpdir(), 'builder-sshd-'));
  const user = makeKeyPair('test');
  const host = makeKeyPair('host');
  const port = await freePort();
  const write = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text, { mode: 0o600 });
    return join(folder, name);
  };
  const config = write(
    'sshd_config',
    [
      `Port ${port}`,
      'ListenAddress 127.0.0.1',
      `HostKey ${write('host_key', host.privateKey)}`,
      `AuthorizedKeysFile ${write('authorized_keys', `${user.publicKey}\n`)}`,
      `PidFile ${join(folder, 'sshd.pid')}`,
      'PermitRootLogin prohibit-password',
      'PasswordAuthentication no',
      'UsePAM no',
      'StrictModes no',
      'LogLevel VERBOSE',
      ...settings,
      '',
    ].join('\n'),
  );
  let text = '';
  let daemon: ChildProcess | undefined;
  const listen = async (): Promise<void> => {
    const child = spawn(SSHD, ['-D', '-e', '-f', config], { stdio: ['ignore', 'ignore', 'pipe'] });
    daemon = child;
    await new Promise<void>((resolve, reject) => {
      let own = '';
      child.stderr.on('data', (chunk: Buffer) => {
        text += chunk.toString();
        own += chunk.toString();
        if (own.includes('Server listening')) resolve();
      });
      child.on('exit', () => reject(new Error(`sshd ended: ${own}`)));
    });
  };
  const childrenOf = (pid: number): number[] =>
    readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .filter((name) => {
        try {
          return (
            readFileSync(`/proc/${name}/stat`, 'utf8')
              .replace(/^.*\) /, '')
              .split(' ')[1] === String(pid)
          );
        } catch {
          // The process ended while we looked.
          return false;
        }
      })
      .map(Number);
  const signalConnections = (signal: NodeJS.Signals): number => {
    const pids = childrenOf(daemon?.pid ?? -1);
    for (const pid of pids) {
      try {
        process.kill(pid, signal);
      } catch {
        // The connection ended while we looked.
      }
    }
    return pids.length;
  };
  const suspend = async (): Promise<void> => {
    const child = daemon;
    if (child === undefined) return;
    signalConnections('SIGKILL');
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
    daemon = undefined;
  };
  await listen();
  return {
    folder,
    endpoint: {
      node,
      host: '127.0.0.1',
      port,
      user: 'root',
      hostKeys: [host.publicKey.split(' ').slice(0, 2).join(' ')],
      privateKey: user.privateKey,
    },
    sessions: () => text.split('Starting session: command').length - 1,
    log: () => text,
    signalConnections,
    async changeHostKey() {
      await suspend();
      write('host_key', makeKeyPair('other').privateKey);
      await listen();
    },
    suspend,
    resume: listen,
    async stop() {
      await suspend();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
