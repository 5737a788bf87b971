/** Keystone of the rehearsal cloud: discovery, tokens, the catalog, and what a member may read of himself. */
import { ACCOUNT } from '../account.ts';
import { catalogOf, describeToken, keystoneError, logIn } from './keystone-login.ts';
import { answerRefusals } from './refusal.ts';
import type { ApiAnswer, ApiRequest, Route, Service, View } from './route.ts';
import { readToken } from './tokens.ts';

function versionOf(view: View): object {
  return {
    id: 'v3.14',
    status: 'stable',
    updated: '2020-04-07T00:00:00Z',
    links: [{ rel: 'self', href: `${view.url}/identity/v3/` }],
    'media-types': [{ base: 'application/json', type: 'application/vnd.openstack.identity-v3+json' }],
  };
}

function forbid(action: string): ApiAnswer {
  return keystoneError(403, `You are not authorized to perform the requested action: identity:${action}.`);
}

function list(collection: string, items: readonly object[], { path }: ApiRequest, view: View): ApiAnswer {
  const links = { next: null, self: `${view.url}/identity${path}`, previous: null };
  return { status: 200, json: { [collection]: items, links } };
}

function projectOf(view: View): object {
  const { project, domain } = ACCOUNT;
  return {
    id: project.id,
    name: project.name,
    domain_id: domain.id,
    description: '',
    enabled: true,
    parent_id: domain.id,
    is_domain: false,
    tags: [],
    options: {},
    links: { self: `${view.url}/identity/v3/projects/${project.id}` },
  };
}

function userOf(view: View): object {
  const { user, project, domain } = ACCOUNT;
  return {
    id: user.id,
    name: user.name,
    domain_id: domain.id,
    enabled: true,
    default_project_id: project.id,
    password_expires_at: null,
    options: {},
    links: { self: `${view.url}/identity/v3/users/${user.id}` },
  };
}

function applicationCredentialOf(view: View): object {
  const { applicationCredential: credential, user, project, roles } = ACCOUNT;
  return {
    id: credential.id,
    name: credential.name,
    description: null,
    user_id: user.id,
    project_id: project.id,
    system: null,
    expires_at: null,
    unrestricted: null,
    roles: roles.map(({ id, name }) => ({
      id,
      name,
      domain_id: null,
      description: null,
      options: { immutable: true },
    })),
    links: { self: `${view.url}/identity/v3/application_credentials/${credential.id}` },
  };
}

/** The token that a request is about, if it is one that lives. */
function withSubject(
  { headers }: ApiRequest,
  view: View,
  answer: (text: string, token: NonNullable<ReturnType<typeof readToken>>) => ApiAnswer,
): ApiAnswer {
  const text = headers['x-subject-token'];
  if (text === undefined) return forbid('validate_token');
  const token = readToken(view.tokens.secret, text);
  if (token === null || token.expiresAtMs <= view.tokens.wallMs)
    return keystoneError(404, 'Could not recognize Fernet token');
  return answer(text, token);
}

const ofUser = (action: string, answer: Route['handle']): Route['handle'] => {
  return (request, view) => (request.params['id'] === ACCOUNT.user.id ? answer(request, view) : forbid(action));
};

const routes: readonly Route[] = [
  {
    operation: 'discover-identity',
    method: 'GET',
    pattern: '/',
    isOpen: true,
    handle: (_request, view) => ({
      status: 300,
      headers: { Location: `${view.url}/identity/v3/` },
      json: { versions: { values: [versionOf(view)] } },
    }),
  },
  {
    operation: 'discover-identity',
    method: 'GET',
    pattern: '/v3',
    isOpen: true,
    handle: (_request, view) => ({ status: 200, json: { version: versionOf(view) } }),
  },
  answerRefusals({
    operation: 'issue-token',
    method: 'POST',
    pattern: '/v3/auth/tokens',
    isOpen: true,
    handle: logIn,
  }),
  {
    operation: 'show-token',
    method: 'GET',
    pattern: '/v3/auth/tokens',
    handle: (request, view) =>
      withSubject(request, view, (text, token) => ({
        status: 200,
        headers: { 'X-Subject-Token': text },
        json: describeToken(text, token, view),
      })),
  },
  {
    // The token goes on opening doors until it expires: nobody keeps a list of revoked ones.
    operation: 'delete-token',
    method: 'DELETE',
    pattern: '/v3/auth/tokens',
    handle: (request, view) => withSubject(request, view, () => ({ status: 204 })),
  },
  {
    operation: 'show-catalog',
    method: 'GET',
    pattern: '/v3/auth/catalog',
    handle: (_request, view) => ({
      status: 200,
      json: { catalog: catalogOf(view), links: { self: `${view.url}/identity/v3/auth/catalog` } },
    }),
  },
  {
    operation: 'list-own-projects',
    method: 'GET',
    pattern: '/v3/auth/projects',
    handle: (request, view) => list('projects', [projectOf(view)], request, view),
  },
  {
    operation: 'show-user',
    method: 'GET',
    pattern: '/v3/users/:id',
    handle: ofUser('get_user', (_request, view) => ({ status: 200, json: { user: userOf(view) } })),
  },
  {
    operation: 'list-user-projects',
    method: 'GET',
    pattern: '/v3/users/:id/projects',
    handle: ofUser('list_user_projects', (request, view) => list('projects', [projectOf(view)], request, view)),
  },
  {
    operation: 'list-application-credentials',
    method: 'GET',
    pattern: '/v3/users/:id/application_credentials',
    handle: ofUser('list_application_credentials', (request, view) =>
      list('application_credentials', [applicationCredentialOf(view)], request, view),
    ),
  },
  {
    operation: 'show-project',
    method: 'GET',
    pattern: '/v3/projects/:id',
    handle: ({ params }, view) =>
      params['id'] === ACCOUNT.project.id ? { status: 200, json: { project: projectOf(view) } } : forbid('get_project'),
  },
  ...['projects', 'services', 'endpoints'].map(
    (collection): Route => ({
      operation: `list-${collection}`,
      method: 'GET',
      pattern: `/v3/${collection}`,
      handle: () => forbid(`list_${collection}`),
    }),
  ),
];

export const keystone: Service = {
  name: 'identity',
  type: 'identity',
  routes,
  error: keystoneError,
};
