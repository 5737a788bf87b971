/** What is wrong with credentials and the way to the cloud, rows 12 to 21. */

import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:https';
import type { TestContext } from 'vitest';
import type { Ended } from '../../support/run-builder.ts';
import { certificate, privateKey } from '../../unit/cloud/openstack/loopback-certificate.ts';
import type { BadInput } from './bad-input.ts';
import { CREATE_SMALL, openBuiltScene, openScene } from './scene.ts';
import { cloudsYaml, listen, serveBent } from './served-cloud.ts';

/** A commit needs no look at a repository, which no rehearsal answers here. */
const PLAN = ['create', '--dry-run', '--layout', 'all-in-one', '--branch', 'c'.repeat(40)] as const;

/** Nobody listens there. */
const NOWHERE = 'http://127.0.0.1:2/identity';

function planWithFile(text: string, mode: number, ...words: readonly string[]): BadInput['provoke'] {
  return async (context) => {
    const scene = openScene(context);
    return await scene.runWith({ OS_CLIENT_CONFIG_FILE: scene.file('clouds.yaml', text, mode) }, ...PLAN, ...words);
  };
}

async function planWithReadableFile(context: TestContext): Promise<Ended> {
  const scene = openScene(context);
  const { OS_AUTH_URL = '' } = await serveBent(context, scene.state, (_, body) => body);
  const file = scene.file('clouds.yaml', cloudsYaml('lab', OS_AUTH_URL), 0o644);
  return await scene.runWith({ OS_CLIENT_CONFIG_FILE: file }, ...PLAN);
}

/** One try: whoever asks again and again with a wrong password locks the account. */
async function planWithWrongPassword(context: TestContext): Promise<Ended> {
  const scene = openScene(context);
  let tries = 0;
  const environment = await serveBent(context, scene.state, (path, body) => {
    tries += path.endsWith('/auth/tokens') ? 1 : 0;
    return body;
  });
  const ended = await scene.runWith({ ...environment, OS_PASSWORD: 'not-the-password' }, ...PLAN);
  context.expect(tries).toBe(1);
  context.expect(ended.stdout + ended.stderr).not.toContain('not-the-password');
  return ended;
}

async function planWithShortToken(context: TestContext): Promise<Ended> {
  const scene = openScene(context);
  const soon = new Date(Date.now() + 38.5 * 60_000).toISOString();
  const environment = await serveBent(context, scene.state, (path, body) =>
    path.endsWith('/auth/tokens') ? body.replace(/"expires_at":"[^"]*"/, `"expires_at":"${soon}"`) : body,
  );
  const { OS_AUTH_URL = '' } = environment;
  const { OS_USERNAME, OS_PASSWORD, OS_PROJECT_NAME } = environment;
  const domain = { name: 'Default' };
  const reply = await fetch(`${OS_AUTH_URL}/v3/auth/tokens`, {
    method: 'POST',
    body: JSON.stringify({
      auth: {
        identity: { methods: ['password'], password: { user: { name: OS_USERNAME, password: OS_PASSWORD, domain } } },
        scope: { project: { name: OS_PROJECT_NAME, domain } },
      },
    }),
  });
  return await scene.runWith(
    {
      OS_AUTH_URL,
      OS_AUTH_TYPE: 'token',
      OS_TOKEN: reply.headers.get('x-subject-token') ?? '',
      OS_PROJECT_NAME: OS_PROJECT_NAME ?? '',
      OS_PROJECT_DOMAIN_NAME: 'Default',
    },
    ...PLAN,
  );
}

async function createInOtherProject(context: TestContext): Promise<Ended> {
  const scene = await openBuiltScene(context);
  scene.alter(`UPDATE clusters SET project_id = '3f3f'`);
  return await scene.run(...CREATE_SMALL);
}

/** The certificate is for 127.0.0.1, and signed by itself. */
function planOverTls(host: string, isTrusted: boolean): BadInput['provoke'] {
  return async (context) => {
    const scene = openScene(context);
    const port = await listen(createServer({ cert: certificate, key: privateKey }), context);
    const trust = isTrusted ? `    cacert: ${scene.file('ca.pem', certificate)}\n` : '';
    const file = scene.file('clouds.yaml', cloudsYaml('lab', `https://${host}:${port}/identity`, trust));
    return await scene.runWith({ OS_CLIENT_CONFIG_FILE: file }, ...PLAN);
  };
}

/** A cloud whose certificate nobody signed, that knows nobody. */
async function planUnchecked(context: TestContext): Promise<Ended> {
  const scene = openScene(context);
  const strict = createServer({ cert: certificate, key: privateKey }, ({ method }, response) => {
    const error = { code: 401, message: 'The request you have made requires authentication.', title: 'Unauthorized' };
    const version = { id: 'v3.14', status: 'stable', links: [] };
    const [status, answer] = method === 'GET' ? [200, { version }] : [401, { error }];
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  });
  const port = await listen(strict, context);
  const file = scene.file(
    'clouds.yaml',
    cloudsYaml('lab', `https://127.0.0.1:${port}/identity`, '    verify: false\n'),
  );
  return await scene.runWith({ OS_CLIENT_CONFIG_FILE: file }, ...PLAN, '--insecure-tls');
}

