/** Serves the stand-in of DevStack as a git repository, for as long as it is wanted. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, cp, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

const run = promisify(execFile);
const tree = new URL('tree', import.meta.url).pathname;
const portAttempts = 5;
const failForm = /^(?:(?<node>[A-Za-z0-9-]+):)?(?<milestone>[A-Za-z0-9 ]+?)(?:\*(?<times>[1-9][0-9]*))?$/;

/** What a run of the served stack.sh is like. */
export interface StandinOptions {
  /** How long stack.sh takes on a node, about (default 20). */
  readonly seconds?: number;
  /** `[NODE:]MILESTONE[*TIMES]`: fails when this summary line is reached, on this node, so often on each server. */
  readonly fail?: string;
  /** Lines of trace-like noise in a whole run (default 6000). */
  readonly logLines?: number;
  /** Address to listen on; without one, that of the network the cloud's servers share with this machine. */
  readonly listen?: string;
  /** TCP port; without one, a free one. */
  readonly port?: number;
}

export interface StandinDevstack {
  /** For `devstack.repo`. */
  readonly url: string;
  /** The commit that both `stable/2026.1` and `master` stand at. */
  readonly commit: string;
  /** From now on no stack.sh fails on demand any more, also one of a node that was made before. */
  heal(): Promise<void>;
  /** Stops serving and removes what was written. */
  close(): Promise<void>;
}

/**
 * The address that servers of a cloud on this machine can reach: the first IPv4 address of an interface named like a
 * provider network's, then of a bridge; 127.0.0.1 where there is neither.
 */
export function findListenAddress(interfaces = networkInterfaces()): string {
  const addresses = Object.entries(interfaces).flatMap(([name, entries]) =>
    (entries ?? [])
      .filter((entry) => entry.family === 'IPv4' && !entry.internal)
      .map(({ address }) => ({ name, address })),
  );
  for (const wanted of [/prov/, /^br/, /^virbr/]) {
    const found = addresses.find(({ name }) => wanted.test(name));
    if (found !== undefined) {
      return found.address;
    }
  }
  return '127.0.0.1';
}

/**
 * The lines of files/standin.conf that say how a run goes; a value of local.conf goes before them.
 * @throws RangeError where `fail` is not `[NODE:]MILESTONE[*TIMES]` or a number is negative
 */
export function formatSettings(options: StandinOptions): string {
  const settings: Record<string, string> = {};
  if (options.seconds !== undefined) {
    settings['STANDIN_SECONDS'] = countText('seconds', options.seconds);
  }
  if (options.logLines !== undefined) {
    settings['STANDIN_LOG_LINES'] = countText('logLines', options.logLines);
  }
  if (options.fail !== undefined) {
    const parts = failForm.exec(options.fail);
    if (parts?.groups === undefined) {
      throw new RangeError(`fail is [NODE:]MILESTONE[*TIMES], not ${JSON.stringify(options.fail)}`);
    }
    settings['STANDIN_FAIL_NODE'] = parts.groups['node'] ?? '';
    settings['STANDIN_FAIL_MILESTONE'] = parts.groups['milestone'] ?? '';
    settings['STANDIN_FAIL_TIMES'] = parts.groups['times'] ?? '';
  }
  return Object.entries(settings)
    .map(([name, value]) => `: "\${${name}:=${value}}"\n`)
    .join('');
}

/**
 * Makes the repository and serves it with git's own daemon.
 * @throws RangeError for options that make no sense, Error where git or its daemon cannot do it
 */
