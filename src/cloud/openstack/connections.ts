/** Which connections requests go over: Node's own fetch, or undici's where trust, proxy or client certificate ask for it. */
import type { Transport } from './credentials.ts';

export interface Fetch {
  readonly send: (url: string, init: RequestInit) => Promise<Response>;
  readonly close: () => Promise<void>;
}

const CONNECT_MS = 10_000;

/** Plain HTTP without a proxy needs nothing of undici's package, which is slow to import. */
export async function chooseFetch(transport: Transport): Promise<Fetch> {
  const { proxy } = transport;
  if (!transport.isTls && proxy === null)
    return { send: (url, init) => fetch(url, init), close: () => Promise.resolve() };
  const [undici, tls] = await Promise.all([import('undici'), import('node:tls')]);
  const connect = {
    timeout: CONNECT_MS,
    // Companies install their authority in the system; Node's own list does not know it.
    ca: [...tls.getCACertificates('default'), ...tls.getCACertificates('system'), ...transport.authorities],
    minVersion: 'TLSv1.2' as const,
    rejectUnauthorized: !transport.isInsecure,
    ...transport.clientCertificate,
  };
  const dispatcher =
    proxy === null
      ? new undici.Agent({ connect, pipelining: 1 })
      : new undici.EnvHttpProxyAgent({
          connect,
          requestTls: connect,
          pipelining: 1,
          httpProxy: proxy.http,
          httpsProxy: proxy.https,
          noProxy: proxy.no,
        });
  // The package's fetch, not Node's: a dispatcher and the fetch that uses it must be of one version. Both answer the same.
  const send = undici.fetch as unknown as (url: string, init: object) => Promise<Response>;
  return {
    send: (url, init) => send(url, { ...init, dispatcher }),
    close: () => dispatcher.destroy(),
  };
}
