/** One authenticated SSH connection: commands with bounded channels, and results that tell a lost session from an ended one. */
import ssh2, { type Client, type ClientChannel } from 'ssh2';
import { BuilderError } from '../errors.ts';
import type { Clock } from '../host/clock.ts';
import type { AgentCall } from './agent-call.ts';
import { canceledBy } from './canceled-by.ts';
import { type ConnectGate, openGate } from './connect-gate.ts';
import { fingerprintOf } from './public-key.ts';
import type { Endpoint } from './remote.ts';
import { connectFailure, hostKeyRefused } from './ssh-failure.ts';
import { openSshSocket, type SshSocket } from './ssh-socket.ts';

export type ExecResult =
  | { readonly kind: 'exit'; readonly code: number; readonly stdout: Buffer; readonly stderr: string }
  | { readonly kind: 'signal'; readonly name: string }
  /** The session ended without a word: what the command did is unknown. */
  | { readonly kind: 'lost'; readonly reason: string };

export interface SshSettings {
  readonly readyTimeoutMs: number;
  readonly keepaliveMs: number;
  /** Unanswered keepalives until the peer counts as dead. */
  readonly keepaliveCount: number;
  /** sshd's MaxSessions is 10 by default; some are left to people. */
  readonly channels: number;
  /** `http://[user:password@]host:port` of the HTTP proxy that leads to the nodes; null where none is needed. */
  readonly proxy: string | null;
}

/** What a session needs of a connection. */
export interface Connection {
  /** False once it is lost or closed; commands on it then end as `lost`. */
  readonly alive: boolean;
  close(): void;
  /** Runs one command with its stdin; silence for `silenceMs` counts as lost. Throws `canceled` when `signal` aborts. */
  exec(call: AgentCall, silenceMs: number, signal: AbortSignal): Promise<ExecResult>;
}

/** Gives a connection that is logged in to the very node; throws as `SshConnection.open`. */
export type Connect = (
  endpoint: Endpoint,
  settings: SshSettings,
  clock: Clock,
  signal: AbortSignal,
) => Promise<Connection>;

const STDERR_LIMIT = 4096;

/** Signature algorithms under which a host key of this type may be shown. */
function algorithmsOf(hostKeys: readonly string[]): string[] {
  const types = new Set(hostKeys.map((key) => key.split(' ', 1)[0] ?? ''));
  return [...types].flatMap((type) => (type === 'ssh-rsa' ? ['rsa-sha2-512', 'rsa-sha2-256'] : [type]));
}

export class SshConnection implements Connection {
  private readonly client: Client;
  private readonly clock: Clock;
  private readonly gate: ConnectGate;
  private isOpen = true;
  private lossReason = 'the connection ended';

  private constructor(client: Client, clock: Clock, settings: SshSettings) {
    this.client = client;
    this.clock = clock;
    this.gate = openGate(settings.channels);
    client.on('error', (error) => {
      this.isOpen = false;
      this.lossReason = error.message;
    });
    client.on('close', () => {
      this.isOpen = false;
    });
  }

  /**
   * Connects, checks the host key before authentication begins, and logs in. Throws `host-key` for any key but the
   * endpoint's, `ssh-auth` when ours is refused, `ssh-lost` for everything that may pass, `canceled`.
   */
  static async open(
    endpoint: Endpoint,
    settings: SshSettings,
    clock: Clock,
    signal: AbortSignal,
  ): Promise<SshConnection> {
    const socket = await openSshSocket(endpoint, settings.proxy, settings.readyTimeoutMs, signal);
    return SshConnection.logIn(endpoint, socket, settings, clock, signal);
  }

