/** How Keystone makes tokens: who proves himself with what, for which scope, and what the token says then. */
import { createHash } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import { z } from 'zod';
import { ACCOUNT, idOf } from '../account.ts';
import { Refusal } from './refusal.ts';
import type { ApiAnswer, ApiRequest, View } from './route.ts';
import { issueToken, readToken, type TokenFacts } from './tokens.ts';

const LIFE_MS = 3_600_000;

const reference = z.object({ id: z.string().optional(), name: z.string().optional() });
const owned = reference.extend({ domain: reference.optional() });
const loginBody = z.object({
  auth: z.object({
    identity: z.object({
      methods: z.array(z.string()),
      password: z.object({ user: owned.extend({ password: z.string().optional() }) }).optional(),
      token: z.object({ id: z.string() }).optional(),
      application_credential: reference.extend({ user: owned.optional(), secret: z.string().optional() }).optional(),
    }),
    scope: z.union([z.literal('unscoped'), z.object({ project: owned.optional() })]).optional(),
  }),
});

type Login = z.infer<typeof loginBody>['auth'];
type Owned = z.infer<typeof owned>;

export function keystoneError(status: number, message: string): ApiAnswer {
  return { status, json: { error: { code: status, message, title: STATUS_CODES[status] ?? 'Error' } } };
}

/** What everybody hears whose login, token or scope is not in order. */
function refuseUnknown(view: View): ApiAnswer {
  const answer = keystoneError(401, 'The request you have made requires authentication.');
  return { ...answer, headers: { 'WWW-Authenticate': `Keystone uri="${view.url}/identity/v3"` } };
}

function refuseUnfinished(what: string, where: string): ApiAnswer {
  const blame = 'The server could not comply with the request since it is either malformed or otherwise incorrect.';
  return keystoneError(400, `Expecting to find ${what} in ${where}. ${blame} The client is assumed to be in error.`);
}

/** Whether a reference means this thing of ours; a name is one of a domain only. */
function means(given: Owned, thing: { readonly id: string; readonly name: string }, what: string): boolean {
  if (given.id !== undefined) return given.id === thing.id;
  if (given.domain === undefined) throw new Refusal(refuseUnfinished('domain', what));
  const { id, name } = given.domain;
  const { domain } = ACCOUNT;
  return given.name === thing.name && (id === undefined ? name === domain.name : id === domain.id);
}

function hasPassword({ password }: Login['identity']): boolean {
  if (password === undefined) throw new Refusal(refuseUnfinished('password', 'identity'));
  return means(password.user, ACCOUNT.user, 'user') && password.user.password === ACCOUNT.password;
}

function hasCredential({ application_credential: given }: Login['identity']): boolean {
  if (given === undefined) throw new Refusal(refuseUnfinished('application_credential', 'identity'));
  const { applicationCredential: ours } = ACCOUNT;
  const isOurs =
    given.id === undefined
      ? given.name === ours.name && given.user !== undefined && means(given.user, ACCOUNT.user, 'user')
      : given.id === ours.id;
  return isOurs && given.secret === ours.secret;
}

/** The token that stands for a login; it must be alive. */
function tokenOf({ token }: Login['identity'], view: View): TokenFacts {
  if (token === undefined) throw new Refusal(refuseUnfinished('token', 'identity'));
  const facts = readToken(view.tokens.secret, token.id);
  if (facts === null || facts.expiresAtMs <= view.tokens.wallMs)
    throw new Refusal(keystoneError(404, 'Could not recognize Fernet token'));
  return facts;
}

function isScoped({ identity, scope }: Login): boolean {
  if (scope === 'unscoped') return false;
  // A login without a scope is for the user's default project, which is ours.
  if (scope === undefined) return true;
  if (identity.methods.includes('application_credential'))
    throw new Refusal(
      keystoneError(
        401,
        'Error authenticating with application credential: Application credentials cannot request a scope.',
      ),
    );
  return scope.project !== undefined && means(scope.project, ACCOUNT.project, 'project');
}

/** Whether a login by another method than a token is right. */
function isProven(method: string, identity: Login['identity']): boolean {
  switch (method) {
    case 'password':
      return hasPassword(identity);
    case 'application_credential':
      return hasCredential(identity);
    default:
      throw new Refusal(refuseUnfinished(method, 'identity'));
  }
}

function prove(login: Login, view: View): TokenFacts {
  const { identity } = login;
  const former = identity.methods.includes('token') ? tokenOf(identity, view) : null;
  const isKnown = identity.methods.every((method) => method === 'token' || isProven(method, identity));
  const isForProject = isScoped(login);
  if (!isKnown || (!isForProject && login.scope !== 'unscoped')) throw new Refusal(refuseUnknown(view));
  const wholeLifeMs = view.tokens.wallMs + LIFE_MS;
  return {
    issuedAtMs: view.tokens.wallMs,
    // Exchanging a token for another prolongs nothing.
    expiresAtMs: Math.min(wholeLifeMs, former?.expiresAtMs ?? wholeLifeMs),
    isScoped: isForProject,
    methods: [...new Set([...(former?.methods ?? []), ...identity.methods])],
  };
}

const SERVICES: readonly (readonly [type: string, name: string, path: string])[] = [
  ['identity', 'keystone', '/identity/v3'],
  ['compute', 'nova', '/compute/v2.1'],
  ['image', 'glance', '/image'],
  ['network', 'neutron', '/network'],
];

export function catalogOf(view: View): readonly object[] {
  const { region } = ACCOUNT;
  const plainId = (name: string): string => idOf(name).replaceAll('-', '');
  return SERVICES.map(([type, name, path]) => ({
    endpoints: ['public', 'internal', 'admin'].map((kind) => ({
      id: plainId(`${kind} ${type}`),
      interface: kind,
      region_id: region,
      url: `${view.url}${path}`,
      region,
    })),
    id: plainId(`service ${type}`),
    type,
    name,
  }));
}

/** Keystone writes microseconds. */
function utcOf(wallMs: number): string {
  return new Date(wallMs).toISOString().replace('Z', '000Z');
}

export function describeToken(text: string, facts: TokenFacts, view: View): object {
  const { user, project, domain, roles } = ACCOUNT;
  const scope = {
    project: { domain, id: project.id, name: project.name },
    is_domain: false,
    roles,
    catalog: catalogOf(view),
  };
  return {
    token: {
      methods: facts.methods,
      user: { domain, id: user.id, name: user.name, password_expires_at: null },
      audit_ids: [createHash('sha256').update(text).digest('base64url').slice(0, 22)],
      expires_at: utcOf(facts.expiresAtMs),
      issued_at: utcOf(facts.issuedAtMs),
      ...(facts.isScoped ? scope : {}),
    },
  };
}

export function logIn({ body }: ApiRequest, view: View): ApiAnswer {
  const read = loginBody.safeParse(body);
  if (!read.success) {
    const path = read.error.issues[0]?.path ?? [];
    return refuseUnfinished(String(path.at(-1) ?? 'auth'), String(path.at(-2) ?? 'request body'));
  }
  const facts = prove(read.data.auth, view);
  const text = issueToken(view.tokens.secret, facts);
  return { status: 201, headers: { 'X-Subject-Token': text }, json: describeToken(text, facts, view) };
}
