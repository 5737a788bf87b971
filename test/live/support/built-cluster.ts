/** What must be true of a cluster that was built, looked at from outside: its nodes, our files, the terminal. */
import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { createRedactor } from '../../../src/host/redact.ts';
import { runBuilder } from '../../support/run-builder.ts';
import type { LiveCluster } from './live-cluster.ts';

/** What a command on a node prints. */
export async function onNode(cluster: LiveCluster, node: string, ...command: readonly string[]): Promise<string> {
  // What a node prints of its own is not the builder's terminal.
  const ended = await runBuilder(['ssh', cluster.name, node, '--', ...command], cluster);
  expect(ended.stderr + ended.stdout, `ssh ${node}`).not.toContain('error E');
  return ended.stdout;
}

export async function expectOneStack(cluster: LiveCluster, node: string): Promise<void> {
  const runs = await onNode(cluster, node, 'cat', '/var/log/standin-stack-runs');
  expect(runs.trim().split('\n'), `stack.sh on ${node}`).toHaveLength(1);
}

async function readSecrets({ state, name }: LiveCluster): Promise<ReadonlyMap<string, string>> {
  const vault = JSON.parse(await readFile(join(state, 'vault', `${name}.json`), 'utf8')) as {
    secrets: Record<string, string>;
  };
  return new Map(Object.entries(vault.secrets));
}

/** The kept log of stack.sh is the server's, byte for byte but for the secrets. */
export async function expectWholeLog(cluster: LiveCluster, node: string): Promise<void> {
  const raw = await onNode(cluster, node, 'sudo', 'cat', '/var/lib/builder/jobs/run-stack-g1/log');
  const wanted = createRedactor(await readSecrets(cluster)).text(raw);
  const path = join(cluster.state, 'clusters', cluster.name, 'logs', node, 'run-stack.1.log');
  const kept = await readFile(path, 'utf8');
  const digest = (text: string): string => createHash('sha256').update(text).digest('hex');
  expect(digest(kept), `the log of stack.sh on ${node}`).toBe(digest(wanted));
  expect(kept).toContain('‹admin_password›');
}

export async function filesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

/** Where passwords are kept for who may read them: the builder's vault, and the file that people's openstack reads. */
function isForSecrets(path: string): boolean {
  return path.includes('/vault/') || path.endsWith('/secure.yaml');
}

/** No password in the state, the logs, the terminal or a command line. */
export async function expectNoPasswords(cluster: LiveCluster, terminal: string): Promise<void> {
  const passwords = [...(await readSecrets(cluster))].filter(([name]) => name.endsWith('_password'));
  expect(passwords.length).toBeGreaterThanOrEqual(4);
  const kept = await filesBelow(cluster.state);
  for (const path of kept.filter(isForSecrets)) expect((await stat(path)).mode & 0o077, path).toBe(0);
  const paths = kept.filter((path) => !isForSecrets(path));
  expect(paths.some((path) => path.endsWith('state.db'))).toBe(true);
  const files = await Promise.all(
    paths.map(async (path) => [path, (await readFile(path)).toString('latin1')] as const),
  );
  const places = [...files, ['the terminal', terminal] as const, ['ps', cluster.commandLines()] as const];
  for (const [name, value] of passwords)
    for (const [path, text] of places) expect(text.includes(value), `${name} in ${path}`).toBe(false);
}
