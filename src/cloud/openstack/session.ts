/** A token's life, and calls made with it: renewed in time, once on a 401, by one request for everybody. */
import type { z } from 'zod';
import { BuilderError } from '../../errors.ts';
import type { Clock } from '../../host/clock.ts';
import { type Credentials } from './credentials.ts';
import type { Exchange } from './exchange.ts';
import type { HttpReply, HttpRequest } from './http.ts';
import { authenticate, findKeystone, type Token } from './identity.ts';
import { place } from './place.ts';
import { parseReply } from './reply.ts';
import { waitFor } from './wait-for.ts';

export interface Call {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** A POST that changes nothing. */
  readonly isRead?: boolean;
  readonly firstByteMs?: number;
  /** Answers besides 2xx that the caller understands. */
  readonly accepts?: readonly number[];
}

const TEN_MINUTES_MS = 600_000;
/** For services that go down while work is under way. */
const PATIENCE_MS = 30 * 60_000;

export class Session {
  readonly credentials: Credentials;
  private readonly exchange: Exchange;
  private readonly clock: Clock;
  private readonly closing = new AbortController();
  private keystone: Promise<string> | null = null;
  private token: Token | null = null;
  private patienceMs = 0;
  private renewAtMs = 0;
  private renewal: Promise<Token> | null = null;
  /** A refusal is remembered: asking again and again with a wrong password locks accounts. */
  private refusal: BuilderError | null = null;

  constructor(credentials: Credentials, exchange: Exchange, clock: Clock) {
    this.credentials = credentials;
    this.exchange = exchange;
    this.clock = clock;
  }

  /** A token with life left. Throws `auth-failed` the first time, `auth-lost` later, `unreachable`. */
  async ensureToken(signal: AbortSignal): Promise<Token> {
    const { token } = this;
    if (token !== null && this.clock.monotonicMs() < this.renewAtMs) return token;
    try {
      return await this.renew(signal);
    } catch (error) {
      // Keystone is away, but what we hold may still be good; if not, the service says 401.
      if (token !== null && error instanceof BuilderError && error.disposition === 'retryable') return token;
      throw error;
    }
  }

  /** From now on a service that is down is waited for: 30 minutes. Keystone is not, for a token that is held may still be good. */
  waitLonger(): void {
    this.patienceMs = PATIENCE_MS;
  }

  /** The reply to a call. On a 401, which had no effect, the token is renewed once and the same call sent again. */
  async send(call: Call, signal: AbortSignal): Promise<HttpReply> {
    const accepts = (status: number): boolean => status === 401 || (call.accepts?.includes(status) ?? false);
    let token = await this.ensureToken(signal);
    const request = (): HttpRequest => ({
      method: call.method,
      url: call.url,
      headers: { ...call.headers, 'x-auth-token': token.secret },
      ...(call.body === undefined ? {} : { body: call.body }),
      isWrite: call.method !== 'GET' && call.isRead !== true,
      firstByteMs: call.firstByteMs ?? 60_000,
    });
    const first = await this.exchange.send(request, accepts, signal, this.patienceMs);
    if (first.status !== 401) return first;
    token = this.token !== null && this.token !== token ? this.token : await this.renew(signal);
    const second = await this.exchange.send(request, accepts, signal, this.patienceMs);
    if (second.status !== 401) return second;
    throw new BuilderError('auth-lost', `the cloud refuses a token it has just given (${new URL(call.url).host})`, {
      at: place(request(), second.headers),
      fix: 'check the credentials and the cloud’s own trust in Keystone, then run the same command again',
    });
  }

  /** A call whose answer is JSON of the given shape. */
  async call<T>(call: Call, schema: z.ZodType<T>, signal: AbortSignal): Promise<T> {
    return this.parse(call, schema, await this.send(call, signal));
  }

  /** Throws `bad-answer` or, of a write, `uncertain-write`. */
  parse<T>(call: Call, schema: z.ZodType<T>, reply: HttpReply): T {
    const isWrite = call.method !== 'GET' && call.isRead !== true;
    return parseReply(schema, { method: call.method, url: call.url, isWrite }, reply);
  }

  async close(): Promise<void> {
    this.closing.abort(new BuilderError('canceled', 'the connections are being closed'));
    await this.exchange.close();
  }

  private renew(signal: AbortSignal): Promise<Token> {
    if (this.refusal !== null) return Promise.reject(this.refusal);
    this.renewal ??= this.authenticate().finally(() => {
      this.renewal = null;
    });
    return waitFor(this.renewal, signal);
  }

  /** Belongs to all who wait for it, so no single caller's signal ends it. */
  private async authenticate(): Promise<Token> {
    const { signal } = this.closing;
    try {
      this.keystone ??= findKeystone(this.credentials.authUrl, this.exchange, signal);
      const token = await authenticate(await this.keystone, this.credentials, this.exchange, signal);
      // At 80 % of its life or ten minutes before its end, for what Nova does with it later; but never at once.
      const useMs = Math.min(0.8 * token.lifeMs, Math.max(token.lifeMs - TEN_MINUTES_MS, 0.5 * token.lifeMs));
      // A given token cannot be prolonged: a new one made from it ends with it.
      this.renewAtMs =
        this.credentials.auth.type === 'token' ? Number.POSITIVE_INFINITY : this.clock.monotonicMs() + useMs;
      this.token = token;
      return token;
    } catch (error) {
      if (this.token === null) this.keystone = null;
      if (!(error instanceof BuilderError) || error.code !== 'auth-failed') throw error;
      this.refusal =
        this.token === null
          ? error
          : new BuilderError('auth-lost', error.message, {
              at: error.at,
              state: 'nothing more is sent; jobs on the servers go on',
              fix: 'give valid credentials, then run the same command again',
              cause: error,
            });
      throw this.refusal;
    }
  }
}
