/** What exists in a rehearsal cloud: plain records, changed only by the changes that the ledger holds. */

/** Times are modelled milliseconds since the world began; what happens by itself is computed from them (server-life.ts). */
export interface ServerRow {
  readonly id: string;
  readonly name: string;
  readonly imageId: string;
  readonly flavorId: string;
  readonly zone: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly tags: readonly string[];
  readonly keyName: string | null;
  /** As it was sent: base64 of the cloud-init document; empty for none. */
  readonly userData: string;
  /** In the order of the request; the first is the one the server is reached by. */
  readonly portIds: readonly string[];
  readonly securityGroups: readonly string[];
  readonly isLocked: boolean;
  /** Powered off by a stop action. */
  readonly isStopped: boolean;
  readonly createdAtMs: number;
  /** When BUILD ends. */
  readonly builtAtMs: number;
  /** Nova's words of the ERROR in which BUILD ends; null for ACTIVE. */
  readonly fault: string | null;
  /** The first boot begins when it is built. */
  readonly firstBootId: string;
  /** A later boot that was asked for, or will come by itself; earlier ones than it are forgotten. */
  readonly reboot: { readonly atMs: number; readonly bootId: string } | null;
  /** How long after a boot sshd answers. */
  readonly sshAfterMs: number;
  /** When a delete was accepted; null while nobody asked. */
  readonly deletedAtMs: number | null;
  /** When its ports are free, where that is later than its end. */
  readonly unpluggedAtMs?: number;
  /** When the record is gone; null with deletedAtMs set: stuck for ever. */
  readonly goneAtMs: number | null;
  /** Deleted softly: listed as SOFT_DELETED until it is deleted by force or restored. */
  readonly isSoftDeleted: boolean;
  /** Lists and looks leave it out before this time. */
  readonly visibleAtMs: number;
  /** Host key of the server, OpenSSH private key: from its user data, or made when it was created; a job may give it another. */
  readonly hostKey: string;
}

export interface FixedIp {
  readonly subnet_id: string;
  readonly ip_address: string;
}

export interface PortRow {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly networkId: string;
  readonly macAddress: string;
  readonly fixedIps: readonly FixedIp[];
  readonly securityGroupIds: readonly string[];
  /** The server, router or DHCP agent it is plugged into; empty for none. */
  readonly deviceId: string;
  readonly deviceOwner: string;
  readonly tags: readonly string[];
  readonly createdAtMs: number;
  readonly visibleAtMs: number;
  /** Made by Nova for a server, so it goes with it. */
  readonly isNovas: boolean;
  /** Without port security, which ports have by default. */
  readonly isUnsecured?: boolean;
  /** Switched off: DOWN whatever it is plugged into. */
  readonly isAdminDown?: boolean;
}

export interface SecurityGroupRuleRow {
  readonly id: string;
  readonly groupId: string;
  readonly direction: 'ingress' | 'egress';
  readonly etherType: 'IPv4' | 'IPv6';
  readonly protocol: string | null;
  readonly portMin: number | null;
  readonly portMax: number | null;
  readonly remoteGroupId: string | null;
  readonly remoteCidr: string | null;
  readonly description: string;
  readonly createdAtMs: number;
}

export interface SecurityGroupRow {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly createdAtMs: number;
  readonly visibleAtMs: number;
}

export interface FloatingIpRow {
  readonly id: string;
  readonly address: string;
  readonly networkId: string;
  readonly portId: string | null;
  /** The fixed address it stands for, where that is not the first of its port. */
  readonly fixedAddress?: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly createdAtMs: number;
  readonly visibleAtMs: number;
}

export interface KeypairRow {
  readonly name: string;
  /** OpenSSH form. */
  readonly publicKey: string;
  readonly fingerprint: string;
  readonly createdAtMs: number;
}

