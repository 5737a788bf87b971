/** Lock files: the commits a cluster was built from, written so that another cluster can be built from the same. */
import { stringify } from 'yaml';
import { z } from 'zod';
import { readDocument } from '../document/read.ts';
import { rule } from '../document/report.ts';
import { sourceKeys } from '../roles/project-sources.ts';

const COMMIT = /^[0-9a-f]{40}$/;
const commit = z
  .string()
  .refine((value) => COMMIT.test(value), rule('bad-value', 'not a commit', 'write all 40 hex digits'));

const schema = z.strictObject({
  version: z.literal(1),
  /** Of DevStack itself. */
  devstack: z.strictObject({ ref: z.string(), commit }),
  projects: z.record(
    z.string(),
    z.strictObject({ commit, repo: z.string().nullable().default(null), nodes: z.array(z.string()).default([]) }),
  ),
});

export type CommitLock = z.infer<typeof schema>;

/** The file's text; its comment says how it is used. */
export function renderLock(cluster: string, lock: CommitLock): string {
  const comment = [
    ` The commits that ${cluster} was built from.`,
    ' To build from the same ones: ./builder create --lock FILE, with the same layout.',
  ];
  return `${comment.map((line) => `#${line}\n`).join('')}\n${stringify(lock)}`;
}

/** @throws all problems together, each `at` its `file:line:column`. */
export function readLock(text: string, file: string): CommitLock {
  return readDocument({ text, file, noun: 'the lock file', schema, check: () => undefined });
}

/** What a lock means to a layout: DevStack's commit, and a line of local.conf for each project that DevStack can be told of. */
export interface Pins {
  readonly devstack: string;
  readonly localrc: Readonly<Record<string, string>>;
}

export function pinsOf({ devstack, projects }: CommitLock): Pins {
  const pins = Object.entries(projects).flatMap(([name, project]) => {
    const keys = sourceKeys(name);
    return keys === null ? [] : [[keys.branch, project.commit] as const];
  });
  return { devstack: devstack.commit, localrc: Object.fromEntries(pins) };
}
