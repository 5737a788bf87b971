/** The copy of a cluster's plan beside the state: with it, a state that was lost can be made anew. */
import { z } from 'zod';
import { BuilderError } from '../errors.ts';
import { readTextFile, writeFileDurably } from '../host/files.ts';
import { listFolders } from '../host/folders.ts';
import type { NewCluster } from '../journal/state.ts';
import { clusterPaths } from './paths.ts';

const json = z.record(z.string(), z.json());

const schema = z.object({
  id: z.string(),
  name: z.string(),
  scope: z.object({ authUrl: z.string(), region: z.string().nullable(), projectId: z.string(), userId: z.string() }),
  settleMs: z.number(),
  layout: json,
  choices: json,
  nodes: z.array(z.object({ name: z.string(), role: z.string(), group: z.string() })),
  steps: z.array(
    z.object({
      key: z.string(),
      kind: z.string(),
      version: z.number(),
      node: z.string().nullable(),
      lifetime: z.enum(['cluster', 'server']),
      input: json,
      after: z.array(z.string()),
    }),
  ),
});

/** Durable when it resolves. It names secrets and holds none, like the journal. */
export async function keepPlanCopy(stateFolder: string, cluster: NewCluster): Promise<void> {
  await writeFileDurably(clusterPaths(stateFolder, cluster.name).planCopy, `${JSON.stringify(cluster)}\n`);
}

function parse(path: string, text: string): NewCluster {
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    throw new BuilderError('state-damaged', `${path} is no copy of a plan`, {
      at: path,
      state: 'it was left as it is',
      fix: 'bring the file back from a backup, or remove it: without it, a cluster can be recovered to be destroyed',
      cause: error,
    });
  }
}

/** All copies in a state's folder. Throws `state-damaged` for one that cannot be read. */
export async function readPlanCopies(stateFolder: string): Promise<readonly NewCluster[]> {
  const names = await listFolders(clusterPaths(stateFolder, '').folder);
  const found = await Promise.all(
    names.map(async (name) => {
      const path = clusterPaths(stateFolder, name).planCopy;
      const file = await readTextFile(path);
      return file === null ? [] : [parse(path, file.text)];
    }),
  );
  return found.flat();
}
