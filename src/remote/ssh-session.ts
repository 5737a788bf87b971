/** The session with one node: a connection that is made when needed, with the agent in place, and made again when lost. */
import { BuilderError } from '../errors.ts';
import type { Clock } from '../host/clock.ts';
import type { Random } from '../host/random.ts';
import { type AgentAnswer, type AgentCall, type AgentLanguage, parseAnswer, refusalOf } from './agent-call.ts';
import { canceledBy } from './canceled-by.ts';
import type { ConnectGate } from './connect-gate.ts';
import type { Endpoint } from './remote.ts';
import type { Connect, Connection, SshSettings } from './ssh-connection.ts';
import { neverReachable, sessionLost, sudoRefused } from './ssh-failure.ts';

/** What all sessions of one remote share. */
export interface SessionParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly ssh: SshSettings;
  readonly connect: Connect;
  /** Called before a connection is made: lets others rest where there are too many. */
  readonly makeRoom: () => void;
  /** Handshakes under way: of everybody, and to this host. */
  readonly gates: readonly ConnectGate[];
}

/** Time beyond the agent's own wait in which an answer must begin to arrive. */
const ANSWER_MS = 45_000;
/** A first boot may show the image's own host key until cloud-init has put ours there. */
const STRANGE_KEY_MS = 60_000;
const RETRY_BASE_MS = 500;
const RETRY_CAP_MS = 10_000;
const JITTER_MS = 250;

export class SshSession {
  readonly endpoint: Endpoint;
  readonly language: AgentLanguage;
  private readonly parts: SessionParts;
  private readonly closing = new AbortController();
  private connection: Connection | undefined;
  private connecting: Promise<Connection> | undefined;
  private asking = 0;
  /** When the last answer came, on the monotonic clock. */
  lastUsedMs = 0;

  constructor(endpoint: Endpoint, language: AgentLanguage, parts: SessionParts) {
    this.endpoint = endpoint;
    this.language = language;
    this.parts = parts;
  }

  /** One question, one answer. Throws what the agent refuses, `ssh-lost` when the answer did not come whole, and as `connect`. */
  async ask(call: AgentCall, waitMs: number, signal: AbortSignal): Promise<AgentAnswer> {
    this.asking += 1;
    try {
      return await this.askNow(call, waitMs, signal);
    } finally {
      this.asking -= 1;
      this.lastUsedMs = this.parts.clock.monotonicMs();
    }
  }

  /** Whether it holds a connection that nobody uses just now. */
  get isIdle(): boolean {
    return this.connection?.alive === true && this.asking === 0;
  }

  get isConnected(): boolean {
    return this.connection?.alive === true || this.connecting !== undefined;
  }

  /** Gives up the connection until it is needed again; jobs on the node go on. */
  rest(): void {
    if (this.isIdle && this.connection !== undefined) this.drop(this.connection);
  }

  private async askNow(call: AgentCall, waitMs: number, signal: AbortSignal): Promise<AgentAnswer> {
    const connection = await this.connect(signal);
    const result = await connection.exec(call, waitMs + ANSWER_MS, signal);
    if (result.kind !== 'exit')
      throw sessionLost(this.endpoint, result.kind === 'lost' ? result.reason : `the agent died of SIG${result.name}`);
    const answer = parseAnswer(result.stdout);
    if (answer === null || result.code !== 0) {
      // The agent is gone or was killed: the next connection puts it there again.
      this.drop(connection);
      if (/^sudo: /m.test(result.stderr)) throw sudoRefused(this.endpoint, result.stderr);
      throw sessionLost(this.endpoint, `the agent ended with ${result.code} ${result.stderr.trim()}`.trim());
    }
    const refusal = refusalOf(answer, this.endpoint.node);
    if (refusal !== null) throw refusal;
    return answer;
  }

  /** Asks as often as it takes until `budgetMs` is over; for questions that may be repeated. */
  async insist(call: () => AgentCall, waitMs: number, budgetMs: number, signal: AbortSignal): Promise<AgentAnswer> {
    return this.retry(() => this.ask(call(), waitMs, signal), budgetMs, ['ssh-lost'], signal);
  }

