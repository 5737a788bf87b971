/** Keystone v3: its address, and tokens. https://docs.openstack.org/api-ref/identity/v3/ */
import { z } from 'zod';
import { BuilderError } from '../../errors.ts';
import type { AuthMethod, Credentials } from './credentials.ts';
import { classifyGarbage } from './errors.ts';
import type { Exchange } from './exchange.ts';
import type { HttpRequest } from './http.ts';
import { excerpt } from './place.ts';
import { parseReply } from './reply.ts';

const endpoint = z.object({
  interface: z.string(),
  url: z.string(),
  region: z.string().nullish(),
  region_id: z.string().nullish(),
});
const named = z.object({ id: z.string(), name: z.string() });
const tokenReply = z.object({
  token: z.object({
    expires_at: z.string(),
    issued_at: z.string().optional(),
    user: named,
    project: named.optional(),
    catalog: z.array(z.object({ type: z.string(), endpoints: z.array(endpoint) })).default([]),
  }),
});
const version = z.object({ id: z.string(), links: z.array(z.object({ rel: z.string(), href: z.string() })) });
const versionsReply = z.object({
  versions: z.object({ values: z.array(version) }).optional(),
  version: version.optional(),
});

export type CatalogService = z.infer<typeof tokenReply>['token']['catalog'][number];

export interface Token {
  /** Secret: memory only. */
  readonly secret: string;
  readonly expiresAt: Date;
  readonly lifeMs: number;
  readonly user: { readonly id: string; readonly name: string };
  readonly project: { readonly id: string; readonly name: string };
  readonly catalog: readonly CatalogService[];
}

function get(url: string): HttpRequest {
  return { method: 'GET', url, headers: {}, isWrite: false, firstByteMs: 60_000 };
}

/**
 * The v3 address of the Keystone that auth_url names: itself when it says /v3; else what discovery at its stem offers. Throws
 * `no-endpoint` where there is no v3.
 */
export async function findKeystone(authUrl: string, exchange: Exchange, signal: AbortSignal): Promise<string> {
  const trimmed = authUrl.replace(/\/+$/, '');
  if (trimmed.endsWith('/v3')) return trimmed;
  const stem = trimmed.replace(/\/v2\.0$/, '');
  const url = `${stem}/`;
  // 300 Multiple Choices is Keystone's usual answer here; a proxy may answer 404 for the stem and yet have /v3 behind it.
  const reply = await exchange.send(
    () => get(url),
    (status) => status === 300 || status === 404,
    signal,
  );
  if (reply.status === 404) return `${stem}/v3`;
  const found = parseReply(versionsReply, { method: 'GET', url, isWrite: false }, reply);
  const versions = found.versions?.values ?? (found.version === undefined ? [] : [found.version]);
  const v3 = versions.find(({ id }) => id.startsWith('v3'));
  if (v3 === undefined) {
    const offered = versions.map(({ id }) => excerpt(id)).join(', ');
    throw new BuilderError('no-endpoint', `${stem} offers no Identity v3${offered === '' ? '' : `, only ${offered}`}`, {
      at: `GET ${url}`,
      fix: 'correct auth_url',
    });
  }
  const self = v3.links.find(({ rel }) => rel === 'self');
  if (self === undefined) return `${stem}/v3`;
  // Behind a proxy Keystone often names its inner host: only the path is believed.
  const path = URL.parse(self.href, url)?.pathname ?? `${stem}/v3`;
  return new URL(path, url).href.replace(/\/+$/, '');
}

function identityOf(auth: AuthMethod): object {
  switch (auth.type) {
    case 'password': {
      const user = {
        ...(auth.userId === null ? { name: auth.userName, domain: auth.userDomain } : { id: auth.userId }),
        password: auth.password,
      };
      return { methods: ['password'], password: { user } };
    }
    case 'application-credential': {
      const who = auth.id === null ? { name: auth.name, user: auth.user } : { id: auth.id };
      return { methods: ['application_credential'], application_credential: { ...who, secret: auth.secret } };
    }
    case 'token':
      return { methods: ['token'], token: { id: auth.token } };
  }
}

/** How messages name who tried to log in; never the secret. */
export function describeUser(auth: AuthMethod): string {
  switch (auth.type) {
    case 'password':
      return `user "${auth.userName ?? auth.userId}"`;
    case 'application-credential':
      return `application credential "${auth.name ?? auth.id}"`;
    case 'token':
      return 'the token in OS_TOKEN or clouds.yaml';
  }
}

/**
 * A fresh token. A refusal is final after one try and throws `auth-failed`; what reaches nobody is tried again and throws
 * `unreachable`.
 */
export async function authenticate(
  keystone: string,
  credentials: Credentials,
  exchange: Exchange,
  signal: AbortSignal,
): Promise<Token> {
  const { auth } = credentials;
  const scope =
    auth.type === 'application-credential' || credentials.project === null
      ? {}
      : { scope: { project: credentials.project } };
  // Makes nothing that anybody would miss: as repeatable as a read.
  const request: HttpRequest = {
    method: 'POST',
    url: `${keystone}/auth/tokens`,
    headers: {},
    body: { auth: { identity: identityOf(auth), ...scope } },
    isWrite: false,
    firstByteMs: 60_000,
  };
  const reply = await exchange.send(
    () => request,
    (status) => status === 400 || status === 401 || status === 403 || status === 404,
    signal,
  );
  if (reply.status >= 400) {
    throw new BuilderError('auth-failed', `${describeUser(auth)} at ${keystone}: the cloud answered ${reply.status}`, {
      at: `POST ${request.url}`,
      state: 'nothing was changed',
      fix: `check user, password, project and domains in ${credentials.source}`,
    });
  }
  const secret = reply.headers.get('x-subject-token');
  if (secret === null) throw classifyGarbage(request, reply, 'no X-Subject-Token');
  const { token } = parseReply(tokenReply, request, reply);
  if (token.project === undefined) {
    throw new BuilderError('auth-failed', `${describeUser(auth)} at ${keystone}: the token is for no project`, {
      fix: `name the project: project_name in clouds.yaml, or OS_PROJECT_NAME (read: ${credentials.source})`,
    });
  }
  const expiresAt = new Date(token.expires_at);
  const issuedAt = Date.parse(token.issued_at ?? reply.headers.get('date') ?? '');
  if (Number.isNaN(expiresAt.getTime())) throw classifyGarbage(request, reply, 'expires_at is no time');
  // Both are the cloud's times: our clock plays no part. An hour is Keystone's default.
  const lifeMs = Number.isNaN(issuedAt) ? 3_600_000 : Math.max(0, expiresAt.getTime() - issuedAt);
  return { secret, expiresAt, lifeMs, user: token.user, project: token.project, catalog: token.catalog };
}
