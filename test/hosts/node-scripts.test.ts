/** The scripts that prepare a node, run by a real shell over a real sshd: what they leave, what repeating them changes, what they refuse. */
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { APPLY_PATCHES, CLONE_DEVSTACK, CONFIGURE_GIT, INSTALL_PLUGIN } from '../../src/remote/commands/checkout.ts';
import { parseFacts, READ_FACTS } from '../../src/remote/commands/facts.ts';
import { WRITE_COMPUTE_ID, WRITE_LOCAL_CONF } from '../../src/remote/commands/local-conf.ts';
import { TRUST_MIGRATION_KEYS } from '../../src/remote/commands/migration-keys.ts';
import { WRITE_MIRRORS } from '../../src/remote/commands/mirrors.ts';
import { SET_NAMES } from '../../src/remote/commands/names.ts';
import { WRITE_REPOSITORIES } from '../../src/remote/commands/packages.ts';
import { READ_COMMITS } from '../../src/remote/commands/read-commits.ts';
import { CREATE_STACK_USER } from '../../src/remote/commands/stack-user.ts';
import { type UploadedFile, writeFiles } from '../../src/remote/commands/upload.ts';
import { createLocalNodes, findMissingForNodes, type LocalNodes, type NodeAnswer } from '../standin-devstack/nodes.ts';
import { PATCH } from '../standin-devstack/patch.ts';
import { runOverSsh } from './ssh-nodes.ts';
import { whyNoSshd } from './sshd.ts';

const missing = findMissingForNodes() ?? whyNoSshd() ?? undefined;
if (missing !== undefined) {
  process.stderr.write(`skipped: the scripts that prepare nodes are run over a real sshd: ${missing}\n`);
}

let folder: string;
let nodes: LocalNodes;

