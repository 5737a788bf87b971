/** A cluster of the tests: its own state folder, a name of its own, and whatever happens, nothing left of it. */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runBuilder } from '../../support/run-builder.ts';

export interface LiveCluster {
  readonly name: string;
  readonly state: string;
  readonly createArgs: readonly string[];
  /** Command lines of every process seen while the cluster lived, for the search for secrets. */
  commandLines(): string;
  cleanUp(): Promise<void>;
}

const SAMPLE_MS = 500;

/** Nodes on a network reached directly: the live tier's cloud has one, named by BUILDER_TEST_NETWORK (`provider`). */
export async function liveCluster(
  prefix: string,
  devstackUrl: string,
  extra: readonly string[] = [],
): Promise<LiveCluster> {
  const name = `${prefix}-${randomBytes(3).toString('hex')}`;
  const state = await mkdtemp(join(tmpdir(), `builder-${name}-`));
  const lines = new Set<string>();
  const sampler = setInterval(() => {
    for (const line of execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' }).split('\n')) lines.add(line);
  }, SAMPLE_MS);
  const network = process.env['BUILDER_TEST_NETWORK'] ?? 'provider';
  return {
    name,
    state,
    createArgs: [
      'create',
      name,
      '--progress',
      'json',
      '--image',
      process.env['BUILDER_TEST_IMAGE'] ?? 'debian-12',
      '--flavor',
      process.env['BUILDER_TEST_FLAVOR'] ?? 'ds.medium',
      '--network',
      network,
      '--set',
      'network.floating_range=172.24.6.0/24',
      '--settle',
      '20',
      '--set',
      `devstack.repo=${devstackUrl}`,
      ...extra,
    ],
    commandLines: () => [...lines].join('\n'),
    async cleanUp() {
      clearInterval(sampler);
      const ended = await runBuilder(['destroy', name, '--yes', '--progress', 'none'], { state });
      // Exit 2: the state has no such cluster any more, which is what a test wants.
      if (ended.code !== 0 && ended.code !== 2) throw new Error(`destroy of ${name} failed:\n${ended.stderr}`);
      await rm(state, { recursive: true, force: true });
    },
  };
}
