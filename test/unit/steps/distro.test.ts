/** What a node runs is judged by the branch of the plan, and told to its local.conf. */
import { describe, expect, test } from 'vitest';
import type { StepContext } from '../../../src/engine/step.ts';
import type { Layout } from '../../../src/layout/layout.ts';
import { checkServer } from '../../../src/steps/check-server.ts';
import { writeLocalConf } from '../../../src/steps/configure-devstack.ts';
import type { StepPorts } from '../../../src/steps/ports.ts';
import { load } from '../layout/small-layout.ts';

const ACCESS = { node: 'all', user: 'debian', access: 'fixed', isHeld: false } as const;

interface Told {
  readonly reports: string[];
  readonly saved: string[];
  readonly context: StepContext<StepPorts>;
}

function open(ref: string, output: string, outputs: Readonly<Record<string, object>> = {}): Told {
  const layout: Layout = load('version: 1\nname: x\ngroups:\n  all: {role: allinone}\n', { branch: ref });
  const known: Readonly<Record<string, object>> = {
    'create-port/all': { address: '10.0.0.5' },
    'make-host-key/all': { hostKey: 'ssh-ed25519 AAAA' },
    ...outputs,
  };
  const nothing = async (): Promise<void> => undefined;
  const [reports, saved]: [string[], string[]] = [[], []];
  const ports = {
    clock: { now: () => new Date(1_000_000_000) },
    cluster: { layout },
    secrets: { get: () => 'a1b2c3d4e5' },
    keys: { publicOf: () => '' },
    node: () => ({ runShortJob: async () => ({ verdict: 'exited', code: 0, output, logBytes: 0, logSha256: '' }) }),
    openLog: async () => ({ restart: nothing, append: nothing, end: nothing, close: nothing }),
    saveLocalConf: async (_node: string, text: string) => void saved.push(text),
  };
  const context = {
    key: 'step/all',
    generation: 1,
    attempt: 1,
    signal: new AbortController().signal,
    report: (text: string) => reports.push(text),
    outputOf: (key: string) => known[key],
    findOutput: (key: string) => known[key] ?? null,
    ports,
  } as unknown as StepContext<StepPorts>;
  return { reports, saved, context };
}

function check(
  ref: string,
  system: string,
  isForced = false,
): { readonly told: Told; readonly done: Promise<unknown> } {
  const told = open(ref, `${system}\ndisk_free_kb=99999999\nepoch_seconds=1000000\n`);
  return { told, done: checkServer.perform(told.context, { ...ACCESS, isForced }) };
}

describe('a server', () => {
  test('that the branch does not run on is refused before anything is installed', async () => {
    const { done } = check('stable/2026.1', 'distro=ubuntu\nversion=22.04');
    await expect(done).rejects.toMatchObject({
      code: 'distro',
      at: 'check-server/all',
      message: expect.stringMatching(
        /^all runs ubuntu 22\.04; DevStack stable\/2026\.1 supports Ubuntu 24\.04; /,
      ) as string,
      state: 'the servers exist; nothing was installed on them',
      fix: 'choose another image, or --branch stable/2025.2: ./builder destroy, then create it anew',
    });
  });
  test('that another branch runs on is taken there', async () => {
    const { told, done } = check('stable/2025.2', 'distro=ubuntu\nversion=22.04');
    expect(await done).toMatchObject({ distro: 'ubuntu', version: '22.04' });
    expect(told.reports).toEqual([expect.stringContaining('W2103 experimental: ubuntu 22.04 ')]);
  });
  test('that no branch runs on is refused for a tag too, unless somebody insists', async () => {
    await expect(check('2024.2-eol', 'distro=fedora\nversion=44').done).rejects.toMatchObject({ code: 'distro' });
    expect(await check('2024.2-eol', 'distro=fedora\nversion=44', true).done).toMatchObject({ distro: 'fedora' });
  });
  test('that a tag may run on is taken and told', async () => {
    const { told, done } = check('2024.2-eol', 'distro=ubuntu\nversion=24.04');
    await done;
    expect(told.reports).toEqual([expect.stringContaining('W2102 distro: ')]);
  });
  test('that says nothing of itself is refused', async () => {
    await expect(check('master', '').done).rejects.toMatchObject({
      message: expect.stringMatching(/^all runs unknown; /) as string,
    });
  });
});

test('local.conf is written for what the server runs', async () => {
  const told = open('stable/2025.2', '', { 'check-server/all': { distro: 'rocky', version: '9.5' } });
  await writeLocalConf.perform(told.context, {
    ...ACCESS,
    mtu: 1450,
    fragment: '',
    plugin: null,
    pluginCommits: {},
    overlayAddress: null,
    overlayAddresses: [],
  });
  expect(told.saved).toEqual([expect.stringContaining('\nPYTHON3_VERSION=3.11\n')]);
});