  /** The time for handshake and login begins with it: the socket is there, or is ssh2's own. */
  private static logIn(
    endpoint: Endpoint,
    socket: SshSocket,
    settings: SshSettings,
    clock: Clock,
    signal: AbortSignal,
  ): Promise<SshConnection> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        socket.sock?.destroy();
        reject(canceledBy(signal));
        return;
      }
      const client = new ssh2.Client();
      const accepted = new Set(endpoint.hostKeys.map((key) => key.split(' ')[1]));
      let shown: string | null = null;
      const abort = (): void => fail(canceledBy(signal));
      const fail = (error: BuilderError): void => {
        signal.removeEventListener('abort', abort);
        client.destroy();
        reject(error);
      };
      signal.addEventListener('abort', abort, { once: true });
      client.on('connect', () => client.setNoDelay(true));
      client.on('ready', () => {
        signal.removeEventListener('abort', abort);
        resolve(new SshConnection(client, clock, settings));
      });
      client.on('error', (error) => {
        const key = shown !== null && !accepted.has(shown) ? `key ${shown}` : null;
        fail(key === null ? connectFailure(error, endpoint) : hostKeyRefused(endpoint, fingerprintOf(key), error));
      });
      client.on('close', () => fail(connectFailure(new Error('the connection was closed before login'), endpoint)));
      client.connect({
        ...socket,
        username: endpoint.user,
        privateKey: endpoint.privateKey,
        readyTimeout: settings.readyTimeoutMs,
        keepaliveInterval: settings.keepaliveMs,
        keepaliveCountMax: settings.keepaliveCount,
        algorithms: { serverHostKey: algorithmsOf(endpoint.hostKeys) as never },
        hostVerifier: (key: Buffer) => {
          shown = key.toString('base64');
          return accepted.has(shown);
        },
        authHandler: ['publickey'],
      });
    });
  }

  get alive(): boolean {
    return this.isOpen;
  }

  close(): void {
    this.isOpen = false;
    this.client.end();
    this.client.destroy();
  }

  /**
   * Runs one command with its stdin. A connection on which nothing arrives for `silenceMs` is closed and counts as lost.
   * Throws `canceled` when `signal` aborts; the command may then go on.
   */
  async exec(call: AgentCall, silenceMs: number, signal: AbortSignal): Promise<ExecResult> {
    let leave: () => void;
    try {
      leave = await this.gate.enter(signal);
    } catch {
      // The gate rejects for one reason only: the signal aborted.
      throw canceledBy(signal);
    }
    try {
      return await this.converse(call, silenceMs, signal);
    } finally {
      leave();
    }
  }

  private converse(call: AgentCall, silenceMs: number, signal: AbortSignal): Promise<ExecResult> {
    return new Promise((resolve, reject) => {
      const watch = new AbortController();
      let lastHeardMs = this.clock.monotonicMs();
      let channel: ClientChannel | undefined;
      let isSettled = false;
      const settle = (act: () => void): void => {
        if (isSettled) return;
        isSettled = true;
        watch.abort();
        signal.removeEventListener('abort', abort);
        this.client.removeListener('close', onClose);
        act();
      };
      const lose = (reason: string): void => settle(() => resolve({ kind: 'lost', reason }));
      const onClose = (): void => lose(this.lossReason);
      const abort = (): void => {
        channel?.close();
        settle(() => reject(canceledBy(signal)));
      };
      this.client.on('close', onClose);
      signal.addEventListener('abort', abort, { once: true });
      if (signal.aborted) return abort();
      if (!this.isOpen) return lose(this.lossReason);
      void this.watchSilence(() => lastHeardMs + silenceMs, watch.signal, lose);
      const onChannel = (error: Error | undefined, opened: ClientChannel): void => {
        if (error !== undefined) return lose(`no channel: ${error.message}`);
        channel = opened;
        if (isSettled) {
          opened.close();
          return;
        }
        collect(
          opened,
          () => (lastHeardMs = this.clock.monotonicMs()),
          (result) => settle(() => resolve(result)),
        );
        opened.end(call.stdin);
      };
      try {
        this.client.exec(call.command, onChannel);
      } catch (error) {
        // ssh2 throws "Not connected" here when the connection died a moment ago.
        lose(error instanceof Error ? error.message : String(error));
      }
    });
  }

  private async watchSilence(dueMs: () => number, signal: AbortSignal, lose: (reason: string) => void): Promise<void> {
    try {
      for (;;) {
        const leftMs = dueMs() - this.clock.monotonicMs();
        if (leftMs <= 0) break;
        await this.clock.sleep(leftMs, signal);
      }
    } catch {
      // The sleep ends early for one reason only: the command has ended.
      return;
    }
    lose('the node fell silent');
    this.close();
  }
}

function collect(channel: ClientChannel, heard: () => void, done: (result: ExecResult) => void): void {
  const chunks: Buffer[] = [];
  let stderr = '';
  let end: ExecResult | { readonly kind: 'exited'; readonly code: number } = {
    kind: 'lost',
    reason: 'the session ended without a result',
  };
  channel.on('data', (chunk: Buffer) => {
    heard();
    chunks.push(chunk);
  });
  // Unread stderr would stall the command.
  channel.stderr.on('data', (chunk: Buffer) => {
    heard();
    if (stderr.length < STDERR_LIMIT) stderr += chunk.toString('utf8');
  });
  // The agent may answer before it has read everything; then writing fails, and the answer tells all.
  channel.on('error', () => undefined);
  channel.on('exit', (code: number | null, name?: string) => {
    end = code === null ? { kind: 'signal', name: name ?? '' } : { kind: 'exited', code };
  });
  // `exit` comes before the last data, `close` after it.
  channel.on('close', () => {
    done(end.kind === 'exited' ? { kind: 'exit', code: end.code, stdout: Buffer.concat(chunks), stderr } : end);
  });
}
