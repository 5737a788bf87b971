/** Nodes with Open vSwitch of their own, on a wire between them: namespaces with the kernel's real devices, without its datapath. */
import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NodeAnswer } from '../standin-devstack/nodes.ts';

const PROGRAMS = ['unshare', 'nsenter', 'ip', 'bridge', 'ping', 'ovs-vsctl', 'ovsdb-tool', 'iptables'];

/** Why no such nodes can be made here, or undefined where they can. */
export function findMissingForOverlay(): string | undefined {
  if (process.getuid?.() !== 0) return 'not root';
  for (const program of PROGRAMS) {
    try {
      execFileSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore' });
    } catch {
      return `${program} is not installed (apt install openvswitch-switch iproute2 iputils-ping iptables)`;
    }
  }
  if (!existsSync('/dev/net/tun')) return 'there is no /dev/net/tun';
  const attempt = 'ip link add probe type vxlan id 1 dstport 4790 && ip link add veth0 type veth peer name veth1';
  try {
    execFileSync('unshare', ['--net', '--mount', 'sh', '-c', attempt], { stdio: 'pipe' });
    return undefined;
  } catch {
    return 'the kernel makes no VXLAN devices in namespaces';
  }
}

/** What is on every node: systemd's part of starting our unit, and where Open vSwitch keeps what it was told. */
const PREPARE = `
  mount -t tmpfs nodes "$folder"
  mkdir "$folder/etc" "$folder/work-etc" "$folder/local" "$folder/work-local"
  mount -t overlay overlay -o "lowerdir=/etc,upperdir=$folder/etc,workdir=$folder/work-etc" /etc
  mount -t overlay overlay -o "lowerdir=/usr/local,upperdir=$folder/local,workdir=$folder/work-local" /usr/local
  mount -t tmpfs tmpfs /run
  mount -t tmpfs tmpfs /var/log
  mount -t sysfs sysfs /sys
  rm -rf /etc/openvswitch /etc/builder
  mkdir -p /etc/openvswitch /run/openvswitch /var/log/openvswitch /usr/local/bin
  cat >/usr/local/bin/systemctl <<'END'
#!/bin/sh
# Of systemd: a unit that is active is not started again, and what is started has an environment of its own.
echo "$*" >>/run/systemctl.log
[ "$1" = start ] || exit 0
[ ! -e "/run/active-$2" ] || exit 0
env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin sh -c "$(sed -n 's/^ExecStart=//p' "/etc/systemd/system/$2")" && touch "/run/active-$2"
END
  chmod +x /usr/local/bin/systemctl
  ip link set lo up
  ovsdb-tool create /etc/openvswitch/conf.db /usr/share/openvswitch/vswitch.ovsschema
`;

const START_OVS = `
  ovsdb-server --remote=punix:/run/openvswitch/db.sock --pidfile --detach --log-file
  ovs-vsctl --no-wait init
  ovs-vswitchd --pidfile --detach --log-file
`;

/** The devices go with the kernel, the files stay. */
const REBOOT = `
  for name in ovs-vswitchd ovsdb-server; do
    kill "$(cat "/run/openvswitch/$name.pid")"
    while [ -e "/run/openvswitch/$name.pid" ]; do sleep 0.05; done
  done
  rm -f /run/active-*
  for device in vx-infra br-infra br-ex ovs-netdev; do ip link del "$device" 2>/dev/null || true; done
  ${START_OVS}
`;

export interface OverlayNodes {
  /** Makes a node with this address on the wire. */
  add(name: string, address: string): Promise<void>;
  /** Ends a node with all it had. */
  remove(name: string): Promise<void>;
  /** Runs a script by sh as the agent does: from a file, its variables exported, stdin closed; stderr is in the output. */
  run(name: string, script: string, env?: Readonly<Record<string, string>>): Promise<NodeAnswer>;
  /** As a server comes up: Open vSwitch first, our unit is not started yet. */
  reboot(name: string): Promise<NodeAnswer>;
  /** How large a frame the wire carries to a node. */
  narrow(name: string, mtu: number): Promise<NodeAnswer>;
  close(): Promise<void>;
}

interface Holder {
  readonly pid: string;
  end(): Promise<void>;
}

/** A process that keeps namespaces alive; resolves when its script has said "ready". */
async function hold(script: string): Promise<Holder> {
  const flags = ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
  const body = `set -eu\n${script}\necho ready\nexec sleep infinity`;
  const child = spawn('unshare', [...flags, 'sh', '-c', body], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  const ended = once(child, 'exit');
  const isReady = new Promise<true>((resolve) => {
    let out = '';
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString();
      if (out.includes('ready\n')) resolve(true);
    });
  });
  if ((await Promise.race([isReady, ended])) !== true) throw new Error(`a node could not be made: ${said}`);
  const pid = (await readFile(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8')).trim();
  return {
    pid,
    async end() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

function inside(pid: string, script: string, env: Readonly<Record<string, string>> = {}): Promise<NodeAnswer> {
  const exports = Object.entries(env).map(([name, value]) => `export ${name}='${value}'\n`);
  const encoded = Buffer.from(script).toString('base64');
  const run = `f=$(mktemp); printf %s '${encoded}' | base64 -d >"$f"; sh "$f" </dev/null; code=$?; rm -f "$f"; exit $code`;
  const args = ['--target', pid, '--net', '--mount', '--pid', 'sh', '-c', `exec 2>&1\n${exports.join('')}${run}`];
  return new Promise((resolve) => {
    const child = execFile('nsenter', args, (error, stdout) => {
      resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : 255, output: stdout });
    });
    child.stdin?.end();
  });
}

/** The wire is a bridge in a namespace of its own; it carries 1500 bytes. */
export async function createOverlayNodes(): Promise<OverlayNodes> {
  const wire = await hold('ip link add wire type bridge; ip link set wire up');
  const nodes = new Map<string, Holder & { readonly folder: string }>();
  const holderOf = (name: string): Holder & { readonly folder: string } => {
    const found = nodes.get(name);
    if (found === undefined) throw new Error(`there is no node ${name}`);
    return found;
  };
  const remove = async (name: string): Promise<void> => {
    const { folder, end } = holderOf(name);
    // The kernel takes a dead namespace's devices away when it likes; a node of the same name may come before.
    await inside(wire.pid, `ip link del ${name}`);
    await end();
    nodes.delete(name);
    await rm(folder, { recursive: true, force: true });
  };
  return {
    remove,
    async add(name, address) {
      const folder = await mkdtemp(join(tmpdir(), 'overlay-node-'));
      const holder = await hold(`folder=${folder}\n${PREPARE}${START_OVS}`);
      nodes.set(name, { ...holder, folder });
      const plug = `ip link add ${name} type veth peer name eth0 netns ${holder.pid}; ip link set ${name} master wire up`;
      execFileSync('nsenter', ['--target', wire.pid, '--net', 'sh', '-ec', plug]);
      await inside(holder.pid, `set -e; ip address add ${address}/24 dev eth0; ip link set eth0 up`);
    },
    run: (name, script, env) => inside(holderOf(name).pid, script, env),
    reboot: (name) => inside(holderOf(name).pid, `set -eu\n${REBOOT}`),
    narrow: (name, mtu) => inside(wire.pid, `ip link set ${name} mtu ${mtu}`),
    async close() {
      for (const name of nodes.keys()) await remove(name);
      await wire.end();
    },
  };
}
