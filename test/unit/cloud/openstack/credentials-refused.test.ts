/** What is wrong with credentials is named with its place, and no secret with it. */
import { describe, expect, it } from 'vitest';
import { BuilderError } from '../../../../src/errors.ts';
import { A, type Case, ENV, HOME, read } from './credential-world.ts';

describe('credentials are refused', () => {
  it.each<[string, Case, object]>([
    ['with OS_VERIFY=no', { env: { ...ENV, OS_VERIFY: 'no' } }, { code: 'tls-off', at: 'OS_VERIFY' }],
    [
      'with insecure in a file',
      {
        files: {
          [HOME]: `${A}    insecure: "true"
`,
        },
      },
      { code: 'tls-off', at: `${HOME}:8` },
    ],
    [
      'with a token type and no token',
      { env: { OS_AUTH_TYPE: 'token', OS_AUTH_URL: 'https://e/v3' } },
      { code: 'no-credentials', fix: 'export OS_TOKEN=…' },
    ],
    [
      'with a region that has no name',
      {
        files: {
          [HOME]: `${A}    regions: [{values: {}}]
`,
        },
      },
      { code: 'bad-credentials-file' },
    ],
    [
      'with an application credential by a name without a user',
      {
        env: {
          OS_AUTH_URL: 'https://e/v3',
          OS_APPLICATION_CREDENTIAL_NAME: 'n',
          OS_APPLICATION_CREDENTIAL_SECRET: 's',
        },
      },
      { code: 'no-credentials' },
    ],
    [
      'where there are none, saying where was looked',
      { env: { HOME: '/home/me' } },
      {
        code: 'no-credentials',
        state: `searched: /here/clouds.yaml, ${HOME}, /etc/xdg/openstack/clouds.yaml, /etc/openstack/clouds.yaml`,
      },
    ],
    [
      'where several are and none was chosen',
      { files: { [HOME]: `${A}  b: {}\n` } },
      { code: 'no-credentials', message: `no cloud chosen; ${HOME} knows a, b` },
    ],
    [
      'of an unknown cloud, naming the known ones',
      { files: { [HOME]: A }, env: { OS_CLOUD: 'labb' } },
      { code: 'unknown-cloud', message: '"labb"; known: a', at: HOME },
    ],
    [
      'of an unknown cloud where there is no file',
      { env: { OS_CLOUD: 'labb' } },
      { code: 'unknown-cloud', message: '"labb"; no cloud is known' },
    ],
    [
      'where a cloud has the name of the variables',
      { files: { [HOME]: A }, env: { ...ENV, OS_CLOUD_NAME: 'a' } },
      { code: 'bad-credentials-file', at: HOME },
    ],
    [
      'of broken YAML, with its place',
      { files: { [HOME]: 'clouds:\n  a: b: c\n' } },
      { code: 'bad-credentials-file', at: expect.stringMatching(/clouds\.yaml:2:\d+$/) as string },
    ],
    [
      'of broken JSON, with its place',
      { files: { '/here/clouds.json': '{\n  "a": 1 x}' } },
      { code: 'bad-credentials-file', at: '/here/clouds.json:2:10' },
    ],
    ['of a file that is a list', { files: { [HOME]: '- a\n' } }, { code: 'bad-credentials-file' }],
    ['of a cloud that is a list', { files: { [HOME]: 'clouds: {a: []}' } }, { code: 'bad-credentials-file' }],
    [
      'without auth_url',
      { files: { [HOME]: 'clouds: {a: {auth: {username: u}}}' } },
      { code: 'bad-credentials-file', message: `no auth_url in cloud "a" of ${HOME}` },
    ],
    [
      'without OS_AUTH_URL',
      { env: { OS_USERNAME: 'u' } },
      { code: 'no-credentials', fix: 'export OS_AUTH_URL=https://…, or OS_CLOUD=…' },
    ],
    ['with an auth_url that is none', { env: { ...ENV, OS_AUTH_URL: 'keystone:5000' } }, { code: 'no-credentials' }],
    [
      'without a user',
      { env: { OS_AUTH_URL: 'https://e/v3', OS_PASSWORD: 'p' } },
      { code: 'no-credentials', fix: 'export OS_USERNAME=…' },
    ],
    [
      'without a password',
      { files: { [HOME]: A.replace('      password: p\n', '') } },
      { code: 'no-credentials', fix: 'add password to its auth' },
    ],
    [
      'with half an application credential',
      {
        env: {
          OS_AUTH_TYPE: 'v3applicationcredential',
          OS_AUTH_URL: 'https://e/v3',
          OS_APPLICATION_CREDENTIAL_ID: 'i',
        },
      },
      { code: 'no-credentials' },
    ],
    [
      'of a kind that we cannot',
      { env: { ...ENV, OS_AUTH_TYPE: 'v3oidcpassword' } },
      { code: 'bad-credentials-file', message: 'the OS_* variables: auth_type "v3oidcpassword" is not supported' },
    ],
    [
      'for a region the cloud does not have',
      { files: { [HOME]: `${A}    region_name: R\n` }, options: { region: 'S' } },
      { code: 'bad-credentials-file', message: 'cloud "a" has no region "S"; it has R' },
    ],
    [
      'with a cacert that is not there',
      { files: { [HOME]: `${A}    cacert: ca.pem\n` } },
      { code: 'bad-credentials-file', message: 'cacert: there is no /here/ca.pem', at: `${HOME}:8` },
    ],
    ['with verify: no', { files: { [HOME]: `${A}    verify: no\n` } }, { code: 'tls-off', at: `${HOME}:8` }],
    ['with insecure', { env: { ...ENV, OS_INSECURE: 'True' } }, { code: 'tls-off', at: 'OS_INSECURE' }],
    [
      'with Node’s own switch',
      { files: { [HOME]: A }, env: { NODE_TLS_REJECT_UNAUTHORIZED: '0' } },
      { code: 'tls-off', at: 'NODE_TLS_REJECT_UNAUTHORIZED=0' },
    ],
  ])('%s', async (_, given, expected) => {
    const error: unknown = await read(given).catch((refused: unknown) => refused);
    expect(error).toBeInstanceOf(BuilderError);
    expect(error).toMatchObject(expected);
  });

  it('without telling what stands in a broken file', async () => {
    const files = {
      [HOME]: 'clouds:\n  a:\n    password: hunter2\n   bad: [\n',
      '/here/clouds.json': '{"password": "hunter2", x',
    };
    for (const [path, text] of Object.entries(files)) {
      const error: unknown = await read({ files: { [path]: text } }).catch((refused: unknown) => refused);
      expect(error).toMatchObject({ code: 'bad-credentials-file' });
      expect(`${String(error)} ${JSON.stringify(error)}`).not.toContain('hunter2');
    }
  });
});

describe('warnings', () => {
  it('tell of a file with a secret that others may read', async () => {
    const { warnings } = await read({ files: { [HOME]: A }, mode: 0o644 });
    expect(warnings).toEqual([`W3003 loose-permissions: ${HOME} is 0644 and holds a secret: chmod 600 ${HOME}`]);
  });

  it('keep silent about a file without one', async () => {
    const files = { [HOME]: A.replace('      password: p\n', '') };
    expect((await read({ files: { ...files, '/x': 'clouds: {}' }, env: { ...ENV }, mode: 0o644 })).warnings).toEqual(
      [],
    );
  });

  it('tell of a profile that nobody knows', async () => {
    const { warnings } = await read({ files: { [HOME]: `${A}    profile: vexxhost\n` } });
    expect(warnings).toEqual([expect.stringContaining('W3002 unknown-profile')]);
  });
});
