/** One HTTP exchange: sent at most once, with deadlines; an answer, or how it was lost. */
import { messageOf } from '../../errors.ts';
import { chooseFetch, type Fetch } from './connections.ts';
import type { Transport } from './credentials.ts';

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON. */
  readonly body?: unknown;
  /** A lost answer to it leaves its effect unknown. */
  readonly isWrite: boolean;
  readonly firstByteMs: number;
}

export interface HttpReply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

/**
 * Why no answer came. `refused`: no byte of the request left. `tls`: the other side's certificate or protocol did not
 * satisfy us, before any byte left. `lost`: anything later; the request may have had its effect.
 */
export class LostAnswer extends Error {
  readonly kind: 'refused' | 'tls' | 'lost';
  readonly isTimeout: boolean;

  constructor(kind: 'refused' | 'tls' | 'lost', message: string, isTimeout: boolean, cause: unknown) {
    super(message, { cause });
    this.name = 'LostAnswer';
    this.kind = kind;
    this.isTimeout = isTimeout;
  }
}

const WHOLE_MS = 180_000;
const LARGEST_BYTES = 64 * 2 ** 20;
const NO_BYTE_LEFT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_PRX_CONN']);
/** What has no code of its own: Node's sentence for a handshake cut short, and fetch's for a port it never calls. */
const NO_BYTE_LEFT_TEXT = /before secure TLS connection was established|^bad port$/;
/** OpenSSL's verdicts on a certificate (https://nodejs.org/api/tls.html#x509-certificate-error-codes), and failed handshakes. */
const TLS_REFUSED =
  /^(CERT_|UNABLE_TO_|DEPTH_ZERO_SELF_SIGNED_CERT$|SELF_SIGNED_CERT_IN_CHAIN$|ERR_TLS_CERT|HOSTNAME_MISMATCH$|INVALID_CA$|PATH_LENGTH_EXCEEDED$|ERR_SSL_.*(VERSION|PROTOCOL|HANDSHAKE))/;

/** The causes of an error, outermost first, with what a failed try of several addresses holds. */
function causesOf(
  error: unknown,
): readonly { readonly code: string; readonly syscall: string; readonly message: string }[] {
  const causes = [];
  let next: unknown = error;
  for (let depth = 0; depth < 5 && next instanceof Error; depth += 1) {
    const { code, syscall } = next as { code?: unknown; syscall?: unknown };
    causes.push({
      code: typeof code === 'string' ? code : '',
      syscall: typeof syscall === 'string' ? syscall : '',
      message: next.message,
    });
    next = next instanceof AggregateError && next.cause === undefined ? next.errors[0] : next.cause;
  }
  return causes;
}

/** How an exchange was lost, from what fetch threw. Exported for its table of cases. */
export function explainLoss(error: unknown): LostAnswer {
  const causes = causesOf(error);
  const last = causes.findLast(({ message }) => message !== '') ?? { code: '', message: messageOf(error) };
  const text = last.code === '' || last.message.includes(last.code) ? last.message : `${last.message} (${last.code})`;
  if (causes.some(({ code }) => TLS_REFUSED.test(code))) return new LostAnswer('tls', text, false, error);
  const isBefore = causes.some(
    ({ code, syscall, message }) =>
      NO_BYTE_LEFT.has(code) || syscall === 'connect' || syscall === 'getaddrinfo' || NO_BYTE_LEFT_TEXT.test(message),
  );
  const isTimeout =
    causes.some(({ code }) => code.endsWith('TIMEOUT')) || (error instanceof Error && error.name === 'TimeoutError');
  return new LostAnswer(isBefore ? 'refused' : 'lost', text, isTimeout, error);
}

async function readBody(reply: Response): Promise<string> {
  if (reply.body === null) return '';
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of reply.body as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > LARGEST_BYTES) throw new LostAnswer('lost', 'the reply is larger than 64 MiB', false, undefined);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** A client of plain exchanges: no retries, no redirects, no pipelining. */
export class Http {
  private readonly transport: Transport;
  private fetch: Promise<Fetch> | null;

  /** `connections` stands for those that the transport asks for. */
  constructor(transport: Transport, connections: Fetch | null = null) {
    this.transport = transport;
    this.fetch = connections === null ? null : Promise.resolve(connections);
  }

  /**
   * Sends once. Throws `LostAnswer`, or the signal's reason: a read stops when the signal aborts, a write once sent is
   * awaited to its own deadline.
   */
  async exchange(request: HttpRequest, signal: AbortSignal): Promise<HttpReply> {
    this.fetch ??= chooseFetch(this.transport);
    const { send } = await this.fetch;
    signal.throwIfAborted();
    const firstByte = AbortSignal.timeout(request.firstByteMs);
    const whole = AbortSignal.timeout(WHOLE_MS);
    const early = new AbortController();
    const onLate = (): void => early.abort(firstByte.reason);
    firstByte.addEventListener('abort', onLate, { once: true });
    try {
      const reply = await send(request.url, {
        method: request.method,
        headers: {
          accept: 'application/json',
          'user-agent': 'builder',
          ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
          ...request.headers,
        },
        ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
        redirect: 'manual',
        signal: AbortSignal.any([early.signal, whole, ...(request.isWrite ? [] : [signal])]),
      });
      firstByte.removeEventListener('abort', onLate);
      return { status: reply.status, headers: reply.headers, body: await this.readAnswer(reply) };
    } catch (error) {
      // Whatever fetch threw means one thing: no answer. What it says of the request's way decides which.
      if (!request.isWrite) signal.throwIfAborted();
      throw error instanceof LostAnswer ? error : explainLoss(error);
    } finally {
      firstByte.removeEventListener('abort', onLate);
    }
  }

  /** Closes idle connections. */
  async close(): Promise<void> {
    const fetch = await this.fetch;
    await fetch?.close();
  }

  private async readAnswer(reply: Response): Promise<string> {
    try {
      return await readBody(reply);
    } catch (error) {
      // A refusal is one by its status; only its explanation is lost.
      if (reply.status >= 400 && reply.status < 500) return '';
      throw error;
    }
  }
}
