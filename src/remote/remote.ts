/** The remote port: nodes reached over SSH, and the remote-job protocol on them (reliability.md sections 2.10 to 2.12). */

export interface Endpoint {
  /** Planned node name, for messages and pooling: one connection per node name. */
  readonly node: string;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** Accepted host keys, OpenSSH form `ssh-ed25519 AAAA…`; anything else is refused before authentication. */
  readonly hostKeys: readonly string[];
  /** Our private key, OpenSSH PEM. */
  readonly privateKey: string;
}

/** How a remote job is described; the id is its identity on the server, and makes starting it repeatable. */
export interface JobSpec {
  /** `<step>-g<generation>-a<attempt>`, or `-r<run>` where no step asks; characters [A-Za-z0-9._-]. */
  readonly id: string;
  /** A POSIX sh script, run by root; other users by runuser inside it. */
  readonly script: string;
  /** Variables of the script, delivered in a 0600 file: the only way secrets reach a node. */
  readonly env: Readonly<Record<string, string>>;
  /** The builder's epoch; the node refuses one lower than it has seen. */
  readonly epoch: number;
  /** Milliseconds until the job is ended with verdict `timeout`. */
  readonly wallLimitMs: number;
  /** Milliseconds without growth of the log before `onQuiet` is told; null for never. */
  readonly quietLimitMs: number | null;
}

export type JobVerdict = 'exited' | 'signaled' | 'timeout' | 'canceled' | 'lost' | 'rebooted';

/** The job's exit record, as the server wrote it. */
export interface JobResult {
  readonly verdict: JobVerdict;
  /** Exit code for `exited`, signal number for `signaled`, else null. */
  readonly code: number | null;
  /** Length and SHA-256 (hex) of the raw log on the server. */
  readonly logBytes: number;
  readonly logSha256: string;
}

/** Where a job's log goes on our side. Offsets are bytes of the raw log on the server. */
export interface LogSink {
  /** Where to go on: everything before it is durably kept, with the SHA-256 (hex) of that raw prefix. */
  position(): { readonly offset: number; readonly prefixSha256: string };
  /** Takes the next raw bytes; durable, with the new position committed, when it resolves. */
  append(chunk: Uint8Array): Promise<void>;
  /** The log on the server is not the one we followed: begin again in a new file at offset 0. */
  restart(): Promise<void>;
  /** The log is complete: flush what was held back. */
  end(): Promise<void>;
}

export type JobStatus =
  | { readonly state: 'absent' | 'claimed' | 'running' | 'unsupervised' | 'rebooted'; readonly logBytes: number }
  | { readonly state: 'done'; readonly result: JobResult };

/**
 * One node. Throws `BuilderError`: `no-ssh`, `ssh-auth`, `host-key` (terminal), `ssh-lost` (retryable),
 * `job-conflict` (other content under the same id), `fenced` (the node has seen a higher epoch), `canceled`.
 */
export interface RemoteNode {
  /** Resolves when an authenticated session with the right host key exists; keeps trying until `timeoutMs` is over. */
  waitReachable(timeoutMs: number, signal: AbortSignal): Promise<void>;
  /**
   * Puts, starts and awaits a short job in one round trip; called again with the same spec it re-attaches
   * or returns the recorded result. `output` is its log, at most 1 MiB.
   */
  runShortJob(spec: JobSpec, signal: AbortSignal): Promise<JobResult & { readonly output: string }>;
  /**
   * Puts and starts a job (or attaches to it when it already exists), follows its log into the sink until the exit
   * record, reconnecting as often as needed, and checks length and digest. Aborting `signal` only detaches.
   */
  runJob(spec: JobSpec, sink: LogSink, signal: AbortSignal, onQuiet: (quietMs: number) => void): Promise<JobResult>;
  jobStatus(jobId: string, signal: AbortSignal): Promise<JobStatus>;
  /** TERM, 30 s, KILL to the job's group; resolves with the record. */
  cancelJob(jobId: string, epoch: number, signal: AbortSignal): Promise<JobResult>;
  /** Reads at most `limit` bytes of a file from `offset`; used to follow DevStack's summary file. Missing file = empty. */
  readFile(path: string, offset: number, limit: number, signal: AbortSignal): Promise<Uint8Array>;
}

export interface Remote {
  /** The node behind an endpoint; the same connection is reused while the endpoint stays the same. */
  node(endpoint: Endpoint): RemoteNode;
  /** Ends every connection; jobs on the nodes go on. */
  close(): Promise<void>;
}
