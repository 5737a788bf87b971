/** A loopback OpenStack of canned replies, which counts what arrives, and a clock that never really waits. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import type { Cloud, ServerRequest } from '../../../src/cloud/cloud.ts';
import type { Credentials } from '../../../src/cloud/openstack/credentials.ts';
import { openCloud } from '../../../src/cloud/providers.ts';
import type { Clock } from '../../../src/host/clock.ts';

export const never = new AbortController().signal;

/** A server that only has to be asked for. */
export const SERVER_REQUEST: ServerRequest = {
  name: 'n',
  imageId: 'i',
  flavorId: 'f',
  portId: 'p',
  zone: null,
  keyName: null,
  userData: '',
  mark: { cluster: 'c1', key: 'create-server/a', generation: 1, nonce: 'n1', epoch: 4 },
};

export interface Arrived {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly token: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: unknown;
}

export interface Canned {
  readonly status?: number;
  readonly json?: unknown;
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** `before`: the socket dies without an answer. `within`: in the middle of one. `never`: nothing comes. */
  readonly cut?: 'before' | 'within' | 'never';
  /** Answered when it resolves. */
  readonly hold?: Promise<void>;
}

/** A port of the loopback on which nothing listens. */
export async function findClosedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => {
    server.close(resolve);
  });
  return port;
}

type Handler = (request: Arrived) => Canned | undefined;

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) chunks.push(chunk as Uint8Array);
  const text = Buffer.concat(chunks).toString('utf8');
  return text === '' ? undefined : JSON.parse(text);
}

function answer(response: ServerResponse, canned: Canned): void {
  const { status = 200, json, text, headers, cut } = canned;
  if (cut === 'never') return;
  if (cut === 'before') {
    response.destroy();
    return;
  }
  const body = text ?? (json === undefined ? '' : JSON.stringify(json));
  const length = String(Buffer.byteLength(body) + (cut === 'within' ? 100 : 0));
  const type = text === undefined ? 'application/json' : 'text/html';
  response.writeHead(status, {
    'content-type': type,
    'content-length': length,
    'x-openstack-request-id': 'req-1',
    ...headers,
  });
  if (cut !== 'within') {
    response.end(body);
    return;
  }
  response.write(body === '' ? '{' : body, () => response.destroy());
}

/** Waits pass at once and are recorded; time passes by them alone, or by hand. */
export class FastClock implements Clock {
  readonly waits: number[] = [];
  ms = 0;

  now(): Date {
    return new Date(this.ms);
  }

  monotonicMs(): number {
    return this.ms;
  }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.waits.push(ms);
    this.ms += ms;
    return Promise.resolve();
  }
}

export interface WireCloud {
  readonly url: string;
  readonly arrived: Arrived[];
  readonly clock: FastClock;
  /** What people are told of waiting. */
  readonly told: readonly string[];
  readonly credentials: Credentials;
  /** Looked up before the usual replies; the last one added first. */
  on(handler: Handler): void;
  /** The next requests of that method and path get these replies, one each; later ones the usual reply. */
  once(method: string, path: string, ...replies: readonly Canned[]): void;
  count(method: string, path: string): number;
  open(): Cloud;
  connect(): Promise<Cloud>;
}

function usual(url: string, { method, path }: Arrived, tokens: number): Canned | undefined {
  const endpoint = (type: string, address: string): object => ({
    type,
    endpoints: [{ interface: 'public', region_id: 'R', url: address }],
  });
  switch (`${method} ${path.split('?')[0]}`) {
    case 'POST /v3/auth/tokens':
      return {
        status: 201,
        headers: { 'x-subject-token': `token-${tokens}` },
        json: {
          token: {
            issued_at: '2026-01-01T00:00:00.000000Z',
            expires_at: '2026-01-01T01:00:00.000000Z',
            user: { id: 'user-id', name: 'someone', domain: { id: 'default' } },
            project: { id: 'p1', name: 'ours' },
            catalog: [
              endpoint('compute', `${url}/compute/v2.1`),
              endpoint('image', `${url}/image`),
              endpoint('network', `${url}/network`),
            ],
          },
        },
      };
    case 'GET /compute/v2.1/':
      return { json: { version: { id: 'v2.1', version: '2.95', min_version: '2.1', links: [] } } };
    default:
      return undefined;
  }
}

/** Closed when the test ends. */
export async function startWireCloud(changes: Partial<Credentials> = {}): Promise<WireCloud> {
  const arrived: Arrived[] = [];
  const handlers: Handler[] = [];
  const clock = new FastClock();
  const told: string[] = [];
  const clouds: Cloud[] = [];
  let url = '';
  const server = createServer((request, response) => {
    const respond = async (): Promise<void> => {
      const body = await readBody(request);
      const token = request.headers['x-auth-token'];
      const came: Arrived = {
        method: request.method ?? '',
        path: request.url ?? '',
        token: typeof token === 'string' ? token : undefined,
        headers: request.headers,
        body,
      };
      arrived.push(came);
      const tokens = arrived.filter(({ path }) => path === '/v3/auth/tokens').length;
      const canned = handlers
        .values()
        .map((handler) => handler(came))
        .find((reply) => reply !== undefined);
      await canned?.hold;
      answer(
        response,
        canned ?? usual(url, came, tokens) ?? { status: 404, json: { itemNotFound: { message: 'no such thing' } } },
      );
    };
    void respond();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  onTestFinished(async () => {
    await Promise.all(clouds.map((cloud) => cloud.close()));
    server.closeAllConnections();
    server.close();
  });
  const credentials: Credentials = {
    source: 'the test',
    cloud: null,
    authUrl: `${url}/v3`,
    auth: { type: 'password', userId: null, userName: 'someone', userDomain: { id: 'default' }, password: 's3cret' },
    project: { name: 'ours', domain: { id: 'default' } },
    region: null,
    interfaces: ['public'],
    overrides: {},
    transport: { isTls: false, isInsecure: false, authorities: [], clientCertificate: null, proxy: null },
    warnings: [],
    ...changes,
  };
  const open = (): Cloud => {
    const cloud = openCloud(credentials, { clock, random: { fraction: () => 0.5 }, tell: (text) => told.push(text) });
    clouds.push(cloud);
    return cloud;
  };
  return {
    url,
    arrived,
    clock,
    told,
    credentials,
    on: (handler) => handlers.unshift(handler),
    once(method, path, ...replies) {
      const left = [...replies];
      handlers.unshift((request) =>
        request.method === method && request.path.split('?')[0] === path ? left.shift() : undefined,
      );
    },
    count: (method, path) =>
      arrived.filter((request) => request.method === method && request.path.split('?')[0] === path).length,
    open,
    async connect() {
      const cloud = open();
      await cloud.connect(never);
      return cloud;
    },
  };
}

/** The replies to requests, by `METHOD /path`. */
export function serve(wire: WireCloud, replies: Readonly<Record<string, Canned>>): void {
  wire.on(({ method, path }) => replies[`${method} ${path.split('?')[0]}`]);
}
