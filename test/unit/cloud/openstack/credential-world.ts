/** A machine of given files and variables, for reading credentials from. */
import {
  type CredentialOptions,
  type Credentials,
  readCredentials,
} from '../../../../src/cloud/openstack/credentials.ts';

type Files = Readonly<Record<string, string>>;
export interface Case {
  readonly files?: Files;
  readonly env?: Readonly<Record<string, string>>;
  readonly options?: CredentialOptions;
  readonly mode?: number;
}

export const HOME = '/home/me/.config/openstack/clouds.yaml';
/** A cloud with a password. */
export const A = `clouds:
  a:
    auth:
      auth_url: https://a/v3
      username: u
      password: p
      project_name: pr
`;
export const ENV = { OS_AUTH_URL: 'https://e/v3', OS_USERNAME: 'u', OS_PASSWORD: 'p', OS_PROJECT_NAME: 'pr' };

export function read({ files = {}, env = {}, options, mode = 0o600 }: Case): Promise<Credentials> {
  const world = {
    environment: env,
    home: '/home/me',
    cwd: '/here',
    read: (path: string) => Promise.resolve(files[path] === undefined ? null : { text: files[path], mode }),
  };
  return readCredentials(world, options);
}
