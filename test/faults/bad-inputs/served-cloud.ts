/** A rehearsal cloud served to be misused: reached by OS_* variables or a clouds.yaml, with answers bent on the way. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { TestContext } from 'vitest';
import type { Cloud } from '../../../src/cloud/cloud.ts';
import { ACCOUNT } from '../../../src/rehearsal/account.ts';
import { credentialsOf } from '../../../src/rehearsal/start.ts';
import { openServed, serveHere } from '../../wire/in-process.ts';

/** Changes a body on its way to the builder. */
export type Bend = (path: string, body: string) => string;

/** Servers and their ports are a loopback's; closed when the test ends. */
export async function listen(server: Server, { onTestFinished }: TestContext): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return (server.address() as AddressInfo).port;
}

async function forward(
  request: IncomingMessage,
  response: ServerResponse,
  origin: string,
  bend: (path: string, body: string) => string,
): Promise<void> {
  const path = request.url ?? '/';
  const headers = Object.entries(request.headers).filter(([name]) => !['host', 'connection'].includes(name));
  const method = request.method ?? 'GET';
  const body = await text(request);
  const reply = await fetch(`${origin}${path}`, {
    method,
    headers: headers.map(([name, value]): [string, string] => [name, String(value)]),
    ...(body === '' ? {} : { body }),
    redirect: 'manual',
  });
  const kept = [...reply.headers].filter(([name]) => !/^(content-length|connection|transfer-encoding)$/.test(name));
  response.writeHead(reply.status, Object.fromEntries(kept));
  response.end(bend(path, await reply.text()));
}

/** The OS_* variables of a cloud over this state's ledger, whose answers are bent. */
export async function serveBent(
  context: TestContext,
  state: string,
  bend: Bend,
): Promise<Readonly<Record<string, string>>> {
  const served = await serveHere(join(state, 'rehearsal', 'ledger.jsonl'), 2000);
  context.onTestFinished(async () => await served.close());
  let own = '';
  const server = createServer((request, response) => {
    const bendAll: Bend = (path, body) => bend(path, body.replaceAll(served.url, own));
    // A failure here cuts the connection, and the builder tells it.
    forward(request, response, served.url, bendAll).catch(() => response.destroy());
  });
  own = `http://127.0.0.1:${await listen(server, context)}`;
  return credentialsOf(own);
}

/** A clouds.yaml that knows one cloud of this name. */
export function cloudsYaml(name: string, authUrl: string, more = ''): string {
  const auth = {
    auth_url: authUrl,
    username: ACCOUNT.user.name,
    password: ACCOUNT.password,
    user_domain_name: ACCOUNT.domain.name,
    project_name: ACCOUNT.project.name,
    project_domain_name: ACCOUNT.domain.name,
  };
  return `clouds:\n  ${name}:\n    auth: ${JSON.stringify(auth)}\n    region_name: ${ACCOUNT.region}\n${more}`;
}

/** The production client on a cloud over this state's ledger: for what nobody does but a fault. */
export async function openServedCloud(context: TestContext, state: string): Promise<Cloud> {
  const served = await serveHere(join(state, 'rehearsal', 'ledger.jsonl'), 2000);
  context.onTestFinished(async () => await served.close());
  const cloud = await openServed(served.url);
  context.onTestFinished(async () => await cloud.close());
  await cloud.connect(new AbortController().signal);
  return cloud;
}
