/** Credentials as openstacksdk reads them: each case of the first table was compared with openstacksdk 0.101. */
import { describe, expect, it } from 'vitest';
import { A, type Case, ENV, HOME, read } from './credential-world.ts';

const PUBLIC = '/here/clouds-public.yaml';
const password = { type: 'password', userId: null, userName: 'u', userDomain: { id: 'default' }, password: 'p' };
const inDefault = { name: 'pr', domain: { id: 'default' } };

describe('credentials are openstacksdk’s', () => {
  it.each<[string, Case, object]>([
    [
      'of the only cloud',
      { files: { [HOME]: A } },
      {
        authUrl: 'https://a/v3',
        auth: password,
        project: inDefault,
        cloud: 'a',
        region: null,
        interfaces: ['public'],
        source: `cloud "a" of ${HOME}`,
      },
    ],
    [
      'of the cloud OS_CLOUD names, whatever else OS_* says',
      { files: { [HOME]: A }, env: { ...ENV, OS_CLOUD: 'a' } },
      { authUrl: 'https://a/v3', cloud: 'a' },
    ],
    [
      'of the OS_* variables before the only cloud',
      { files: { [HOME]: A }, env: ENV },
      { authUrl: 'https://e/v3', cloud: null, auth: password, source: 'the OS_* variables' },
    ],
    [
      'of the OS_* variables by their name',
      { files: { [HOME]: A }, env: { ...ENV, OS_CLOUD: 'envvars' } },
      { authUrl: 'https://e/v3', cloud: null },
    ],
    [
      'of the working folder first',
      { files: { [HOME]: A, '/here/clouds.yaml': A.replace('//a/', '//cwd/') } },
      { authUrl: 'https://cwd/v3' },
    ],
    [
      'of OS_CLIENT_CONFIG_FILE before that',
      { files: { '/x': A.replace('//a/', '//x/'), '/here/clouds.yaml': A }, env: { OS_CLIENT_CONFIG_FILE: '/x' } },
      { authUrl: 'https://x/v3' },
    ],
    [
      'of the usual files when OS_CLIENT_CONFIG_FILE is not there',
      { files: { [HOME]: A }, env: { OS_CLIENT_CONFIG_FILE: '/x' } },
      { authUrl: 'https://a/v3' },
    ],
    [
      'of XDG_CONFIG_HOME',
      { files: { '/xdg/openstack/clouds.yml': A }, env: { XDG_CONFIG_HOME: '/xdg' } },
      { authUrl: 'https://a/v3' },
    ],
    ['of /etc/openstack', { files: { '/etc/openstack/clouds.yaml': A } }, { authUrl: 'https://a/v3' }],
    [
      'of JSON',
      {
        files: {
          '/here/clouds.json':
            '{"clouds": {"a": {"auth": {"auth_url": "https://j/v3", "username": "u", "password": "p"}}}}',
        },
      },
      { authUrl: 'https://j/v3', project: null },
    ],
    [
      'with secrets of secure.yaml, wherever it lies',
      {
        files: {
          [HOME]: A.replace('      password: p\n', ''),
          '/here/secure.yaml': 'clouds: {a: {auth: {password: p}}}',
        },
      },
      { auth: password, source: `cloud "a" of ${HOME} with /here/secure.yaml` },
    ],
    [
      'laid over a profile',
      {
        files: {
          [HOME]: 'clouds: {a: {profile: mine, auth: {username: u, password: p, project_name: pr}}}',
          [PUBLIC]:
            'public-clouds: {mine: {auth: {auth_url: "https://{region_name}.example/v3", user_domain_id: dd}, region_name: R9, interface: internal}}',
        },
      },
      {
        authUrl: 'https://R9.example/v3',
        region: 'R9',
        interfaces: ['internal'],
        auth: { ...password, userDomain: { id: 'dd' } },
      },
    ],
    [
      'laid over a profile of several regions, by the old key',
      {
        files: {
          [HOME]: 'clouds: {a: {cloud: mine, auth: {username: u, password: p}}}',
          [PUBLIC]: 'public-clouds: {mine: {auth: {auth_url: "https://e/v3"}, regions: [R1, R2]}}',
        },
      },
      { authUrl: 'https://e/v3', region: 'R1' },
    ],
    [
      'with a region’s own values',
      {
        files: {
          [HOME]: `${A}    regions:\n    - name: one\n      values: {interface: internal, auth: {auth_url: https://one/v3}}\n    - two\n`,
        },
      },
      { authUrl: 'https://one/v3', region: 'one', interfaces: ['internal'] },
    ],
    ['with the first of listed regions', { files: { [HOME]: `${A}    region_name: one,two\n` } }, { region: 'one' }],
    ['with a tenant', { files: { [HOME]: A.replace('project_name', 'tenant_name') } }, { project: inDefault }],
    [
      'with a project rather than a tenant',
      { files: { [HOME]: `${A}      tenant_name: old\n` } },
      { project: inDefault },
    ],
    [
      'with auth’s project rather than the one beside it',
      { files: { [HOME]: `${A}    project_name: outside\n` } },
      { project: inDefault },
    ],
    [
      'with one domain for user and project',
      { files: { [HOME]: `${A}    domain_name: D\n` } },
      { auth: { ...password, userDomain: { name: 'D' } }, project: { name: 'pr', domain: { name: 'D' } } },
    ],
    [
      'with the default domain',
      { files: { [HOME]: `${A}      default_domain_id: dd\n` } },
      { auth: { ...password, userDomain: { id: 'dd' } } },
    ],
    [
      'with dashes for underscores',
      {
        files: {
          [HOME]: `${A}      user-domain-name: D\n    region-name: R\n    compute-endpoint-override: https://c/v2.1\n`,
        },
      },
      { auth: { ...password, userDomain: { name: 'D' } }, region: 'R', overrides: { compute: 'https://c/v2.1' } },
    ],
    [
      'with endpoint_type before interface',
      { files: { [HOME]: `${A}    endpoint_type: internalURL\n    interface: admin\n` } },
      { interfaces: ['internal'] },
    ],
    [
      'with YAML 1.1’s numbers as texts',
      {
        files: { [HOME]: A.replace('project_name: pr', 'project_id: 0123').replace('password: p', 'password: 12345') },
      },
      { auth: { ...password, password: '12345' }, project: { id: '83' } },
    ],
    [
      'with a letter for a name',
      { files: { [HOME]: A.replace('username: u', 'username: y') } },
      { auth: { ...password, userName: 'y' } },
    ],
    [
      'with merge keys',
      { files: { [HOME]: 'x: &x {auth_url: https://m/v3, username: u}\nclouds: {a: {auth: {<<: *x, password: p}}}' } },
      { authUrl: 'https://m/v3', auth: password },
    ],
    [
      'with braces in a password left alone',
      { files: { [HOME]: A.replace('password: p', 'password: "{username}"') } },
      { auth: { ...password, password: '{username}' } },
    ],
    [
      'with a user beside auth',
      { files: { [HOME]: `${A.replace('      username: u\n', '')}    username: u\n` } },
      { auth: password },
    ],
    [
      'with cacert below ~',
      { files: { [HOME]: `${A}    cacert: ~/ca.pem\n`, '/home/me/ca.pem': 'PEM' } },
      { transport: { isTls: true, isInsecure: false, authorities: ['PEM'], clientCertificate: null, proxy: null } },
    ],
    [
      'of an application credential',
      {
        files: {
          [HOME]:
            'clouds: {a: {auth_type: v3applicationcredential, auth: {auth_url: https://a/v3, application_credential_id: i, application_credential_secret: s}}}',
        },
      },
      { auth: { type: 'application-credential', id: 'i', name: null, user: null, secret: 's' }, project: null },
    ],
    [
      'of a token',
      { files: { [HOME]: 'clouds: {a: {auth_type: token, auth: {auth_url: https://a/v3, token: t, project_id: x}}}' } },
      { auth: { type: 'token', token: 't' }, project: { id: 'x' } },
    ],
    [
      'of variables for everything',
      {
        env: {
          ...ENV,
          OS_REGION_NAME: 'R',
          OS_INTERFACE: 'internal',
          OS_USER_DOMAIN_NAME: 'D',
          OS_COMPUTE_ENDPOINT_OVERRIDE: 'https://c',
        },
      },
      {
        region: 'R',
        interfaces: ['internal'],
        overrides: { compute: 'https://c' },
        auth: { ...password, userDomain: { name: 'D' } },
      },
    ],
    [
      'of variables with old names',
      {
        env: {
          OS_AUTH_URL: 'https://e/v2.0',
          OS_USERNAME: 'u',
          OS_PASSWORD: 'p',
          OS_TENANT_NAME: 'x',
          OS_TENANT_ID: 'i',
          OS_ENDPOINT_TYPE: 'publicURL',
        },
      },
      { authUrl: 'https://e/v2.0', project: { id: 'i' }, interfaces: ['public'] },
    ],
    [
      'of variables for an application credential',
      {
        env: {
          OS_AUTH_TYPE: 'v3applicationcredential',
          OS_AUTH_URL: 'https://e/v3',
          OS_APPLICATION_CREDENTIAL_ID: 'i',
          OS_APPLICATION_CREDENTIAL_SECRET: 's',
        },
      },
      { auth: { type: 'application-credential', id: 'i', name: null, user: null, secret: 's' } },
    ],
  ])('%s', async (_, given, expected) => {
    expect(await read(given)).toMatchObject(expected);
  });
});
