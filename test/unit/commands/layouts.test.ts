/** layouts as the command line calls it: without a cloud, a state or a home. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { Io } from '../../../src/commands/command.ts';
import { runCommandLine } from '../../../src/commands/command-line.ts';
import { systemClock } from '../../../src/host/clock.ts';
import { systemRandom } from '../../../src/host/random.ts';
import { layoutJsonSchema } from '../../../src/layout/json-schema.ts';
import { checkLocalConf } from '../../../src/roles/check-local-conf.ts';
import { secretNames } from '../../../src/roles/secrets.ts';

const folder = mkdtempSync(join(tmpdir(), 'layouts-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs `layouts` with these words; nothing of the machine is there to be asked. */
async function run(words: readonly string[], isTty = false): Promise<{ readonly out: string; readonly notes: string }> {
  let out = '';
  let notes = '';
  const io: Io = {
    stdout: (text) => {
      out += text;
    },
    stderr: (text) => {
      notes += text;
    },
    isTty: { stdin: isTty, stdout: isTty, stderr: isTty },
    columns: 80,
    rows: 24,
    environment: {},
    cwd: '/',
    signal: new AbortController().signal,
    clock: systemClock,
    random: systemRandom,
    rehearse: () => Promise.reject(new Error('nobody rehearses here')),
  };
  expect(await runCommandLine(['layouts', ...words], io)).toBe(0);
  return { out, notes };
}

async function dataOf(...words: readonly string[]): Promise<unknown> {
  return JSON.parse((await run([...words, '-f', 'json'])).out);
}

function ownLayout(text: string): string {
  const file = join(folder, 'mine.yaml');
  writeFileSync(file, text);
  return file;
}

describe('the list', () => {
  test('has every shipped layout, and what it is in a sentence', async () => {
    const files = readdirSync('layouts').filter((file) => file.endsWith('.yaml'));
    const names = files.map((file) => file.replace('.yaml', ''));
    const data = (await dataOf()) as readonly { readonly name: string; readonly summary: string }[];
    expect(data.map(({ name }) => name)).toEqual(names.toSorted());
    for (const { summary } of data) expect(summary).toMatch(/^[A-Z].{10,100}$/);
  });
  test('counts nodes by role', async () => {
    const { out, notes } = await run([]);
    expect(out).toMatch(/^LAYOUT +NODES +ROLES +DEVSTACK +WHAT IT IS\n/);
    expect(out).toMatch(/^multinode +3 +controller, 2 compute +stable\/2026\.1 +A controller that/m);
    expect(notes).toBe('');
  });
});

describe('one layout', () => {
  test('is shown by its nodes, what they need and run, and the order of stack.sh', async () => {
    expect(await dataOf('multinode')).toMatchObject({
      name: 'multinode',
      file: 'layouts/multinode.yaml',
      devstack: { ref: 'stable/2026.1' },
      branch: { series: '2026.1', state: 'maintained' },
      distros: { default: 'Ubuntu 24.04', tested: 'Debian 13, 12' },
      network: { name: null, fixedRange: '10.1.0.0/20' },
      nodes: [
        { name: 'controller', role: 'controller', isHypervisor: true, minimum: { vcpus: 4 }, image: null },
        {
          name: 'compute-1',
          role: 'compute',
          services: expect.arrayContaining(['n-cpu', 'ovn-controller']) as string[],
        },
        { name: 'compute-2' },
      ],
      order: [
        { stage: 1, step: 'run-stack', nodes: ['controller'] },
        { stage: 1, step: 'start-stack', nodes: ['compute-1', 'compute-2'] },
        { stage: 2, step: 'release-stack', nodes: ['compute-1', 'compute-2'] },
        { stage: 3, step: 'run-stack', nodes: ['compute-1', 'compute-2'] },
        { stage: 4, step: 'discover-hosts', nodes: ['controller'] },
      ],
    });
  });

  test('is shown with the changes that create would make', async () => {
    const changes = ['-N', '1', '--branch', 'stable/2025.1', '--image', 'noble', '--flavor', 'compute=m1.big'];
    const more = ['--ssh-user', 'debian', '--floating-network', 'none', '--set', 'services.add=tempest'];
    expect(await dataOf('multinode', ...changes, ...more)).toMatchObject({
      devstack: { ref: 'stable/2025.1' },
      network: { floating: 'none' },
      user: 'debian',
      nodes: [
        { image: 'noble', flavor: null, services: expect.arrayContaining(['tempest']) as string[] },
        { image: 'noble', flavor: 'm1.big', services: expect.arrayContaining(['q-ovn-metadata-agent']) as string[] },
      ],
    });
  });

  test('is a page for people, the same piped and on a terminal', async () => {
    const { out, notes } = await run(['multinode', '--ssh-user', 'debian', '--set', 'devstack.git_base=https://git']);
    expect(out).toMatch(
      /^multinode: A controller that .*\n\nDevStack {2}stable\/2026\.1 \(2026\.1, maintained\) of .*, projects from https/,
    );
    expect(out).toMatch(/^controller +controller +yes +4 vCPUs, 8 GiB, 40 GB disk +- +- +-$/m);
    expect(out).toMatch(/^compute-1 compute-2 +n-cpu placement-client /m);
    expect(out).toMatch(/^3 +run-stack +compute-1 compute-2$/m);
    expect(out).toMatch(/^user +debian$/m);
    expect(notes).toBe('');
    const own = ['multinode', '--ssh-user', 'debian', '--set', 'devstack.git_base=https://git'];
    expect((await run(own, true)).out).toBe(out);
  });

  test('tells what its branch runs on, as far as anybody here knows', async () => {
    expect((await run(['multinode'])).out).toMatch(
      /^images {4}Ubuntu 24\.04 \(default\); Debian 13, 12 \(tested\); Rocky, /m,
    );
    expect((await run(['multinode', '-b', '2024.2-eol'])).out).toMatch(
      /^images .*; which of them it runs on is not known here$/m,
    );
    expect(await dataOf('multinode', '-b', '2024.2-eol')).toMatchObject({ branch: null });
  });

  test('is a line for each node as bare values', async () => {
    const { out } = await run(['all-in-one', '-f', 'value']);
    expect(out).toMatch(/^controller\tallinone\tyes\t4\t8192\t40\tkey,mysql,rabbit,[^\t]*\n$/);
  });

  test('may be a file of one’s own, of which all problems are told at once', async () => {
    const file = ownLayout(
      'version: 1\nname: mine\ngroups:\n  all: {role: allinone, cuont: 1}\n  more: {role: compuet}\n',
    );
    await expect(run([file])).rejects.toMatchObject({
      exitCode: 2,
      problems: [
        { code: 'unknown-key', at: `${file}:4:25  groups.all.cuont` },
        { code: 'bad-value', at: `${file}:5:16  groups.more.role` },
      ],
    });
    const mended = ownLayout('# Mine. Alone.\nversion: 1\nname: mine\ngroups:\n  all: {role: allinone}\n');
    expect(await dataOf(mended)).toMatchObject({ file: mended, summary: 'Mine', nodes: [{ name: 'all' }] });
    ownLayout('version: 1\nname: mine\ngroups:\n  all: {role: allinone}\n');
    expect((await run([mended])).out).toMatch(/^mine\n\n/);
  });
});

