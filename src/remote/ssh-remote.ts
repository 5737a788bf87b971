/** The remote port over ssh2: one session per node, remote jobs through the agent. */
import { BuilderError } from '../errors.ts';
import type { Clock } from '../host/clock.ts';
import type { Random } from '../host/random.ts';
import { AgentLanguage, type AgentSettings, type ReportWish, statusOf } from './agent-call.ts';
import { readAgentText } from './agent-text.ts';
import { canceledBy } from './canceled-by.ts';
import { type ConnectGate, openGate } from './connect-gate.ts';
import { JobFollower } from './job-follow.ts';
import type { Endpoint, JobResult, JobSpec, LogSink, Remote, RemoteNode } from './remote.ts';
import { type Connect, SshConnection, type SshSettings } from './ssh-connection.ts';
import { SshSession } from './ssh-session.ts';

export interface RemoteOptions extends Partial<SshSettings> {
  readonly clock: Clock;
  readonly random: Random;
  readonly agent?: Partial<AgentSettings>;
  /** Another way to the nodes than SSH. */
  readonly connect?: Connect;
  /** Milliseconds for which a short question survives a lost connection. */
  readonly patienceMs?: number;
  /** Connections that may be open at once; those idle longest rest where more are needed. Any number without it. */
  readonly connections?: number | undefined;
}

const HANDSHAKES = 32;
const HANDSHAKES_PER_HOST = 8;
const WAIT_MS = 20_000;
const OUTPUT_BYTES = 1024 * 1024;

/** A glance: no waiting, no log. */
const GLANCE: ReportWish = { offset: 0, prefixSha256: null, waitMs: 0, until: 'exit', limit: 0 };

class SshNode implements RemoteNode {
  private readonly session: SshSession;
  private readonly clock: Clock;
  private readonly patienceMs: number;

  constructor(session: SshSession, clock: Clock, patienceMs: number) {
    this.session = session;
    this.clock = clock;
    this.patienceMs = patienceMs;
  }

  waitReachable(timeoutMs: number, signal: AbortSignal): Promise<void> {
    return this.session.reach(timeoutMs, signal);
  }

  async runShortJob(spec: JobSpec, signal: AbortSignal): Promise<JobResult & { readonly output: string }> {
    const wish: ReportWish = { offset: 0, prefixSha256: null, waitMs: WAIT_MS, until: 'exit', limit: OUTPUT_BYTES };
    for (let starts = 0; ; ) {
      const answer = await this.session.insist(
        () => this.session.language.run(spec, wish),
        WAIT_MS,
        this.patienceMs,
        signal,
      );
      const status = statusOf(answer);
      if (status.state === 'done') return { ...status.result, output: answer.body.toString('utf8') };
      if (status.state === 'running') continue;
      starts += 1;
      if (starts > 5) throw this.neverStarts(spec.id, status.state);
      await this.session.pause(starts, signal);
    }
  }

  runJob(spec: JobSpec, sink: LogSink, signal: AbortSignal, onQuiet: (quietMs: number) => void): Promise<JobResult> {
    return new JobFollower(this.session, this.clock, spec, sink, onQuiet).follow(signal);
  }

  async jobStatus(jobId: string, signal: AbortSignal): ReturnType<RemoteNode['jobStatus']> {
    return statusOf(
      await this.session.insist(() => this.session.language.tail(jobId, GLANCE), 0, this.patienceMs, signal),
    );
  }

  async cancelJob(jobId: string, epoch: number, signal: AbortSignal): Promise<JobResult> {
    const wish: ReportWish = { ...GLANCE, waitMs: WAIT_MS };
    for (let starts = 0; ; ) {
      const answer = await this.session.insist(
        () => this.session.language.cancel(jobId, epoch, wish),
        WAIT_MS,
        this.patienceMs,
        signal,
      );
      const status = statusOf(answer);
      if (status.state === 'done') return status.result;
      if (status.state === 'absent') {
        throw new BuilderError('job-lost', `${this.session.endpoint.node} has no remote job ${jobId}`, {
          at: this.session.endpoint.node,
        });
      }
      if (status.state === 'running') continue;
      starts += 1;
      if (starts > 5) throw this.neverStarts(jobId, status.state);
      await this.session.pause(starts, signal);
    }
  }

  async readFile(path: string, offset: number, limit: number, signal: AbortSignal): Promise<Uint8Array> {
    return (
      await this.session.insist(() => this.session.language.readFile(path, offset, limit), 0, this.patienceMs, signal)
    ).body;
  }

  private neverStarts(jobId: string, state: string): BuilderError {
    return new BuilderError(
      'job-lost',
      `${this.session.endpoint.node}: the remote job ${jobId} does not start (${state})`,
      {
        at: this.session.endpoint.node,
      },
    );
  }
}

function sameEndpoint(a: Endpoint, b: Endpoint): boolean {
  const identity = (each: Endpoint): string =>
    JSON.stringify([each.host, each.port, each.user, [...each.hostKeys].sort(), each.privateKey]);
  return identity(a) === identity(b);
}

/** Opens the port; nothing is connected before it is needed. */
export function openRemote(options: RemoteOptions): Remote {
  const agentText = readAgentText();
  const settings: AgentSettings = { root: '/var/lib/builder', graceMs: 30_000, stragglerMs: 5_000, ...options.agent };
  const ssh: SshSettings = {
    readyTimeoutMs: options.readyTimeoutMs ?? 20_000,
    keepaliveMs: options.keepaliveMs ?? 10_000,
    keepaliveCount: options.keepaliveCount ?? 3,
    channels: options.channels ?? 8,
    proxy: options.proxy ?? null,
  };
  const connect: Connect = options.connect ?? ((...call) => SshConnection.open(...call));
  const everybody = openGate(HANDSHAKES);
  const hosts = new Map<string, ConnectGate>();
  const nodes = new Map<
    string,
    { readonly endpoint: Endpoint; readonly session: SshSession; readonly node: RemoteNode }
  >();
  let isClosed = false;
  const makeRoom = (): void => {
    const sessions = [...nodes.values()].map(({ session }) => session);
    const surplus = sessions.filter(({ isConnected }) => isConnected).length - (options.connections ?? Infinity);
    const idle = sessions.filter(({ isIdle }) => isIdle).sort((left, right) => left.lastUsedMs - right.lastUsedMs);
    for (const session of idle.slice(0, Math.max(0, surplus))) session.rest();
  };

  return {
    node(endpoint) {
      if (isClosed) throw canceledBy(AbortSignal.abort());
      const known = nodes.get(endpoint.node);
      if (known !== undefined && sameEndpoint(known.endpoint, endpoint)) return known.node;
      known?.session.close();
      const host = hosts.get(endpoint.host) ?? openGate(HANDSHAKES_PER_HOST);
      hosts.set(endpoint.host, host);
      // The host's gate first: who waits for a crowded host holds no place among all.
      const parts = { clock: options.clock, random: options.random, ssh, gates: [host, everybody], makeRoom, connect };
      const session = new SshSession(endpoint, new AgentLanguage(settings, agentText, endpoint.user), parts);
      const node = new SshNode(session, options.clock, options.patienceMs ?? 120_000);
      nodes.set(endpoint.node, { endpoint, session, node });
      return node;
    },
    close() {
      isClosed = true;
      for (const { session } of nodes.values()) session.close();
      nodes.clear();
      return Promise.resolve();
    },
  };
}
