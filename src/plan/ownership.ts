/** What is ours in a survey, what is surplus, and what destroy deletes next. */
import type { Mark, ResourceKind, Survey } from '../cloud/cloud.ts';

/** A resource of any of the four kinds, as far as deleting it needs to know. */
export interface Owned {
  readonly kind: ResourceKind;
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly mark: Mark;
  readonly isLocked: boolean;
  /** Its mark is gone; the journal has its id from the answer to our own create. `mark` is what it was made with. */
  readonly isUnmarked?: boolean;
}

/** Deleted in this order, each kind only when nothing of the one before is left (reliability.md section 2.4). */
export const DELETE_ORDER: readonly ResourceKind[] = ['floating-ip', 'server', 'port', 'security-group'];

/** Everything that carries the cluster's mark and lies in our project, in delete order. */
export function ownedBy(survey: Survey, clusterId: string, projectId: string): readonly Owned[] {
  const all = [
    ...survey.floatingIps.map((ip) => ({ ...ip, kind: 'floating-ip' as const, name: ip.address, isLocked: false })),
    ...survey.servers.map((server) => ({ ...server, kind: 'server' as const })),
    ...survey.ports.map((port) => ({ ...port, kind: 'port' as const, isLocked: false })),
    ...survey.securityGroups.map((group) => ({
      ...group,
      kind: 'security-group' as const,
      status: '',
      isLocked: false,
    })),
  ];
  return all.flatMap(({ kind, id, name, status, mark, projectId: project, isLocked }) =>
    mark !== null && mark.cluster === clusterId && project === projectId
      ? [{ kind, id, name, status, mark, isLocked }]
      : [],
  );
}

/** The objects to delete now: all of the first kind in order of which any is left. */
export function nextDeletions(owned: readonly Owned[]): readonly Owned[] {
  const kind = DELETE_ORDER.find((candidate) => owned.some((object) => object.kind === candidate));
  return owned.filter((object) => object.kind === kind);
}

/**
 * Ours by mark, yet adopted by nobody: a late twin of a create that was believed lost. `adopted` holds the cloud ids in the journal.
 * An object whose nonce belongs to an attempt that is still open may yet be adopted and is left.
 */
export function surplusOf(
  owned: readonly Owned[],
  adopted: ReadonlySet<string>,
  openNonces: ReadonlySet<string>,
): readonly Owned[] {
  return owned.filter(({ id, mark }) => !adopted.has(id) && !openNonces.has(mark.nonce));
}
