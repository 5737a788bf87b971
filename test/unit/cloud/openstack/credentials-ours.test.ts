/** Where reading credentials goes beyond openstacksdk: options, and what nobody would mean otherwise. */
import { describe, expect, it } from 'vitest';
import { A, type Case, ENV, HOME, read } from './credential-world.ts';

describe('credentials are ours', () => {
  it.each<[string, Case, object]>([
    [
      'with a client certificate, its key in the same file',
      {
        files: {
          [HOME]: `${A}    cert: c.pem
`,
          '/here/c.pem': 'CERT+KEY',
        },
      },
      { transport: { clientCertificate: { cert: 'CERT+KEY', key: 'CERT+KEY' } } },
    ],
    [
      'with a client certificate and its key',
      { env: { ...ENV, OS_CERT: '/c.pem', OS_KEY: '/k.pem' }, files: { '/c.pem': 'CERT', '/k.pem': 'KEY' } },
      { transport: { isTls: true, clientCertificate: { cert: 'CERT', key: 'KEY' } } },
    ],
    [
      'with interfaces in order, and the old name of an override',
      {
        files: {
          [HOME]: `${A}    interface: [internal, publicURL]
    image_endpoint: http://i
`,
        },
      },
      { interfaces: ['internal', 'public'], overrides: { image: 'http://i' } },
    ],
    [
      'of a user by id in the project of an id',
      { env: { OS_AUTH_URL: 'http://e/v3', OS_USER_ID: 'i', OS_PASSWORD: 'p', OS_PROJECT_ID: 'x' } },
      { auth: { type: 'password', userId: 'i', userName: null }, project: { id: 'x' }, transport: { isTls: false } },
    ],
    [
      'of an application credential that nobody named a type for, by a user id',
      {
        env: {
          OS_AUTH_URL: 'https://e/v3',
          OS_USER_ID: 'i',
          OS_APPLICATION_CREDENTIAL_NAME: 'n',
          OS_APPLICATION_CREDENTIAL_SECRET: 's',
        },
      },
      { auth: { name: 'n', user: { id: 'i' } } },
    ],
    [
      'with regions of which one is named',
      {
        files: {
          [HOME]: `${A}    region_name: [one, two]
`,
        },
        options: { region: 'two' },
      },
      { region: 'two' },
    ],
    [
      'of a cloud of secure.yaml alone',
      { files: { '/here/secure.yaml': A } },
      { cloud: 'a', source: 'cloud "a" of /here/secure.yaml' },
    ],
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
      { transport: { isInsecure: true }, warnings: [expect.stringContaining('not checked')] },
    ],
  ])('%s', async (_, given, expected) => {
    expect(await read(given)).toMatchObject(expected);
  });
});