/** A remote job on a server: what the agent's folder holds. */
export interface JobRow {
  readonly serverId: string;
  readonly id: string;
  readonly scriptSha256: string;
  readonly envSha256: string;
  readonly wallMs: number;
  readonly claimedAtMs: number;
  /** null until it was started; then how it runs is settled (node/programs.ts). */
  readonly start: JobStart | null;
  readonly cancelAtMs: number | null;
  /** A supervisor of a later boot found it cut off, and wrote that down. */
  readonly isFoundRebooted: boolean;
}

export interface JobStart {
  readonly atMs: number;
  readonly bootId: string;
  /** What it prints, and when, counted from `atMs`; `stack` is told by its own facts, since its log is long. */
  readonly prints: readonly { readonly afterMs: number; readonly base64: string }[];
  readonly stack: StackRow | null;
  /** On its own time, as the times of `prints` are. */
  readonly lastsMs: number;
  readonly ending: { readonly verdict: 'exited' | 'signaled'; readonly code: number };
  readonly hold?: Hold;
}

/** Where a job stops until it is released, and how long it did. */
export interface Hold {
  readonly afterMs: number;
  /** null: it was not released yet. */
  readonly waitedMs: number | null;
}

/** One run of stack.sh: enough to tell every byte of its log again. */
export interface StackRow {
  readonly seed: string;
  /** The node's hostname. */
  readonly host: string;
  /** The variables of its local.conf, passwords among them: DevStack says them all in its log. */
  readonly localrc: Readonly<Record<string, string>>;
  readonly services: readonly string[];
  /** Of a run that goes through. */
  readonly lastsMs: number;
  /** The milestone at which it fails; null when it goes through. */
  readonly failsAt: string | null;
  /** What it dies of, as it stands in the log. */
  readonly lastWords: readonly string[];
  /** A milestone behind its hold, at which the server is to reboot. */
  readonly rebootsAt?: string;
}

/** A file on a server that somebody may read or a later program needs. */
export interface FileRow {
  readonly serverId: string;
  readonly path: string;
  readonly base64: string;
}

/** How often a rule of the fault script was asked and how often it acted; kept, so that a new process goes on counting. */
export interface FaultCountRow {
  readonly rule: string;
  readonly asked: number;
  readonly acted: number;
}

interface Tables {
  readonly server: ServerRow;
  readonly port: PortRow;
  readonly 'security-group': SecurityGroupRow;
  readonly 'security-group-rule': SecurityGroupRuleRow;
  readonly 'floating-ip': FloatingIpRow;
  readonly keypair: KeypairRow;
  readonly job: JobRow;
  readonly file: FileRow;
  /** The highest epoch a server's agent has seen. */
  readonly epoch: { readonly serverId: string; readonly epoch: number };
  readonly 'fault-count': FaultCountRow;
}
export type Kind = keyof Tables;
export type RowOf<K extends Kind> = Tables[K];

/** A row as it is from now on, or its end. */
export type Change = {
  readonly [K in Kind]: { readonly kind: K; readonly key: string; readonly row: Tables[K] | null };
}[Kind];

export type World = { readonly [K in Kind]: Map<string, Tables[K]> };

export function emptyWorld(): World {
  return {
    server: new Map(),
    port: new Map(),
    'security-group': new Map(),
    'security-group-rule': new Map(),
    'floating-ip': new Map(),
    keypair: new Map(),
    job: new Map(),
    file: new Map(),
    epoch: new Map(),
    'fault-count': new Map(),
  };
}

/** Key of a job, a file or an epoch: they belong to a server and go with it. */
export function nodeKey(serverId: string, name = ''): string {
  return `${serverId}/${name}`;
}

/** A row that is made or replaced. */
export function put<K extends Kind>(kind: K, key: string, row: RowOf<K>): Change {
  return { kind, key, row } as Change;
}

export function remove(kind: Kind, key: string): Change {
  return { kind, key, row: null };
}

/** The only way in which a world changes. */
export function applyChanges(world: World, changes: readonly Change[]): void {
  for (const { kind, key, row } of changes) {
    const table = world[kind] as Map<string, unknown>;
    if (row === null) table.delete(key);
    else table.set(key, row);
  }
}