describe('the local.conf of a node', () => {
  test('is the file alone, with names for secrets; what is made up is told beside it', async () => {
    const { out, notes } = await run(['multinode', '--local-conf', 'compute-2']);
    expect(checkLocalConf(out)).toEqual([]);
    expect(secretNames(out)).toEqual(['admin_password', 'database_password', 'rabbit_password', 'service_password']);
    expect(out).toContain('\nHOST_IP=192.0.2.3\nSERVICE_HOST=192.0.2.1\n');
    expect(out).toContain('\nPUBLIC_BRIDGE_MTU=1500\n');
    expect(notes).toMatch(
      /^# local\.conf of compute-2: addresses are those of documentation and the MTU is 1500, .*\n$/,
    );
  });

  test('follows the changes', async () => {
    const { out } = await run(['multinode', '-N', '1', '--local-conf', 'compute-1', '--set', 'localrc.GIT_DEPTH=1']);
    expect(out).toContain('\nGIT_DEPTH=1\n');
  });

  test('has what the distribution needs, as far as the image’s name tells it', async () => {
    const words = ['multinode', '--local-conf', 'compute-1', '--set', 'groups.compute.image=rocky-9'];
    expect((await run(words)).out).toContain('\nPYTHON3_VERSION=3.11\n');
    expect((await run(['multinode', '--local-conf', 'controller', ...words.slice(3)])).out).not.toContain('PYTHON3');
  });

  test('is text in JSON and YAML', async () => {
    const { out } = await run(['all-in-one', '--local-conf', 'controller']);
    expect(await dataOf('all-in-one', '--local-conf', 'controller')).toEqual({ node: 'controller', local_conf: out });
    expect(parse((await run(['all-in-one', '--local-conf', 'controller', '-f', 'yaml'])).out)).toMatchObject({
      local_conf: out,
    });
    expect((await run(['all-in-one', '--local-conf', 'controller', '-f', 'value'])).out).toBe(out);
  });

  test('has an address of its own on each of very many nodes', async () => {
    const file = ownLayout(
      `version: 1\nname: many\ngroups:\n  c: {role: controller}\n${[1, 2, 3, 4].map((n) => `  h${n}: {role: compute, count: 250}\n`).join('')}`,
    );
    const { out } = await run([file, '--local-conf', 'h4-250']);
    expect(out).toContain('\nHOST_IP=198.18.0.239\nSERVICE_HOST=192.0.2.1\n');
  });
});

test('the grammar is printed as it is checked, for JSON and YAML', async () => {
  expect(JSON.parse((await run(['--schema'])).out)).toEqual(layoutJsonSchema());
  expect(parse((await run(['--schema', '-f', 'yaml'])).out)).toEqual(layoutJsonSchema());
});

describe('is refused with what to do:', () => {
  test.each([
    [['multinod'], 'layout-missing', 'did you mean "multinode"?'],
    [['./none.yaml'], 'layout-missing', expect.stringMatching(/^give a file, or one of: all-in-one, /) as string],
    [['multinode', '--local-conf', 'compute1'], 'unknown-node', 'did you mean "compute-1"?'],
    [['multinode', '--local-conf', 'x'], 'unknown-node', 'it has: controller, compute-1, compute-2'],
    [['--local-conf', 'controller'], 'bad-option', './builder layouts NAME --local-conf NODE'],
    [['-N', '3'], 'bad-option', './builder layouts NAME …'],
    [['--set', 'name=x'], 'bad-option', './builder layouts NAME …'],
    [['--schema', 'multinode'], 'bad-option', 'give it alone'],
    [['--schema', '-N', '3'], 'bad-option', 'give it alone'],
    [['multinode', '--set', 'groups.compute.cont=3'], 'unknown-key', 'did you mean "count"?'],
  ])('%j', async (words, code, fix) => {
    await expect(run(words)).rejects.toMatchObject({ code, fix, exitCode: 2 });
  });
});
