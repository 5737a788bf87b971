/** The simulated API on a socket: node:http in front of the desk, git's refs, and CONNECT to the simulated servers. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { advertiseRefs } from './api/git.ts';
import type { ApiDesk, RawAnswer } from './api-desk.ts';

/** Answers a CONNECT: writes the status line itself, and serves the connection when it is let through. */
export type ConnectTo = (host: string, port: number, socket: Socket) => Promise<void>;

export interface HttpSkin {
  /** http://127.0.0.1:PORT */
  readonly url: string;
  close(): Promise<void>;
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks).toString('utf8');
}

function send(response: ServerResponse, { status, headers, body, cut }: RawAnswer, isHead: boolean): void {
  if (cut === 'lost') {
    response.socket?.destroy();
    return;
  }
  // A cut answer promises more than comes.
  const length = Buffer.byteLength(body) * (cut === 'truncated' ? 2 : 1) + (cut === 'truncated' ? 2 : 0);
  response.writeHead(status, status === 204 ? headers : { ...headers, 'content-length': String(length) });
  if (cut === 'truncated') response.write(body.slice(0, Math.ceil(body.length / 2)), () => response.socket?.destroy());
  else response.end(isHead ? undefined : body);
}

function sendRefs(request: IncomingMessage, response: ServerResponse, path: string): void {
  const url = new URL(path, 'http://localhost');
  const refs = request.method === 'GET' ? advertiseRefs(url.pathname, url.searchParams.get('service')) : null;
  if (refs === null) response.writeHead(404, { 'content-type': 'text/plain' }).end('A rehearsal has refs only.\n');
  else response.writeHead(200, { 'content-type': refs.type, 'cache-control': 'no-cache' }).end(refs.body);
}

async function respond(request: IncomingMessage, response: ServerResponse, desk: ApiDesk): Promise<void> {
  const { method = 'GET', url = '/' } = request;
  const repository = /^\/git\/(.*)$/.exec(url)?.[1];
  if (repository !== undefined) {
    sendRefs(request, response, `/${repository}`);
    return;
  }
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(',') : value]),
  );
  const answer = await desk.answer({ method, url, headers, body: await readBody(request) });
  send(response, answer, method === 'HEAD');
}

function tunnel(request: IncomingMessage, socket: Socket, head: Buffer, connectTo: ConnectTo, stop: AbortSignal): void {
  // The other side may be gone at any time.
  socket.on('error', () => undefined);
  if (head.length > 0) socket.unshift(head);
  const [, host = '', port = ''] = /^\[?([^\]]*?)\]?:(\d+)$/.exec(request.url ?? '') ?? [];
  connectTo(host, Number(port), socket).catch((error: unknown) => {
    if (!stop.aborted) throw error;
  });
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

/** Serves on a loopback port of the system's choosing; `open` makes the desk once the address is known. */
export async function serveHttp(
  open: (url: string) => { readonly desk: ApiDesk; readonly connectTo: ConnectTo; readonly stop: AbortSignal },
): Promise<HttpSkin> {
  const server = createServer({ keepAliveTimeout: 60_000 });
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  const url = `http://127.0.0.1:${await listen(server)}`;
  const { desk, connectTo, stop } = open(url);
  server.on('request', (request, response) => {
    respond(request, response, desk).catch((error: unknown) => {
      // Serving has ended, or the client went away while it spoke; anything else is a bug, and ends us.
      if (!stop.aborted && request.complete) throw error;
    });
  });
  server.on('connect', (request, socket, head) => tunnel(request, socket as Socket, head, connectTo, stop));
  return {
    url,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
