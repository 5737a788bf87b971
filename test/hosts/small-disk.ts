/** A small disk of its own for a test: a tmpfs in a mount namespace, which goes with the process that holds it. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, rmSync, statSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'vitest';
import { errnoOf } from '../../src/host/errno.ts';
import type { Ended } from '../support/run-builder.ts';

export interface SmallDisk {
  /** Where it is mounted, for programs that run on it. */
  readonly folder: string;
  /** The same folder as the test sees it, from outside. */
  readonly seen: string;
  /** Starts a program in the namespace. While `onOutput` runs the program stands still: what fills the disk then races with nothing. */
  run(program: string, args: readonly string[], onOutput?: (text: string) => void): Promise<Ended>;
  /** Takes all room but so many bytes, until `free`. */
  fill(leftBytes: number): void;
  free(): void;
}

/** Without the variables of the tests' own cloud. */
const NO_CLOUD = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('OS_')));

/** Why there can be none here; null when there can. */
export function whyNoSmallDisk(): string | null {
  try {
    execFileSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'none', '/mnt'], { stdio: 'ignore' });
    return null;
  } catch {
    return 'small disks need root, unshare and the right to mount';
  }
}

export async function mountSmallDisk(
  mib: number,
  { onTestFinished }: Pick<TestContext, 'onTestFinished'>,
): Promise<SmallDisk> {
  const folder = mkdtempSync(join(tmpdir(), 'builder-small-disk-'));
  const hold = `mount -t tmpfs -o size=${mib}m,mode=700 none ${folder} && echo ready && exec cat`;
  const holder = spawn('unshare', ['--mount', 'sh', '-c', hold], { stdio: ['pipe', 'pipe', 'inherit'] });
  onTestFinished(async () => {
    // cat ends with its input, the namespace and the disk with it.
    const ended = once(holder, 'close');
    holder.stdin.end();
    await ended;
    rmSync(folder, { recursive: true, force: true });
  });
  await once(holder.stdout, 'data');
  const seen = `/proc/${holder.pid}/root${folder}`;
  const filler = join(seen, 'filler');
  return {
    folder,
    seen,
    async run(program, args, onOutput = () => undefined) {
      const child = spawn('nsenter', ['--mount', '--target', String(holder.pid), program, ...args], {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: NO_CLOUD,
      });
      const output = { stdout: '', stderr: '' };
      for (const name of ['stdout', 'stderr'] as const) {
        child[name].setEncoding('utf8').on('data', (text: string) => {
          output[name] += text;
          child.kill('SIGSTOP');
          onOutput(text);
          child.kill('SIGCONT');
        });
      }
      const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
      return { code, signal, ...output };
    },
    fill(leftBytes) {
      // One page at a time at the end: the last bytes are taken too.
      for (const size of [1 << 20, 1 << 12]) {
        try {
          for (;;) appendFileSync(filler, Buffer.alloc(size, 1));
        } catch (error) {
          if (errnoOf(error) !== 'ENOSPC') throw error;
        }
      }
      truncateSync(filler, Math.max(0, statSync(filler).size - leftBytes));
    },
    free: () => rmSync(filler),
  };
}
