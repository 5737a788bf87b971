/** strace as the hand that kills: a process dies at the entry of its n-th call of a name, knowing nothing of it. */
import { type SpawnOptions, spawn, spawnSync } from 'node:child_process';

/** Why nothing can be killed here; null when it can. */
export function whyNoStrace(): string | null {
  const { status, stderr, error } = spawnSync('strace', ['-f', '-qq', '-o', '/dev/null', 'true']);
  if (error !== undefined) return 'strace is missing (apt install strace)';
  return status === 0 ? null : `strace may not trace here: ${stderr.toString().trim()}`;
}

/** The n-th call of a name; of the first thread that comes to its n-th, or of the main one. */
export interface CallSite {
  readonly call: string;
  readonly nth: number;
  readonly thread: 'any' | 'main';
}

export function killingAt({ call, nth, thread }: CallSite): readonly string[] {
  const follow = thread === 'any' ? ['-f'] : [];
  return [...follow, '-qq', '-o', '/dev/null', '-e', `trace=${call}`, '-e', `inject=${call}:signal=KILL:when=${nth}`];
}

/** Calls that this machine's kernel does not have are left out. */
export function logging(calls: readonly string[], path: string): readonly string[] {
  return ['-f', '-qq', '-y', '-o', path, '-e', `trace=${calls.map((call) => `?${call}`).join(',')}`];
}

/** Every site in a log of a run, from the first call on that names `landmark`: before it a process starts, and does nothing. */
export function readSites(log: string, landmark: string): readonly CallSite[] {
  const counts = new Map<string, number>();
  const count = (key: string): number => {
    const next = (counts.get(key) ?? 0) + 1;
    counts.set(key, next);
    return next;
  };
  const main = /^\d+/.exec(log)?.[0];
  const most = new Map<string, number>();
  let hasBegun = false;
  return log.split('\n').flatMap((line): CallSite[] => {
    const [, thread, call = ''] = /^(\d+) +([a-z0-9_]+)\(/.exec(line) ?? [];
    if (thread === undefined) return [];
    hasBegun ||= line.includes(landmark);
    const nth = count(`${thread} ${call}`);
    const isFirst = nth > (most.get(call) ?? 0);
    if (isFirst) most.set(call, nth);
    // Opening a file changes something only where it may create it.
    const isEffect = call !== 'openat' || line.includes('O_CREAT');
    if (!hasBegun || !isEffect) return [];
    // Following the main thread alone is cheaper; of the others only who comes first can be hit.
    if (thread === main) return [{ call, nth, thread: 'main' }];
    return isFirst ? [{ call, nth, thread: 'any' }] : [];
  });
}

export interface Traced {
  readonly isKilled: boolean;
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command under strace; who is killed takes strace along, by the same signal. */
export function trace(options: readonly string[], command: readonly string[], spawned: SpawnOptions): Promise<Traced> {
  const child = spawn('strace', [...options, ...command], { ...spawned, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ isKilled: signal === 'SIGKILL', code, stdout, stderr }));
  });
}
