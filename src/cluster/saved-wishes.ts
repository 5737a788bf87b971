/** What of the command line was saved with a cluster, beside the plan's own choices. */
import type { ClusterRecord } from '../journal/state.ts';

/** The name of the cloud that needs no account: it is simulated on this machine. */
export const REHEARSAL = 'rehearsal';

type Choosing = Pick<ClusterRecord, 'choices'>;

function textOf({ choices }: Choosing, name: string): string | null {
  const value = choices[name];
  return typeof value === 'string' ? value : null;
}

/** Folder for logs and copies instead of the state's own; null for that. */
export function scratchOf(cluster: Choosing): string | null {
  return textOf(cluster, 'scratch');
}

/** The cloud it was created in, by the name of clouds.yaml; null when the OS_* variables alone decided. */
export function cloudNameOf(cluster: Choosing): string | null {
  return textOf(cluster, 'cloud');
}

/** Whether its cloud and its servers are simulated (README.rst, "Rehearsals"). */
export function isRehearsed(cluster: Choosing): boolean {
  return cloudNameOf(cluster) === REHEARSAL;
}
