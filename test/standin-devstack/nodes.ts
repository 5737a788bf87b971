/** Throw-away nodes for the stand-in on this machine: namespaces with an /etc, /opt and /var/log of their own. */
import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface NodeAnswer {
  readonly code: number;
  readonly output: string;
}

export interface LocalNodes {
  /** Runs bash as root on the node of this name (made when first used), stdin closed; stderr is in the output. */
  on(name: string, script: string): Promise<NodeAnswer>;
  /** The same as user stack, in the checkout, as the builder runs it. */
  asStack(name: string, script: string): Promise<NodeAnswer>;
  close(): Promise<void>;
}

// What a node writes to stays in its own folder; a tmpfs over /run hides this machine's systemd.
const enter = `
  set -eu
  name=$1 folder=$2/$1 checkout=$3
  hostname "$name"
  mkdir -p "$folder"/opt "$folder"/log "$folder"/work-etc "$folder"/etc "$folder"/work-local "$folder"/local
  mount -t overlay overlay -o "lowerdir=/etc,upperdir=$folder/etc,workdir=$folder/work-etc" /etc
  mount -t overlay overlay -o "lowerdir=/usr/local,upperdir=$folder/local,workdir=$folder/work-local" /usr/local
  mount -t tmpfs tmpfs /run
  mount --bind "$folder/log" /var/log
  mount --bind "$folder/opt" /opt
  if ! grep -q '^stack:' /etc/passwd; then
    echo 'stack:x:64123:64123::/opt/stack:/bin/bash' >>/etc/passwd
    echo 'stack:x:64123:' >>/etc/group
    echo 'stack:*:19000:0:99999:7:::' >>/etc/shadow
    echo 'stack ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/50_stack_sh
    chmod 0440 /etc/sudoers.d/50_stack_sh
    echo "127.0.0.1 localhost $name" >/etc/hosts
    mkdir -p /opt/stack
    cp -r "$checkout" /opt/stack/devstack
    chown -R stack:stack /opt/stack
  fi
  set +e
  eval "$4"
`;

const attempt = `
  mount -t tmpfs tmpfs /tmp && mkdir /tmp/upper /tmp/work &&
  mount -t overlay overlay -o lowerdir=/etc,upperdir=/tmp/upper,workdir=/tmp/work /etc
`;

/** Why nodes cannot be made here, or undefined where they can. */
export function findMissingForNodes(): string | undefined {
  if (process.getuid?.() !== 0) {
    return 'not root';
  }
  for (const program of ['unshare', 'nsenter', 'sudo', 'git', 'python3', 'ip', 'setsid']) {
    try {
      execFileSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore' });
    } catch {
      return `${program} is not installed`; // The shell found no such program: that is all it can fail with.
    }
  }
  try {
    execFileSync('unshare', ['--net', '--mount', '--uts', '--pid', '--fork', 'sh', '-c', attempt], { stdio: 'pipe' });
    return undefined;
  } catch (error) {
    const said = error instanceof Error ? error.message.split('\n')[1] : String(error);
    return `namespaces or overlays are not allowed here (${said})`;
  }
}

/** Nodes that share one network of their own (127.0.0.0/8) and carry this checkout; close() ends all that runs. */
export async function createLocalNodes(checkout: string): Promise<LocalNodes> {
  const folder = await mkdtemp(join(tmpdir(), 'standin-nodes-'));
  // A tmpfs of their own: an overlay's upper folder must not lie on another overlay.
  const hold = `mount -t tmpfs nodes ${folder} && ip link set lo up && echo ready && exec sleep infinity`;
  const isolation = ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
  const holder = spawn('unshare', [...isolation, 'sh', '-c', hold], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(holder, 'exit');
  await Promise.race([once(holder.stdout, 'data'), ended]);
  const inner = (await readFile(`/proc/${holder.pid}/task/${holder.pid}/children`, 'utf8')).trim();
  const on = (name: string, script: string): Promise<NodeAnswer> =>
    new Promise((resolve) => {
      const place = ['--target', inner, '--net', '--mount', '--pid', 'unshare', '--mount', '--uts'];
      const args = [...place, 'bash', '-c', enter, 'enter', name, folder, checkout, `{ ${script}\n} 2>&1`];
      const child = execFile('nsenter', args, { maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 255;
        resolve({ code, output: stdout + stderr });
      });
      child.stdin?.end();
    });
  return {
    on,
    asStack(name, script) {
      const quoted = `'${script.replaceAll("'", "'\\''")}'`;
      return on(name, `cd /opt/stack/devstack && sudo -H -u stack bash -c ${quoted}`);
    },
    async close() {
      holder.kill('SIGKILL');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
