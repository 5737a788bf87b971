/** Where reading credentials goes beyond openstacksdk: options, and what nobody would mean otherwise. */
import { describe, expect, it } from 'vitest';
import { A, type Case, ENV, HOME, read } from './credential-world.ts';

describe('credentials are ours', () => {
  it.each<[string, Case, object]>([
    [
      'with --cloud before OS_CLOUD',
      {
        files: { [HOME]: `${A}  b: {auth: {auth_url: https://b/v3, username: u, password: p}}\n` },
        env: { OS_CLOUD: 'a' },
        options: { cloud: 'b' },
      },
      { authUrl: 'https://b/v3' },
    ],
    [
      'with OS_REGION_NAME before the file, as the openstack command takes it',
      { files: { [HOME]: A }, env: { OS_CLOUD: 'a', OS_REGION_NAME: 'R' } },
      { region: 'R' },
    ],
    [
      'with --region before OS_REGION_NAME',
      { env: { ...ENV, OS_REGION_NAME: 'R' }, options: { region: 'S' } },
      { region: 'S' },
    ],
    [
      'of a token that nobody named a type for',
      { env: { OS_AUTH_URL: 'https://e/v3', OS_TOKEN: 't', OS_PROJECT_ID: 'x' } },
      { auth: { type: 'token', token: 't' } },
    ],
    [
      'of an application credential by its name',
      {
        env: {
          OS_AUTH_URL: 'https://e/v3',
          OS_USERNAME: 'u',
          OS_APPLICATION_CREDENTIAL_NAME: 'n',
          OS_APPLICATION_CREDENTIAL_SECRET: 's',
        },
      },
      {
        auth: {
          type: 'application-credential',
          id: null,
          name: 'n',
          user: { name: 'u', domain: { id: 'default' } },
          secret: 's',
        },
      },
    ],
    [
      'through a proxy',
      { env: { ...ENV, HTTPS_PROXY: 'http://proxy:3128', no_proxy: 'localhost' } },
      { transport: { proxy: { http: '', https: 'http://proxy:3128', no: 'localhost' } } },
    ],
    [
      'unchecked when the user insists',
      { files: { [HOME]: `${A}    verify: false\n` }, options: { insecureTls: true } },
      { transport: { isInsecure: true } },
    ],
  ])('%s', async (_, given, expected) => {
    expect(await read(given)).toMatchObject(expected);
  });
});
