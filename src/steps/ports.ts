/** What steps act through: the cloud, the nodes, the vault, and the files kept of a cluster. */
import type { Cloud, Mark, ResourceKind } from '../cloud/cloud.ts';
import type { ServerPoll } from '../cloud/poll-servers.ts';
import type { JsonObject, StepContext } from '../engine/step.ts';
import type { Layout } from '../layout/layout.ts';
import type { UploadedFile } from '../remote/commands/upload.ts';
import type { LogSink, RemoteNode } from '../remote/remote.ts';

export interface Secrets {
  has(name: string): boolean;
  get(name: string): string;
  /** Durable before it is returned. */
  ensure(name: string, make: () => string): Promise<string>;
  /** The secret is off the disk when it resolves, and this in its place. */
  retire(name: string, publicHalf: string): Promise<void>;
}

/** A step's log on our side, and its last bytes for messages. */
export interface StepLog extends LogSink {
  readonly path: string;
  /** The redacted text kept so far, at most its last `bytes`. */
  tail(bytes: number): Promise<string>;
  close(): Promise<void>;
}

export interface StepPorts {
  readonly cloud: Cloud;
  readonly servers: ServerPoll;
  readonly secrets: Secrets;
  readonly clock: { now(): Date; monotonicMs(): number; sleep(ms: number, signal: AbortSignal): Promise<void> };
  readonly cluster: {
    readonly id: string;
    readonly name: string;
    readonly projectId: string;
    readonly settleMs: number;
    readonly layout: Layout;
  };
  readonly keys: {
    make(comment: string): { readonly privateKey: string; readonly publicKey: string };
    publicOf(privateKey: string): string;
  };
  /** A node over SSH; only these host keys are accepted. */
  node(name: string, hostKeys: readonly string[], user: string, host: string): RemoteNode;
  /** Makes the files that people's ssh reads say what is recorded now. */
  saveSshFiles(): Promise<void>;
  /** `restack`: of a stack.sh that is run again, whose one log is kept under that number. */
  openLog(context: StepContext<StepPorts>, restack?: number): Promise<StepLog>;
  /** Journals that an object was seen, and then answered 404: destroy need not wait for it to show up. */
  readonly recordGone: (kind: ResourceKind, id: string, mark: Mark) => Promise<void>;
  /** Keeps a copy of a node's local.conf for people, secrets as placeholders. */
  saveLocalConf(node: string, text: string): Promise<void>;
  /** What runs of stack.sh took, kept beyond their clusters and for each cloud apart. */
  readonly stackTimes: {
    /** Of the last runs of this kind, the newest first, whatever was kept; none where it cannot be read. */
    list(kind: readonly string[]): readonly JsonObject[];
    /** Durable with the outcome of the step; once for each step and generation, however often it is asked for. */
    record(kind: readonly string[], step: Pick<StepContext<unknown>, 'key' | 'generation'>, times: JsonObject): void;
  };
  /** Files given on the command line, kept by the digest of their content when the plan was saved. */
  readUpload(sha256: string): Promise<readonly UploadedFile[]>;
}

/** Names of the secrets a node's server is reached with: our key, and the host key it is born with. */
export const CLIENT_KEY = 'ssh_private_key';

function hostKeyPrefix(node: string): string {
  return `host_key:${node}:g`;
}

export function hostKeyName(node: string, generation: number): string {
  return `${hostKeyPrefix(node)}${generation}`;
}

/** The newest generation of a node's server that was ever about to be asked for: its host key is made first. 0 for none. */
export function newestGeneration(node: string, secretNames: Iterable<string>): number {
  const prefix = hostKeyPrefix(node);
  const generations = [...secretNames].filter((name) => name.startsWith(prefix));
  return Math.max(0, ...generations.map((name) => Number(name.slice(prefix.length))));
}
