/** A real sshd on a loopback port, with its own host key, for the tests of SSH. */
import { type ChildProcess, spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeKeyPair } from '../../src/host/key-pair.ts';
import type { Endpoint } from '../../src/remote/remote.ts';

const SSHD = '/usr/sbin/sshd';

/** Why no sshd can be started here; null when one can. */
export function whyNoSshd(): string | null {
  if (!existsSync(SSHD)) return `${SSHD} is missing (apt install openssh-server)`;
  return process.getuid?.() === 0 ? null : 'the tests of SSH log in as root, and we are not root';
}

/** Processes for which `isMeant` holds; it reads files of /proc/PID, which may be gone at any time. */
function findProcesses(isMeant: (read: (file: string) => string) => boolean): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        return isMeant((file) => readFileSync(`/proc/${name}/${file}`, 'utf8'));
      } catch {
        // The process ended while we looked.
        return false;
      }
    })
    .map(Number);
}

function signalAll(pids: readonly number[], signal: NodeJS.Signals): number {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch {
      // It ended while we looked.
    }
  }
  return pids.length;
}

/** Kills supervisors, wrappers and scripts that name a folder or a job in their command line. */
export function killJobs(word: string): number {
  return signalAll(
    findProcesses((read) => read('cmdline').includes(word)),
    'SIGKILL',
  );
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
  /** Sends a signal to the process that accepts connections. */
  signalListener(signal: NodeJS.Signals): void;
  /** Where this process finds a file of the node's, whatever is mounted there. */
  inside(path: string): string;
  /** Replaces the host key and listens on the same port again. */
  changeHostKey(): Promise<void>;
  /** Stops listening and cuts every connection; `resume` listens again, in another world if one is given. */
  suspend(): Promise<void>;
  resume(world?: string): Promise<void>;
  stop(): Promise<void>;
}

/**
 * `world`: shell commands that change what the node sees, by mounts that nobody else does; `$folder` is the folder of this
 * sshd. Without any, the node is this machine.
 */
export async function startSshd(
  node = 'node-1',
  settings: readonly string[] = [],
  world: string | null = null,
): Promise<Sshd> {
  const folder = mkdtempSync(join(tmpdir(), 'builder-sshd-'));
  const user = makeKeyPair('test');
  const host = makeKeyPair('host');
  const port = await freePort();
  const write = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text, { mode: 0o600 });
    return join(folder, name);
  };
  // sshd reads it as the user who logs in.
  chmodSync(folder, 0o755);
  chmodSync(write('authorized_keys', `${user.publicKey}\n`), 0o644);
  const config = write(
    'sshd_config',
    [
      `Port ${port}`,
      'ListenAddress 127.0.0.1',
      `HostKey ${write('host_key', host.privateKey)}`,
      `AuthorizedKeysFile ${join(folder, 'authorized_keys')}`,
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
  const listen = async (into = world): Promise<void> => {
    // Where sshd separates its privileges; its service makes it, and none runs here.
    mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
    const command = [SSHD, '-D', '-e', '-f', config];
    // Each program becomes the next, so the child's pid is sshd's in any world.
    const enter = ['unshare', '--mount', 'sh', '-ec', `folder=$1; shift; ${into}\nexec "$@"`, 'sh', folder];
    const [program = SSHD, ...args] = into === null ? command : [...enter, ...command];
    const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
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
  const childrenOf = (pid: number): readonly number[] =>
    findProcesses(
      (read) =>
        read('stat')
          .replace(/^.*\) /s, '')
          .split(' ')[1] === String(pid),
    );
  const signalConnections = (signal: NodeJS.Signals): number => signalAll(childrenOf(daemon?.pid ?? -1), signal);
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
    signalListener: (signal) => void daemon?.kill(signal),
    inside: (path) => `/proc/${daemon?.pid}/root${path}`,
    async changeHostKey() {
      await suspend();
      write('host_key', makeKeyPair('other').privateKey);
      await listen();
    },
    suspend,
    resume: (other) => listen(other),
    async stop() {
      await suspend();
      // A job whose folder is gone would wait for ever to write its record.
      killJobs(folder);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
