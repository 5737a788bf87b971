/** The tunnel through an HTTP CONNECT proxy: what comes through it, and how each failure is told. */
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, expect, test } from 'vitest';
import { openTunnel } from '../../../src/host/connect-tunnel.ts';

const end = { host: 'node.example', port: 22 };
const never = new AbortController().signal;
const servers: Server[] = [];
const sockets: Socket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) {
    server.close();
    await once(server, 'close');
  }
});

async function listen(server: Server): Promise<string> {
  servers.push(server);
  server.on('connection', (socket) => sockets.push(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A proxy that gives this answer to every CONNECT; resolves with its place. */
function startProxy(answer: (socket: Socket, asked: IncomingMessage) => void): Promise<string> {
  const server = createServer();
  server.on('connect', (asked, socket) => answer(socket as Socket, asked));
  return listen(server);
}

const open = (proxy: string, timeoutMs = 10_000, signal = never): Promise<Socket> =>
  openTunnel(proxy, end, timeoutMs, signal);

test('what the other end says first is not lost, though it comes with the answer', async () => {
  const place = await startProxy((socket) => {
    socket.write('HTTP/1.1 200 Connection established\r\n\r\nSSH-2.0-early\r\n');
    socket.pipe(socket);
  });
  const stream = await open(`http://${place}`);
  stream.end('and what we say comes back');
  expect(await text(stream)).toBe('SSH-2.0-early\r\nand what we say comes back');
});

test('the proxy is told where to, and who asks in words that are decoded', async () => {
  let asked: IncomingMessage | undefined;
  const place = await startProxy((socket, request) => {
    asked = request;
    socket.end('HTTP/1.1 200 OK\r\n\r\n');
  });
  await open(`http://me%40home:p%3Aw@${place}`);
  expect(asked?.url).toBe('node.example:22');
  expect(asked?.headers['proxy-authorization']).toBe(`Basic ${Buffer.from('me@home:p:w').toString('base64')}`);
  expect(asked?.headers.authorization).toBeUndefined();
  await openTunnel(`http://${place}`, { host: '2001:db8::5', port: 22 }, 10_000, never);
  expect(asked?.url).toBe('[2001:db8::5]:22');
  expect(asked?.headers['proxy-authorization']).toBeUndefined();
});

test.each(['502 Connection refused', '407 Proxy Authentication Required'])(
  'a refusal is told as the proxy said it, without the password: %s',
  async (status) => {
    const place = await startProxy((socket) => socket.end(`HTTP/1.1 ${status}\r\nContent-Length: 0\r\n\r\n`));
    await expect(open(`http://me:hunter2@${place}`)).rejects.toThrow(
      new Error(`the proxy at ${place} answered ${status}`),
    );
  },
);

test('a proxy that says nothing is given up after the timeout, and its connection closed', async () => {
  const closed = Promise.withResolvers<void>();
  const place = await startProxy((socket) => socket.on('end', () => closed.resolve()).resume());
  await expect(open(`http://${place}`, 50)).rejects.toThrow(`the proxy at ${place} did not answer within 0.05 s`);
  await closed.promise;
});

test('the signal ends the waiting with its own reason, and a tunnel that stands is not touched by it', async () => {
  const stop = new AbortController();
  const silent = await startProxy(() => stop.abort(new Error('enough')));
  await expect(open(`http://${silent}`, 10_000, stop.signal)).rejects.toThrow('enough');
  await expect(open(`http://${silent}`, 10_000, stop.signal)).rejects.toThrow('enough');

  const later = new AbortController();
  const place = await startProxy((socket) => {
    socket.write('HTTP/1.1 200 OK\r\n\r\n');
    socket.pipe(socket);
  });
  const stream = await open(`http://${place}`, 10_000, later.signal);
  later.abort();
  stream.end('still here');
  expect(await text(stream)).toBe('still here');
});

test('a proxy that is not there, hangs up or speaks no HTTP is named', async () => {
  const place = await listen(createTcpServer((socket) => socket.end('SSH-2.0-OpenSSH\r\n')));
  await expect(open(`http://${place}`)).rejects.toThrow(`the proxy at ${place} failed: Parse Error`);
  const rude = await startProxy((socket) => socket.destroy());
  await expect(open(`http://${rude}`)).rejects.toThrow(`the proxy at ${rude} failed: socket hang up`);
  const gone = await listen(createTcpServer());
  const server = servers.pop();
  server?.close();
  await expect(open(`http://${gone}`)).rejects.toThrow(`the proxy at ${gone} failed: connect ECONNREFUSED ${gone}`);
});
