/** Single exchanges: deadlines, trust, proxies. */
import { createServer as createPlainServer, request as sendPlain } from 'node:http';
import { createServer, type Server } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Server as NetServer } from 'node:net';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Transport } from '../../../../src/cloud/openstack/credentials.ts';
import { Http, type HttpReply, type HttpRequest } from '../../../../src/cloud/openstack/http.ts';
import { findClosedPort, never } from '../wire-cloud.ts';
import { certificate, privateKey } from './loopback-certificate.ts';

const plain: Transport = { isTls: false, isInsecure: false, authorities: [], clientCertificate: null, proxy: null };

afterEach(() => vi.restoreAllMocks());

async function listen(server: NetServer): Promise<number> {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => {
    if ('closeAllConnections' in server) (server as Server).closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

function exchange(transport: Transport, request: Pick<HttpRequest, 'url'> & Partial<HttpRequest>): Promise<HttpReply> {
  const http = new Http(transport);
  onTestFinished(() => http.close());
  return http.exchange({ method: 'GET', headers: {}, isWrite: false, firstByteMs: 10_000, ...request }, never);
}

describe('a deadline', () => {
  it('ends an exchange whose first byte does not come', async () => {
    const port = await listen(createPlainServer(() => undefined));
    await expect(exchange(plain, { url: `http://127.0.0.1:${port}/`, firstByteMs: 20 })).rejects.toMatchObject({
      kind: 'lost',
      isTimeout: true,
    });
  });

  it('for the first byte does not cut a reply that has begun', async () => {
    const deadline = new AbortController();
    vi.spyOn(AbortSignal, 'timeout').mockReturnValueOnce(deadline.signal);
    let end = (): void => undefined;
    const port = await listen(
      createPlainServer((_, response) => {
        response.write('[');
        end = () => response.end(']');
      }),
    );
    const http = new Http(plain, {
      async send(url, init) {
        const reply = await fetch(url, init);
        // Once the exchange has it, the deadline passes, and only then comes the rest.
        setImmediate(() => {
          deadline.abort(new DOMException('late', 'TimeoutError'));
          end();
        });
        return reply;
      },
      close: () => Promise.resolve(),
    });
    const request = {
      method: 'GET',
      url: `http://127.0.0.1:${port}/`,
      headers: {},
      isWrite: false,
      firstByteMs: 1,
    } as const;
    expect(await http.exchange(request, never)).toMatchObject({ status: 200, body: '[]' });
  });
});

it('is refused where nothing listens', async () => {
  const url = `http://127.0.0.1:${await findClosedPort()}/`;
  await expect(exchange(plain, { url, method: 'POST', isWrite: true })).rejects.toMatchObject({ kind: 'refused' });
  await expect(exchange({ ...plain, isTls: true }, { url, method: 'POST', isWrite: true })).rejects.toMatchObject({
    kind: 'refused',
  });
});

it('is not redirected', async () => {
  const port = await listen(
    createPlainServer((_, response) => {
      response.writeHead(302, { location: 'http://127.0.0.1:9/' }).end();
    }),
  );
  expect(await exchange(plain, { url: `http://127.0.0.1:${port}/` })).toMatchObject({ status: 302 });
});

describe('a certificate', () => {
  const tls: Transport = { ...plain, isTls: true };

  async function startTls(): Promise<string> {
    const server = createServer({ cert: certificate, key: privateKey }, (_, response) => response.end('{}'));
    return `https://127.0.0.1:${await listen(server)}/`;
  }

  it('of nobody we trust ends the exchange before a byte of it has left', async () => {
    let requests = 0;
    const server = createServer({ cert: certificate, key: privateKey }, (_, response) => {
      requests += 1;
      response.end();
    });
    const url = `https://127.0.0.1:${await listen(server)}/`;
    await expect(exchange(tls, { url, method: 'POST', isWrite: true })).rejects.toMatchObject({ kind: 'tls' });
    expect(requests).toBe(0);
  });

  it('of an authority that was named is trusted', async () => {
    expect(await exchange({ ...tls, authorities: [certificate] }, { url: await startTls() })).toMatchObject({
      status: 200,
    });
  });

  it('is not asked for where the user insisted', async () => {
    expect(await exchange({ ...tls, isInsecure: true }, { url: await startTls() })).toMatchObject({ status: 200 });
  });

  it('that never comes, because the handshake is cut, is a refusal', async () => {
    const port = await listen(createTcpServer((socket) => socket.destroy()));
    const request = { url: `https://127.0.0.1:${port}/`, method: 'POST', isWrite: true } as const;
    await expect(exchange(tls, request)).rejects.toMatchObject({ kind: 'refused' });
  });

  it('is missing where plain HTTP answers', async () => {
    const port = await listen(createPlainServer((_, response) => response.end()));
    await expect(exchange(tls, { url: `https://127.0.0.1:${port}/` })).rejects.toMatchObject({ kind: 'tls' });
  });
});

describe('a proxy', () => {
  it('is used, except for what no_proxy names', async () => {
    const port = await listen(createPlainServer((_, response) => response.end('{}')));
    const through: string[] = [];
    const proxy = createPlainServer((request, response) => {
      through.push(request.url ?? '');
      sendPlain(request.url ?? '', { headers: request.headers }, (inner) => inner.pipe(response)).end();
    });
    proxy.on('connect', (request, socket) => {
      through.push(request.url ?? '');
      socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
    });
    const settings = { http: `http://127.0.0.1:${await listen(proxy)}`, https: '', no: '' };
    const url = `http://127.0.0.1:${port}/`;
    expect(await exchange({ ...plain, proxy: settings }, { url })).toMatchObject({ status: 200, body: '{}' });
    expect(through).toEqual([url]);
    await exchange({ ...plain, proxy: { ...settings, no: '127.0.0.1' } }, { url });
    expect(through).toHaveLength(1);
  });
});
