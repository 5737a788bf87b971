/** status, list, logs and ssh as the command line calls them. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { parse as parseYaml } from 'yaml';
import type { Io } from '../../../src/commands/command.ts';
import { runCommandLine } from '../../../src/commands/command-line.ts';
import { systemClock } from '../../../src/host/clock.ts';
import { systemRandom } from '../../../src/host/random.ts';
import {
  began,
  makeAttempt,
  makeCluster,
  makeLog,
  makeStep,
  openReader,
  type Rows,
  someOwner,
} from '../cluster/fake-state.ts';

const state = vi.hoisted(() => ({ rows: undefined as unknown }));
vi.mock('../../../src/journal/open.ts', () => ({ readState: () => openReader(state.rows as Rows) }));

let folder = '';
let out = '';
let notes = '';
const lab = makeCluster('lab', ['controller', 'compute-1']);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'verbs-'));
  out = '';
  notes = '';
  state.rows = { clusters: [lab], steps: [makeStep('create-port', 'controller', 'pending')] } satisfies Rows;
});
afterEach(() => {
  rmSync(folder, { recursive: true });
  vi.unstubAllEnvs();
});

function openIo(facts: Partial<Io> = {}): Io {
  return {
    stdout: (text) => {
      out += text;
    },
    stderr: (text) => {
      notes += text;
    },
    isTty: { stdin: false, stdout: false, stderr: false },
    columns: 80,
    rows: 24,
    environment: { BUILDER_STATE: folder },
    cwd: folder,
    signal: new AbortController().signal,
    clock: { ...systemClock, now: () => began },
    random: systemRandom,
    rehearse: () => Promise.reject(new Error('nobody rehearses here')),
    ...facts,
  };
}

const call = (words: readonly string[], io = openIo()): Promise<number> => runCommandLine(words, io);

describe('status', () => {
  test('prints data to stdout only, in the format asked for', async () => {
    expect(await call(['status', '-f', 'json'])).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      cluster: 'lab',
      nodes: [{ name: 'controller', state: 'pending' }, {}],
      total: 1,
    });
    expect(notes).toBe('');
  });

  test('prints a table, YAML or values', async () => {
    await call(['status', 'lab']);
    expect(out).toContain('NODE        ROLE        STATE');
    out = '';
    await call(['status', 'lab', '--format', 'yaml']);
    expect(parseYaml(out)).toMatchObject({ cluster: 'lab' });
    out = '';
    await call(['status', 'lab', '-f', 'value']);
    expect(out.split('\n')[0]).toBe('controller\tcontroller\tpending\t0/1\t-\t-\t');
  });

  test('names what exists when the cluster is unknown', async () => {
    await expect(call(['status', 'labx'])).rejects.toMatchObject({
      code: 'unknown-cluster',
      fix: 'the state has: lab',
    });
  });
});

test('list shows one line per cluster, and nothing but a header for an empty state', async () => {
  await call(['list', '-f', 'value']);
  expect(out).toBe('lab\tcreating\t1/2\t0/1\n');
  state.rows = { clusters: [] } satisfies Rows;
  out = '';
  await call(['list']);
  expect(out).toBe('CLUSTER  PHASE  NODES READY  STEPS\n');
});

describe('logs', () => {
  const step = (attempt: ReturnType<typeof makeAttempt>) =>
    makeStep('run-stack', 'controller', 'open', { attempts: [attempt] });
  let path = '';
  beforeEach(() => {
    path = join(folder, 'run-stack.1.log');
    writeFileSync(path, 'Starting \u001b[31mKeystone\n');
    state.rows = {
      clusters: [lab],
      steps: [step(makeAttempt('intent'))],
      logs: [makeLog('controller', 'run-stack/controller', 1, path)],
      owner: someOwner,
    } satisfies Rows;
  });

  test('shows what there is, made inert, and ends', async () => {
    expect(await call(['logs', 'lab', 'controller', 'run-stack'])).toBe(0);
    expect(out).toBe('Starting Keystone\n');
  });

  test('the cluster may be left out', async () => {
    await call(['logs', 'controller']);
    expect(out).toBe('Starting Keystone\n');
  });

  test('--raw gives the bytes as kept, but not to a terminal', async () => {
    await call(['logs', 'controller', '--raw']);
    expect(out).toBe('Starting \u001b[31mKeystone\n');
    const io = openIo({ isTty: { stdin: true, stdout: true, stderr: true } });
    await expect(call(['logs', 'controller', '--raw'], io)).rejects.toMatchObject({ code: 'bad-option' });
  });

  test('--follow goes on until the step ends', async () => {
    let looks = 0;
    const sleep = async (): Promise<void> => {
      looks += 1;
      writeFileSync(path, `line ${looks}\n`, { flag: 'a' });
      if (looks === 3) (state.rows as Rows).steps = [step(makeAttempt('ok'))];
    };
    expect(await call(['logs', 'controller', '--follow'], openIo({ clock: { ...systemClock, sleep } }))).toBe(0);
    expect(out).toBe('Starting Keystone\nline 1\nline 2\nline 3\n');
  });

  test('several logs are told apart on stderr', async () => {
    const other = `${path}.of-another-step`;
    writeFileSync(other, 'Reading package lists\n');
    (state.rows as Rows).logs = [
      makeLog('controller', 'install-packages/controller', 1, other),
      makeLog('controller', 'run-stack/controller', 1, path),
    ];
    await call(['logs', 'controller']);
    expect(notes).toBe(
      '==> install-packages/controller, server 1, attempt 1 <==\n==> run-stack/controller, server 1, attempt 1 <==\n',
    );
    expect(out).toBe('Reading package lists\nStarting Keystone\n');
  });
});

describe('ssh', () => {
  test('runs the system ssh with our configuration and hands back its exit code', async () => {
    const record = join(folder, 'arguments');
    writeFileSync(join(folder, 'ssh'), `#!/bin/sh\nprintf '%s\\n' "$@" > '${record}'\nexit 9\n`);
    chmodSync(join(folder, 'ssh'), 0o755);
    vi.stubEnv('PATH', `${folder}:${process.env['PATH']}`);
    const config = join(folder, 'clusters/lab/ssh_config');
    mkdirSync(join(folder, 'clusters/lab'), { recursive: true });
    writeFileSync(config, '');
    expect(await call(['ssh', 'controller', '--', 'ls', '-l', '--state', 'x'])).toBe(9);
    const { readFileSync } = await import('node:fs');
    expect(readFileSync(record, 'utf8')).toBe(
      ['-F', config, 'controller.lab', '--', 'ls', '-l', '--state', 'x', ''].join('\n'),
    );
  });

  test('says so when nothing can be reached yet', async () => {
    await expect(call(['ssh', 'lab', 'controller'])).rejects.toMatchObject({ code: 'no-ssh' });
    await expect(call(['ssh', 'lab', 'nobody'])).rejects.toMatchObject({ code: 'unknown-node' });
  });
});