  /** Keeps trying to log in; see `RemoteNode.waitReachable`. */
  async reach(timeoutMs: number, signal: AbortSignal): Promise<void> {
    const { clock } = this.parts;
    let strangeSinceMs: number | null = null;
    const attempt = async (): Promise<void> => {
      try {
        await this.connect(signal);
      } catch (error) {
        const isStrange = error instanceof BuilderError && error.code === 'host-key';
        if (!isStrange) throw error;
        strangeSinceMs ??= clock.monotonicMs();
        // Another code is not retried.
        if (clock.monotonicMs() - strangeSinceMs >= STRANGE_KEY_MS) throw new StrangeForGood(error);
        throw error;
      }
    };
    try {
      await this.retry(attempt, timeoutMs, ['ssh-lost', 'ssh-auth', 'host-key'], signal);
    } catch (error) {
      if (error instanceof StrangeForGood) throw error.cause;
      if (error instanceof BuilderError && error.code === 'ssh-lost')
        throw neverReachable(this.endpoint, timeoutMs, error);
      throw error;
    }
  }

  /** Waits a little longer after each failure. Rejects with `canceled` when the signal aborts. */
  async pause(failures: number, signal: AbortSignal): Promise<void> {
    const spreadMs = Math.min(RETRY_CAP_MS, RETRY_BASE_MS * 2 ** Math.min(failures, 10));
    try {
      await this.parts.clock.sleep(spreadMs / 2 + (spreadMs / 2) * this.parts.random.fraction(), signal);
    } catch {
      // A sleep rejects for one reason only.
      throw canceledBy(signal);
    }
  }

  close(): void {
    this.closing.abort(new BuilderError('canceled', 'the connections are being closed'));
    this.connection?.close();
    this.connection = undefined;
  }

  private async retry<T>(
    attempt: () => Promise<T>,
    budgetMs: number,
    codes: readonly string[],
    signal: AbortSignal,
  ): Promise<T> {
    const startMs = this.parts.clock.monotonicMs();
    for (let failures = 0; ; failures += 1) {
      try {
        return await attempt();
      } catch (error) {
        const isRetryable = error instanceof BuilderError && codes.includes(error.code);
        if (!isRetryable || this.parts.clock.monotonicMs() - startMs >= budgetMs) throw error;
      }
      await this.pause(failures, signal);
    }
  }

  private drop(connection: Connection): void {
    connection.close();
    if (this.connection === connection) this.connection = undefined;
  }

  /** The living connection, or a new one; callers share the one on its way, and their signals end only their own waiting. */
  private async connect(signal: AbortSignal): Promise<Connection> {
    if (this.connection?.alive === true) return this.connection;
    this.closing.signal.throwIfAborted();
    this.connecting ??= this.establish(this.closing.signal).finally(() => {
      this.connecting = undefined;
    });
    return abandonable(this.connecting, signal);
  }

  private async establish(signal: AbortSignal): Promise<Connection> {
    const leave: (() => void)[] = [];
    let connection: Connection;
    try {
      for (const gate of this.parts.gates) leave.push(await gate.enter(signal));
      // sshd drops connects that come in a burst (MaxStartups).
      await this.parts.clock.sleep(JITTER_MS * this.parts.random.fraction(), signal);
      this.parts.makeRoom();
      connection = await this.parts.connect(this.endpoint, this.parts.ssh, this.parts.clock, signal);
    } finally {
      for (const each of leave) each();
    }
    try {
      await this.install(connection, signal);
    } catch (error) {
      connection.close();
      throw error;
    }
    this.connection = connection;
    return connection;
  }

  private async install(connection: Connection, signal: AbortSignal): Promise<void> {
    const result = await connection.exec(this.language.install(), ANSWER_MS, signal);
    if (result.kind !== 'exit') throw sessionLost(this.endpoint, 'it ended while the agent was put there');
    const output = result.stdout.toString('utf8');
    if (/^builder-agent-ready$/m.test(output)) {
      const missing = [...output.matchAll(/^builder-agent-missing (\S+)$/gm)].map((match) => match[1]);
      if (missing.length === 0) return;
      throw new BuilderError('distro', `${this.endpoint.node} lacks ${missing.join(', ')}`, {
        at: this.endpoint.node,
        fix: 'choose another image',
      });
    }
    if (/^sudo: /m.test(result.stderr)) throw sudoRefused(this.endpoint, result.stderr);
    if (result.stderr.includes('No space left'))
      throw new BuilderError('server-disk-full', `${this.endpoint.node}: its disk is full`, { at: this.endpoint.node });
    throw sessionLost(this.endpoint, `the agent could not be put there: ${result.stderr.trim()}`);
  }
}

/** Carries a `host-key` error past the retries. */
class StrangeForGood extends Error {
  constructor(cause: BuilderError) {
    super(cause.message, { cause });
  }
}

function abandonable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => reject(canceledBy(signal));
    if (signal.aborted) giveUp();
    signal.addEventListener('abort', giveUp, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', giveUp));
  });
}
