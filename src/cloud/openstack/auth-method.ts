/** Who logs in and for which project, from a cloud's merged settings. */
import { BuilderError } from '../../errors.ts';
import type { Config } from './config-files.ts';
import type { AuthMethod, Credentials, DomainReference } from './credentials.ts';

export interface AuthSettings {
  readonly config: Config;
  readonly auth: Config;
  readonly source: string;
  readonly isEnvironment: boolean;
}

/** In `auth`, else beside it, as openstacksdk's plugins look; the first name that is set. */
function pick({ config, auth }: Pick<AuthSettings, 'config' | 'auth'>, ...names: readonly string[]): string | null {
  for (const place of [auth, config]) {
    for (const name of names) {
      const value = place[name];
      if (typeof value === 'string' && value !== '') return value;
    }
  }
  return null;
}

/** Where nobody says a domain, the founding one is meant, as in all accounts of Identity v2. */
function domainOf(auth: Config, whose: 'user' | 'project'): DomainReference {
  const settings = { config: {}, auth };
  const id = pick(settings, `${whose}_domain_id`, 'default_domain_id');
  if (id !== null) return { id };
  const name = pick(settings, `${whose}_domain_name`, 'default_domain_name');
  return name === null ? { id: 'default' } : { name };
}

/** The project to log into; null lets Keystone take the user's default one. */
export function readProject(auth: Config): Credentials['project'] {
  const settings = { config: {}, auth };
  const id = pick(settings, 'project_id');
  if (id !== null) return { id };
  const name = pick(settings, 'project_name');
  return name === null ? null : { name, domain: domainOf(auth, 'project') };
}

function missing(settings: AuthSettings, key: string): BuilderError {
  const fix = settings.isEnvironment ? `export OS_${key.toUpperCase()}=…` : `add ${key} to its auth`;
  return new BuilderError('no-credentials', `${settings.source}: no ${key}`, { fix });
}

function readPassword(settings: AuthSettings): AuthMethod {
  const userId = pick(settings, 'user_id');
  const userName = pick(settings, 'username', 'user_name');
  if (userId === null && userName === null) throw missing(settings, 'username');
  const password = pick(settings, 'password');
  if (password === null) throw missing(settings, 'password');
  return { type: 'password', userId, userName, userDomain: domainOf(settings.auth, 'user'), password };
}

function readApplicationCredential(settings: AuthSettings): AuthMethod {
  const secret = pick(settings, 'application_credential_secret');
  if (secret === null) throw missing(settings, 'application_credential_secret');
  const id = pick(settings, 'application_credential_id');
  const name = pick(settings, 'application_credential_name');
  const userId = pick(settings, 'user_id');
  const userName = pick(settings, 'username', 'user_name');
  const user =
    userId !== null
      ? { id: userId }
      : userName === null
        ? null
        : { name: userName, domain: domainOf(settings.auth, 'user') };
  if (id === null && (name === null || user === null)) throw missing(settings, 'application_credential_id');
  return { type: 'application-credential', id, name, user, secret };
}

/** Throws `no-credentials` where something is missing, `bad-credentials-file` for a way to log in that we do not have. */
export function readAuth(settings: AuthSettings): AuthMethod {
  const type = settings.config['auth_type'];
  switch (type) {
    case 'v3applicationcredential':
      return readApplicationCredential(settings);
    case 'token':
    case 'v3token': {
      const token = pick(settings, 'token');
      if (token === null) throw missing(settings, 'token');
      return { type: 'token', token };
    }
    case 'password':
    case 'v3password':
    case 'v2password': {
      // `password` is also the default, when nobody chose: then what was given decides.
      const isPassword = pick(settings, 'password') !== null;
      const token = pick(settings, 'token');
      if (!isPassword && token !== null) return { type: 'token', token };
      if (!isPassword && pick(settings, 'application_credential_secret') !== null)
        return readApplicationCredential(settings);
      return readPassword(settings);
    }
    default:
      throw new BuilderError(
        'bad-credentials-file',
        `${settings.source}: auth_type ${JSON.stringify(type)} is not supported`,
        {
          fix: 'use an application credential (auth_type: v3applicationcredential), a password or a token',
        },
      );
  }
}