async function planWithHtml(context: TestContext): Promise<Ended> {
  const page = createHttpServer((_, response) => {
    response.writeHead(200, { 'content-type': 'text/html' }).end('<html>welcome</html>');
  });
  const url = `http://127.0.0.1:${await listen(page, context)}/identity`;
  return await planWithFile(cloudsYaml('lab', url), 0o600)(context);
}

/** A rule of a fault script, on the smallest cluster. */
function createWith(...rules: readonly string[]): BadInput['provoke'] {
  return async (context) => {
    const scene = openScene(context);
    return await scene.run(...CREATE_SMALL, ...scene.faults(...rules));
  };
}

export const CREDENTIAL_INPUTS: readonly BadInput[] = [
  {
    row: 12,
    how: 'no variable, no file',
    says: /^error E3001 no-credentials: no OS_\* variables and no clouds\.yaml$/,
    fix: /^export OS_CLOUD=…, or source an openrc file$/,
    exit: 3,
    async provoke(context) {
      const scene = openScene(context);
      return await scene.runWith({ HOME: scene.state, XDG_CONFIG_HOME: scene.state }, ...PLAN);
    },
  },
  {
    row: 13,
    how: 'near miss',
    says: /^error E3002 unknown-cloud: "labb"; known: lab$/,
    fix: /^choose one of them: --cloud or OS_CLOUD$/,
    exit: 3,
    provoke: planWithFile(cloudsYaml('lab', NOWHERE), 0o600, '--cloud', 'labb'),
  },
  {
    row: 14,
    how: 'goes on',
    says: /W3003 loose-permissions: \S+clouds\.yaml is 0644 and holds a secret: chmod 600 \S+$/,
    exit: 0,
    provoke: planWithReadableFile,
  },
  {
    row: 15,
    how: 'wrong password',
    says: /^error E3004 auth-failed: /,
    fix: /password|credentials/,
    exit: 3,
    provoke: planWithWrongPassword,
  },
  {
    row: 16,
    how: 'renewed',
    says: /is ready/,
    exit: 0,
    provoke: createWith('on: create-server, token: expired', 'on: list-servers, from: 3, token: expired'),
  },
  {
    row: 17,
    how: 'Keystone refuses the renewal',
    says: /^error E3005 auth-lost: /,
    fix: /credentials|password/,
    exit: 3,
    provoke: createWith(
      'on: create-server, times: always, token: expired',
      'on: issue-token, from: 2, times: always, status: 401',
    ),
  },
  {
    row: 18,
    how: '38 minutes',
    says: /^error E3006 token-too-short: 38 min left, need about 45$/,
    fix: /application credential/,
    exit: 3,
    provoke: planWithShortToken,
  },
  {
    row: 19,
    how: 'resume',
    says: /^error E3007 wrong-project: cluster devstack is in project 3f3f, the credentials give [0-9a-f]+$/,
    fix: /^use the credentials it was created with: --cloud NAME$/,
    exit: 3,
    provoke: createInOtherProject,
  },
  {
    row: 20,
    how: 'self-signed',
    says: /^error E3008 tls: 127\.0\.0\.1:\d+: self.signed certificate/,
    fix: /^name the authority's file as cacert/,
    exit: 3,
    provoke: planOverTls('127.0.0.1', false),
  },
  {
    row: 20,
    how: 'wrong host',
    says: /^error E3008 tls: localhost:\d+: .*localhost/,
    fix: /cacert|auth_url/,
    exit: 3,
    provoke: planOverTls('localhost', true),
  },
  {
    row: 21,
    how: 'verify: false',
    says: /^error E3009 tls-off: \S+clouds\.yaml:5 turns the checking of certificates off$/,
    fix: /cacert.*--insecure-tls$/,
    exit: 3,
    provoke: planWithFile(cloudsYaml('lab', 'https://127.0.0.1:9/', '    verify: false\n'), 0o600),
  },
  {
    row: 21,
    how: 'verify: false, insisted on: the cloud is reached and asks who it is',
    says: /^error E3004 auth-failed/,
    fix: /password|credentials/,
    exit: 3,
    provoke: planUnchecked,
  },
  {
    row: 21,
    how: 'NODE_TLS_REJECT_UNAUTHORIZED=0',
    says: /^error E3009 tls-off: NODE_TLS_REJECT_UNAUTHORIZED=0 turns the checking of certificates off$/,
    fix: /cacert.*--insecure-tls$/,
    exit: 3,
    async provoke(context) {
      const scene = openScene(context);
      const file = scene.file('clouds.yaml', cloudsYaml('lab', 'https://127.0.0.1:9/'));
      return await scene.runWith({ OS_CLIENT_CONFIG_FILE: file, NODE_TLS_REJECT_UNAUTHORIZED: '0' }, ...PLAN);
    },
  },
  {
    row: 35,
    how: 'connection refused',
    says: /^error E4007 unreachable: 127\.0\.0\.1:2: .*ECONNREFUSED.*, 5 tries$/,
    fix: /^check network and VPN, then run the same command again$/,
    exit: 75,
    provoke: planWithFile(cloudsYaml('lab', NOWHERE), 0o600),
  },
  {
    row: 37,
    how: 'a page instead of Keystone',
    says: /^error E4008 bad-answer: the cloud's answer \(text\/html\) cannot be understood: .*welcome/,
    fix: /^check the address of the service/,
    exit: 75,
    provoke: planWithHtml,
  },
];