export async function serveStandinDevstack(options: StandinOptions = {}): Promise<StandinDevstack> {
  const settings = formatSettings(options);
  const address = options.listen ?? findListenAddress();
  const folder = await mkdtemp(join(tmpdir(), 'standin-devstack-'));
  try {
    const commit = await makeRepository(folder, settings);
    const daemon = await startDaemon(folder, address, options.port);
    return {
      url: `git://${address}:${daemon.port}/devstack`,
      commit,
      heal: async () => {
        await run('git', ['-C', join(folder, 'devstack'), 'update-ref', '-d', 'refs/heads/standin-fails']);
      },
      close: daemon.stop,
    };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

function countText(name: string, value: number): string {
  if (!Number.isFinite(value) || value < 0) {
    throw new RangeError(`${name} is a number from 0 on, not ${value}`);
  }
  return String(value);
}

/** The same content and settings make the same commit, whoever makes it and when. */
async function makeRepository(folder: string, settings: string): Promise<string> {
  const work = join(folder, 'work');
  await cp(tree, work, { recursive: true });
  // Earlier lines win: these come before the defaults.
  const file = join(work, 'files', 'standin.conf');
  const defaults = join(work, 'files', 'standin-defaults.conf');
  await cp(file, defaults);
  await rm(file);
  await appendFile(file, `${settings}. "\${BASH_SOURCE[0]%/*}/standin-defaults.conf"\n`);
  const who = { NAME: 'Stand-in', EMAIL: 'standin@localhost', DATE: '2026-04-01T00:00:00Z' };
  const env: NodeJS.ProcessEnv = {
    PATH: process.env['PATH'],
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
  };
  for (const [name, value] of Object.entries(who)) {
    env[`GIT_AUTHOR_${name}`] = value;
    env[`GIT_COMMITTER_${name}`] = value;
  }
  const git = async (...args: string[]): Promise<string> =>
    (await run('git', ['-C', work, ...args], { env })).stdout.trim();
  await git('init', '--quiet', '--initial-branch=master');
  await git('add', '--all', '--force');
  await git('commit', '--quiet', '--message=Stand in for DevStack');
  await git('branch', 'stable/2026.1');
  if (settings.includes('STANDIN_FAIL_MILESTONE')) await git('branch', 'standin-fails');
  await git('clone', '--quiet', '--bare', work, join(folder, 'devstack'));
  await run('git', ['-C', join(folder, 'devstack'), 'config', 'uploadpack.allowAnySHA1InWant', 'true'], { env });
  return git('rev-parse', 'HEAD');
}

async function startDaemon(
  folder: string,
  address: string,
  port?: number,
): Promise<{ port: number; stop(): Promise<void> }> {
  let problem = '';
  // A free port may be taken by another between the look and the daemon's bind.
  for (let attempt = 0; attempt < (port === undefined ? portAttempts : 1); attempt += 1) {
    const chosen = port ?? (await findFreePort(address));
    const outcome = await tryDaemon(folder, address, chosen);
    if (typeof outcome !== 'string') {
      return { port: chosen, stop: outcome };
    }
    problem = outcome;
  }
  throw new Error(`git daemon does not listen on ${address}: ${problem}`);
}

// The daemon and the folder go when stdin ends, also where this process was killed and could not see to it; a word on
// stdin keeps the folder. The shell outlives the Ctrl-C that a terminal sends to all, and lets go of stderr, so that
// its end is the daemon's.
const guard = `
  folder=$1; shift
  trap '' INT HUP
  "$@" & daemon=$!
  exec 2>/dev/null
  read -r _ || rm -rf "$folder"
  kill "$daemon"
  wait "$daemon"
`;

/** A function that stops the daemon, or what it said before it ended. */
async function tryDaemon(folder: string, address: string, port: number): Promise<string | (() => Promise<void>)> {
  // The daemon itself, not `git daemon`: that one's child outlives it.
  const program = join((await run('git', ['--exec-path'])).stdout.trim(), 'git-daemon');
  const args = ['--verbose', '--export-all', '--reuseaddr', `--listen=${address}`, `--port=${port}`];
  const command = [program, ...args, `--base-path=${folder}`, folder];
  const child = spawn('sh', ['-c', guard, 'sh', folder, ...command], { stdio: ['pipe', 'ignore', 'pipe'] });
  const ended = once(child, 'close');
  const said: string[] = [];
  const isReady = await new Promise<boolean>((resolve, reject) => {
    child.once('error', reject);
    createInterface({ input: child.stderr })
      .on('close', () => resolve(false))
      .on('line', (line) => {
        if (line.includes('Ready to rumble')) {
          resolve(true);
        } else if (said.length < 20) {
          said.push(line);
        }
      });
  });
  if (!isReady) {
    child.stdin.end('keep\n');
    await ended;
    return said.join('; ');
  }
  return async () => {
    child.stdin.end();
    await ended;
  };
}

async function findFreePort(address: string): Promise<number> {
  const server = createServer().listen(0, address);
  await once(server, 'listening');
  const bound = server.address();
  server.close();
  await once(server, 'close');
  if (bound === null || typeof bound === 'string') {
    throw new Error(`${address} gave no port`);
  }
  return bound.port;
}