beforeAll(async () => {
  if (missing !== undefined) return;
  folder = await mkdtemp(join(tmpdir(), 'node-scripts-'));
  await writeFile(join(folder, 'README'), 'a checkout of nothing\n');
  nodes = await createLocalNodes(folder);
});
afterAll(async () => {
  await nodes?.close();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

function file(path: string, text: string, mode = 0o644): UploadedFile {
  return { path, base64: Buffer.from(text).toString('base64'), mode };
}

const known: string[] = [];

/** Each test has a node of its own. */
function run(node: string, script: string, env: Readonly<Record<string, string>> = {}): Promise<NodeAnswer> {
  if (!known.includes(node)) known.push(node);
  return runOverSsh(nodes, { node, address: `192.0.2.${known.indexOf(node) + 1}` }, script, env);
}

async function succeed(node: string, script: string, env: Readonly<Record<string, string>> = {}): Promise<string> {
  const { code, output } = await run(node, script, env);
  expect(output, `exit ${code}`).toSatisfy(() => code === 0);
  return output;
}

describe.skipIf(missing !== undefined).concurrent('preparing a node', { timeout: 60_000 }, () => {
  test('names: hostname -f is the short name, peers resolve, and a second run leaves one block', async () => {
    const env = {
      NODE_NAME: 'compute-1',
      HOSTS: '127.0.0.11 controller|127.0.0.21 compute-1',
    };
    await succeed('names', SET_NAMES, env);
    const again = await succeed(
      'names',
      `${SET_NAMES}\nhostname -f; grep -c 'builder: nodes' /etc/hosts; cat /etc/hosts`,
      env,
    );
    const [full, blocks] = again.split('\n');
    expect([full, blocks]).toEqual(['compute-1', '1']);
    expect(again).toContain('127.0.0.11 controller');
    expect(again).toContain('localhost');
    expect(again).not.toContain('127.0.1.1');
  });

  test('the user stack: made once, sudo without a password, a home others can enter', async () => {
    await succeed('user', CREATE_STACK_USER);
    const output = await succeed('user', `${CREATE_STACK_USER}\nstat -c '%U %a' /opt/stack /etc/sudoers.d/50_stack_sh`);
    expect(output.trim().split('\n')).toEqual(['stack 755', 'root 440']);
  });

  test('given package sources replace the image’s own, which are set aside', async () => {
    const env = { SOURCES: '/opt/sources' };
    const script = `${writeFiles('/opt/sources', [file('mirror.sources', 'Types: deb\n')])}${WRITE_REPOSITORIES}`;
    await succeed('sources', 'rm -rf /etc/apt/sources.list.d/*; echo old >/etc/apt/sources.list.d/image.sources');
    await succeed('sources', script, env);
    const output = await succeed(
      'sources',
      `${script}\nls /etc/apt/sources.list.d; cat /etc/apt/sources.list.d/builder-mirror.sources`,
      env,
    );
    expect(output.trim().split('\n')).toEqual(['builder-mirror.sources', 'image.sources.before-builder', 'Types: deb']);
  });

  test('mirrors are written where pip and apt look, however often; the image’s own pip.conf is set aside', async () => {
    const encode = (text: string): string => Buffer.from(text).toString('base64');
    const env = {
      PIP_CONF: encode('# Written by builder.\n[global]\nindex-url = http://mirror/simple\n'),
      APT_CONF: encode('Acquire::http::Proxy "http://mirror:3142";\nAcquire::http::Proxy::10.0.0.1 "DIRECT";\n'),
    };
    await succeed('mirrors', 'mkdir -p /etc/apt/apt.conf.d; echo old >/etc/pip.conf');
    await succeed('mirrors', WRITE_MIRRORS, env);
    const output = await succeed(
      'mirrors',
      `${WRITE_MIRRORS}
cat /etc/pip.conf /etc/pip.conf.before-builder; stat -c %a /etc/pip.conf; ls /etc/apt/apt.conf.d | grep builder
apt-config dump | grep -c 'mirror:3142\\|10.0.0.1 "DIRECT"'
rm /etc/apt/apt.conf.d/95builder-mirrors`,
      env,
    );
    expect(output.trim().split('\n')).toEqual([
      '# Written by builder.',
      '[global]',
      'index-url = http://mirror/simple',
      'old',
      '644',
      '95builder-mirrors',
      '2',
    ]);
  });

  test('facts are read whatever the distribution', async () => {
    const facts = parseFacts(await succeed('facts', READ_FACTS));
    expect(Object.keys(facts)).toEqual([
      'distro',
      'version',
      'codename',
      'kernel',
      'memory_kb',
      'disk_free_kb',
      'epoch_seconds',
      'init',
    ]);
    expect(Number(facts['disk_free_kb'])).toBeGreaterThan(0);
  });
});

describe.skipIf(missing !== undefined).concurrent('DevStack’s checkout', { timeout: 60_000 }, () => {
  const ORIGIN = `set -eu
rm -rf /opt/origin
git init -q /opt/origin
cd /opt/origin
git config user.name x; git config user.email x@y
echo one >stack.sh; git add .; git commit -qm one
git config uploadpack.allowAnySHA1InWant true
git rev-parse HEAD
echo two >stack.sh; git commit -qam two
chmod -R a+rX /opt/origin
`;

  async function checkout(node: string): Promise<Readonly<Record<string, string>>> {
    const commit = (await succeed(node, ORIGIN)).trim().split('\n')[0] ?? '';
    const env = { REPO: 'file:///opt/origin', REF: 'master', COMMIT: commit };
    await succeed(node, 'git config --system --replace-all safe.directory "*"');
    await succeed(node, `rm -rf /opt/stack/devstack; ${CREATE_STACK_USER}`);
    await succeed(node, CONFIGURE_GIT);
    await succeed(node, CLONE_DEVSTACK, env);
    return env;
  }

  test('is the pinned commit, owned by stack, also when the branch has moved on and the step is repeated', async () => {
    const env = await checkout('clone');
    const output = await succeed(
      'clone',
      `${CLONE_DEVSTACK}\ncat /opt/stack/devstack/stack.sh; stat -c %U /opt/stack/devstack/stack.sh`,
      env,
    );
    expect(output.trim().split('\n')).toEqual(['one', 'stack']);
  });

  test('is cloned through the proxy, where there is one', async () => {
    await succeed('proxied', `rm -rf /opt/stack/devstack; ${CREATE_STACK_USER}`);
    const env = {
      REPO: 'http://192.0.2.7/devstack',
      REF: 'master',
      COMMIT: 'a'.repeat(40),
      http_proxy: 'http://127.0.0.1:9',
      no_proxy: 'localhost',
    };
    const { code, output } = await run('proxied', CLONE_DEVSTACK, env);
    expect(code).toBe(100);
    expect(output).toMatch(/127\.0\.0\.1.* port 9|port 9/);
  });

  test('that cannot be reached is a temporary fault: exit 100', async () => {
    await succeed('unreachable', `rm -rf /opt/stack/devstack; ${CREATE_STACK_USER}`);
    const { code } = await run('unreachable', CLONE_DEVSTACK, {
      REPO: 'file:///opt/nowhere',
      REF: 'master',
      COMMIT: 'a'.repeat(40),
    });
    expect(code).toBe(100);
  });

  test('takes patches on the pinned commit, however often; one that does not apply is named', async () => {
    const { COMMIT = '' } = await checkout('patches');
    const env = { COMMIT, PATCHES: '/opt/stack/.patches' };
    const script = `${writeFiles('/opt/stack/.patches', [file('0001-add.patch', PATCH)])}${APPLY_PATCHES}`;
    await succeed('patches', script, env);
    const output = await succeed(
      'patches',
      `${script}\ncd /opt/stack/devstack; cat added.txt; git rev-list --count ${COMMIT}..HEAD`,
      env,
    );
    expect(output.trim().split('\n').slice(-2)).toEqual(['hello', '1']);
    const bad = writeFiles('/opt/stack/.patches', [
      file('0002-bad.patch', PATCH.replace('new file mode 100644\n', '').replace('/dev/null', 'a/added.txt')),
    ]);
    const refused = await run('patches', bad + APPLY_PATCHES, env);
    expect(refused.code).not.toBe(0);
    expect(refused.output).toContain('patch 0002-bad.patch does not apply');
  });

  test('has a plugin beside it: one commit that DevStack’s git_clone keeps', async () => {
    await checkout('plugin');
    const env = { PLUGIN: 'mine', UPLOADED: '/opt/stack/.plugin' };
    const script = `${writeFiles('/opt/stack/.plugin', [file('devstack/plugin.sh', 'echo hi\n', 0o755)])}${INSTALL_PLUGIN}`;
    await succeed('plugin', script, env);
    const output = await succeed(
      'plugin',
      `${script}\ncd /opt/stack/mine; git rev-list --count HEAD; stat -c '%U %a' devstack/plugin.sh`,
      env,
    );
    expect(output.trim().split('\n').slice(-2)).toEqual(['1', 'stack 755']);
  });

  test('tells each project’s commit and where it came from', async () => {
    const { COMMIT = '' } = await checkout('commits');
    const script = `${writeFiles('/opt/stack/.plugin', [file('devstack/plugin.sh', 'echo hi\n', 0o755)])}${INSTALL_PLUGIN}`;
    await succeed('commits', script, { PLUGIN: 'mine', UPLOADED: '/opt/stack/.plugin' });
    const lines = (await succeed('commits', READ_COMMITS)).trim().split('\n');
    expect(lines).toEqual([
      `commit=devstack ${COMMIT} file:///opt/origin`,
      expect.stringMatching(/^commit=mine [0-9a-f]{40} -$/),
    ]);
  });

  test('gets a local.conf that only stack can read; a torn one changes nothing', async () => {
    await checkout('conf');
    const text = "[[local|localrc]]\nADMIN_PASSWORD='a$b`c'\n";
    const env = {
      LOCAL_CONF: Buffer.from(text).toString('base64'),
      SHA256: createHash('sha256').update(text).digest('hex'),
    };
    const output = await succeed(
      'conf',
      `${WRITE_LOCAL_CONF}\ncd /opt/stack/devstack; stat -c '%U %a' local.conf; cat local.conf`,
      env,
    );
    expect(output).toBe(`stack 600\n${text}`);
    const torn = await run('conf', WRITE_LOCAL_CONF, { ...env, LOCAL_CONF: Buffer.from('torn').toString('base64') });
    expect(torn.code).not.toBe(0);
    expect(await succeed('conf', 'cat /opt/stack/devstack/local.conf')).toBe(text);
  });

  test('and a hypervisor its identity, and its peers’ keys in one block', async () => {
    await succeed('identity', CREATE_STACK_USER);
    const id = '11111111-2222-3333-4444-555555555555';
    expect(await succeed('identity', `${WRITE_COMPUTE_ID}\ncat /etc/nova/compute_id`, { COMPUTE_ID: id })).toBe(id);
    const env = { KEYS: 'ssh-ed25519 AAAA root@a|ssh-ed25519 BBBB root@b', HOSTS: 'a,127.0.0.11 ssh-ed25519 CCCC' };
    await succeed('identity', TRUST_MIGRATION_KEYS, env);
    const output = await succeed(
      'identity',
      `${TRUST_MIGRATION_KEYS}\ncat /opt/stack/.ssh/authorized_keys; grep -c CCCC /etc/ssh/ssh_known_hosts`,
      env,
    );
    expect(output.match(/ssh-ed25519/g)).toHaveLength(2);
    expect(output.trim().split('\n').at(-1)).toBe('1');
  });
});
