/** `--ssh-proxy`: what it takes, where it comes from, and that its password goes to the proxy and nowhere else. */
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Parts } from '../../../src/cluster/parts.ts';
import type { Io } from '../../../src/commands/command.ts';
import { runCommandLine } from '../../../src/commands/command-line.ts';
import { BuilderError } from '../../../src/errors.ts';
import { systemClock } from '../../../src/host/clock.ts';
import { systemRandom } from '../../../src/host/random.ts';
import type { RemoteOptions } from '../../../src/remote/ssh-remote.ts';

const seen = vi.hoisted(() => ({ parts: undefined as unknown, remote: undefined as unknown }));
vi.mock('../../../src/remote/ssh-remote.ts', () => ({
  openRemote: (options: RemoteOptions) => {
    seen.remote = options;
  },
}));
vi.mock('../../../src/cluster/create.ts', () => ({
  createCluster: (_: unknown, parts: Parts) => {
    seen.parts = parts;
    parts.openRemote(null);
    throw new BuilderError('canceled', 'far enough');
  },
}));

afterEach(() => vi.restoreAllMocks());

function openIo(environment: Record<string, string>, print: (text: string) => void): Io {
  return {
    stdout: print,
    stderr: print,
    isTty: { stdin: false, stdout: false, stderr: false },
    columns: 100,
    rows: 24,
    environment,
    cwd: '/',
    signal: new AbortController().signal,
    clock: systemClock,
    random: systemRandom,
    rehearse: () => Promise.reject(new Error('nobody rehearses here')),
  };
}

/** Create up to where the cloud would be asked. */
async function create(words: readonly string[], environment: Record<string, string> = {}) {
  const argv = ['create', '--state', '/nonexistent/state', ...words];
  vi.spyOn(process, 'argv', 'get').mockReturnValue(['node', 'builder', ...argv]);
  let output = '';
  const io = openIo(environment, (text) => {
    output += text;
  });
  await expect(runCommandLine(argv, io)).rejects.toThrow('far enough');
  const { parts, remote } = seen as { readonly parts: Parts; readonly remote: RemoteOptions };
  return { output, argv: parts.argv.join(' '), shown: parts.sshProxy, used: remote.proxy };
}

test('the option comes before the variable, and neither is needed', async () => {
  const environment = { BUILDER_SSH_PROXY: 'http://other:1' };
  expect(await create(['--ssh-proxy', 'http://proxy.example:3128'], environment)).toMatchObject({
    used: 'http://proxy.example:3128',
  });
  expect(await create([], environment)).toMatchObject({ used: 'http://other:1', shown: 'http://other:1/' });
  expect(await create([], { BUILDER_SSH_PROXY: '' })).toMatchObject({ used: null, shown: null });
});

describe('the password goes to the proxy and nowhere else', () => {
  const longest = 'u'.repeat(63);
  test.each([
    ['http://me:hunter2@proxy:3128', 'http://me@proxy:3128/'],
    ['http://me%40home:hunter2~!$*+=-._%2F%26@[::1]:3128/', 'http://me%40home@[::1]:3128/'],
    ['HTTP://password:hunter2@proxy:80', 'http://password@proxy/'],
    [`http://${longest}:hunter2@proxy:3128`, `http://${longest}@proxy:3128/`],
  ])('%s', async (proxy, shown) => {
    for (const words of [['--ssh-proxy', proxy], [`--ssh-proxy=${proxy}`]]) {
      const found = await create(words);
      expect(found).toMatchObject({ used: proxy, shown });
      expect(found.argv).toMatch(/:‹redacted›@/);
      expect(found.argv + found.output).not.toContain('hunter2');
    }
  });
});

describe('anything but an HTTP proxy is refused without showing it', () => {
  test.each([
    'proxy:3128',
    'https://proxy:3128',
    'http://proxy',
    'http://:3128',
    'http://proxy:65536',
    'http://proxy:3128/path',
    'http://$(id):3128',
    'http:me:hunter2@proxy:3128',
    'http://me:hunter2&x@proxy:3128',
    'http://me:hunter2%@proxy:3128',
    'http://me%0aProxyCommand:hunter2@proxy:3128',
    `http://${'u'.repeat(64)}:hunter2@proxy:3128`,
  ])('%s', async (proxy) => {
    for (const [words, environment] of [
      [['--ssh-proxy', proxy], {}],
      [[], { BUILDER_SSH_PROXY: proxy }],
    ] as const) {
      const argv = ['create', '--state', '/nonexistent/state', ...words];
      await expect(
        runCommandLine(
          argv,
          openIo(environment, () => undefined),
        ),
      ).rejects.toMatchObject({
        code: 'bad-option',
        message: expect.stringMatching(/^--ssh-?proxy: (?!.*hunter2)/i),
      });
    }
  });
});
