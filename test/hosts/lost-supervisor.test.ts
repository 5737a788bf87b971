/** What a supervisor does that comes after one that died: it never begins a script again, and trusts no process number alone. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readAgentText } from '../../src/remote/agent-text.ts';

const LIMIT_MS = 10_000;
const BOOT = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();

let root = '';
let job = '';

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'builder-supervisor-'));
  job = join(root, 'jobs', 'one');
  mkdirSync(job, { recursive: true });
  writeFileSync(join(root, 'agent.sh'), readAgentText());
  writeFileSync(join(job, 'script'), `echo ran >>${root}/effects\n`);
  writeFileSync(join(job, 'env'), '');
  writeFileSync(join(job, 'spec'), 'script -\nenv -\nwall_ms 60000\n');
  writeFileSync(join(job, 'started'), `boot_id ${BOOT}\nuptime 1\n`);
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

/** The verdict that a supervisor comes to; empty when it comes to none in time. */
function supervise(): string {
  spawnSync('sh', [join(root, 'agent.sh'), 'supervise', root, 'one', '300', '300'], {
    stdio: 'ignore',
    timeout: LIMIT_MS,
  });
  const record = join(job, 'exit');
  return existsSync(record) ? (/^verdict (\w+)/.exec(readFileSync(record, 'utf8'))?.[1] ?? '') : '';
}

test(
  'a script that may have begun is never begun again',
  () => {
    expect(supervise()).toBe('lost');
    expect(existsSync(join(root, 'effects'))).toBe(false);
  },
  2 * LIMIT_MS,
);

test(
  'another process that got the number of ours is neither waited for nor ended',
  () => {
    const stranger = spawn('sleep', ['60'], { stdio: 'ignore', detached: true });
    try {
      writeFileSync(join(job, 'child'), `pid ${stranger.pid}\nborn 1\nsupervisor_session 1\ncgroup /\n`);
      expect(supervise()).toBe('lost');
      expect(stranger.exitCode).toBeNull();
    } finally {
      stranger.kill('SIGKILL');
    }
  },
  2 * LIMIT_MS,
);
