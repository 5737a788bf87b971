/** What people bring along, on a node over a real sshd: files with owner and permissions, scripts with their variables. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CREATE_STACK_USER } from '../../src/remote/commands/stack-user.ts';
import { installFilesScript, userStepScript } from '../../src/remote/commands/user-files.ts';
import { createLocalNodes, findMissingForNodes, type LocalNodes, type NodeAnswer } from '../standin-devstack/nodes.ts';
import { runOverSsh } from './ssh-nodes.ts';
import { whyNoSshd } from './sshd.ts';

const missing = findMissingForNodes() ?? whyNoSshd() ?? undefined;
if (missing !== undefined) process.stderr.write(`skipped: files and steps of people over a real sshd: ${missing}\n`);

let folder: string;
let nodes: LocalNodes;
beforeAll(async () => {
  if (missing !== undefined) return;
  folder = await mkdtemp(join(tmpdir(), 'user-files-'));
  await writeFile(join(folder, 'README'), 'a checkout of nothing\n');
  nodes = await createLocalNodes(folder);
});
afterAll(async () => {
  await nodes?.close();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

function run(script: string, env: Readonly<Record<string, string>> = {}): Promise<NodeAnswer> {
  return runOverSsh(nodes, { node: 'theirs', address: '192.0.2.1' }, script, env);
}

async function succeed(script: string, env: Readonly<Record<string, string>> = {}): Promise<string> {
  const { code, output } = await run(script, env);
  expect(output, `exit ${code}`).toSatisfy(() => code === 0);
  return output;
}

const encode = (text: string): string => Buffer.from(text).toString('base64');

describe.skipIf(missing !== undefined)('on a node', { timeout: 60_000 }, () => {
  test('files are in place with owner and permissions, folders too; again they are the same, and no draft is left', async () => {
    const files = [
      { path: '/opt/theirs/deep/a.conf', base64: encode('a\n'.repeat(100)), mode: '0640', owner: 'stack:stack' },
      { path: '/opt/b.sh', base64: encode("$(id) 'BUILDER-FILE-END'\n"), mode: '755', owner: 'root' },
    ];
    const script = installFilesScript(files);
    await succeed(CREATE_STACK_USER);
    await succeed(script);
    const look = `stat -c '%n %U:%G %a' /opt/theirs /opt/theirs/deep /opt/theirs/deep/* /opt/b.sh
cat /opt/b.sh; wc -l </opt/theirs/deep/a.conf; ls /opt/*builder-new /opt/theirs/deep/*builder-new 2>/dev/null || true`;
    const first = await succeed(look);
    expect(first.trim().split('\n')).toEqual([
      '/opt/theirs stack:stack 755',
      '/opt/theirs/deep stack:stack 755',
      '/opt/theirs/deep/a.conf stack:stack 640',
      '/opt/b.sh root:root 755',
      "$(id) 'BUILDER-FILE-END'",
      '100',
    ]);
    await succeed('touch /opt/b.sh.builder-new');
    await succeed(script);
    expect(await succeed(look)).toBe(first);
  });

  test('an owner that nobody is ends the step, and what was there stays', async () => {
    await succeed('echo old >/opt/kept');
    const script = installFilesScript([
      { path: '/opt/kept', base64: encode('new'), mode: '0644', owner: 'nobody-here' },
    ]);
    const refused = await run(script);
    expect(refused.code).not.toBe(0);
    expect(refused.output).toContain('nobody-here');
    expect(await succeed('cat /opt/kept')).toBe('old\n');
  });

  test('a step runs as it is written, as root, with its variables and nothing to read', async () => {
    const text = '#!/bin/bash\ncat; echo "$NODE_NAME $CLUSTER $(id -un) ${BASH_VERSION:+bash} $PWD"\nexit 7\n';
    const script = userStepScript('user-step-1', { path: 'file', base64: encode(text), mode: 0o700 });
    const { code, output } = await run(script, { NODE_NAME: 'compute-1', CLUSTER: 'lab' });
    expect(output).toBe('compute-1 lab root bash /\n');
    expect(code).toBe(7);
  });

  test('a step without a first line of its own is read by sh', async () => {
    const file = { path: 'file', base64: encode('echo plain'), mode: 0o700 };
    expect(await succeed(userStepScript('user-step-2', file))).toBe('plain\n');
  });
});
