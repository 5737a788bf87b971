/** Where a real cluster's state lies between two runs of its tests, and which cluster that is. */
import { basename } from 'node:path';

/** What `mkdtemp` is given for the state of a cluster. */
export function statePrefix(cluster: string): string {
  return `builder-${cluster}-`;
}

/** The cluster whose state lies in this folder; null where the folder was not made for one. */
export function clusterKeptIn(folder: string): string | null {
  return /^builder-(truth-[0-9a-f]{6})-\w+$/.exec(basename(folder))?.[1] ?? null;
}
