/** A TCP stream to a host through an HTTP CONNECT proxy (RFC 9110, section 9.3.6). */
import { request as openRequest } from 'node:http';
import type { Socket } from 'node:net';
import { urlToHttpOptions } from 'node:url';

export interface TunnelEnd {
  readonly host: string;
  readonly port: number;
}

/** The proxy wants its password in the first request: it has no way to ask before it refuses. */
function authorize(auth: string | null | undefined): Record<string, string> {
  return auth ? { 'proxy-authorization': `Basic ${Buffer.from(auth).toString('base64')}` } : {};
}

/** `[::1]:22`, or a colon would not tell where the address ends. */
function authorityOf({ host, port }: TunnelEnd): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/**
 * Opens a stream to `end` through the proxy at `http://[user:password@]host:port`. Rejects with an error that says what the
 * proxy said, or how it failed within `timeoutMs`, and never holds the password; with the signal's reason when that aborts.
 */
export function openTunnel(proxy: string, end: TunnelEnd, timeoutMs: number, signal: AbortSignal): Promise<Socket> {
  const url = new URL(proxy);
  const { hostname, auth } = urlToHttpOptions(url);
  const port = Number(url.port || '80');
  const place = `the proxy at ${url.hostname}:${port}`;
  const authority = authorityOf(end);
  const deadline = AbortSignal.timeout(timeoutMs);
  return new Promise((resolve, reject) => {
    const request = openRequest({
      method: 'CONNECT',
      host: hostname,
      port,
      path: authority,
      headers: { host: authority, ...authorize(auth) },
      // The stream is ours alone and outlives the request.
      agent: false,
      signal: AbortSignal.any([signal, deadline]),
    });
    request.on('connect', (answer, socket: Socket, head) => {
      const { statusCode = 0, statusMessage = '' } = answer;
      if (statusCode < 200 || statusCode > 299) {
        socket.destroy();
        reject(new Error(`${place} answered ${statusCode} ${statusMessage}`.trim()));
        return;
      }
      // Who speaks first at the other end may do so in the packet of the proxy's answer.
      if (head.length > 0) socket.unshift(head);
      resolve(socket);
    });
    request.on('error', (error) => {
      if (signal.aborted) reject(signal.reason as Error);
      else if (deadline.aborted) reject(new Error(`${place} did not answer within ${timeoutMs / 1000} s`));
      else reject(new Error(`${place} failed: ${error.message}`, { cause: error }));
    });
    request.end();
  });
}
