/** Deleting one object, after reading it again and proving that it is ours (promise S7). */
import type { Cloud, Mark } from '../cloud/cloud.ts';
import { BuilderError } from '../errors.ts';
import type { ClusterRecord } from '../journal/state.ts';
import type { Owned } from '../plan/ownership.ts';
import { findObject } from './find-object.ts';

/** `gone`: it answers 404. `asked`: the delete was accepted. `unsure`: it may have been. `foreign`: it is not ours after all. */
export type Deletion = 'gone' | 'asked' | 'unsure' | 'foreign' | 'locked';

type Ownership = Pick<ClusterRecord, 'id'> & { readonly scope: { readonly projectId: string } };

function isOurs(
  object: Owned,
  found: { readonly mark: Mark | null; readonly projectId: string },
  owner: Ownership,
): boolean {
  if (found.projectId !== owner.scope.projectId) return false;
  if (found.mark === null) return object.isUnmarked === true;
  return found.mark.cluster === owner.id && found.mark.key === object.mark.key;
}

/**
 * An object that is in use, or whose delete got no good answer, is `unsure`: a later sweep sees what became of it and asks again,
 * since a delete may be repeated. Every other failure is the caller's.
 */
export async function deleteOwned(
  cloud: Cloud,
  object: Owned,
  owner: Ownership,
  unlock: boolean,
  signal: AbortSignal,
): Promise<Deletion> {
  const found = await findObject(cloud, object, signal);
  if (found === null) return 'gone';
  if (!isOurs(object, found, owner)) return 'foreign';
  if (found.isLocked && !unlock) return 'locked';
  try {
    await found.remove(signal);
  } catch (error) {
    if (!(error instanceof BuilderError) || !['conflict', 'uncertain-write'].includes(error.code)) throw error;
    return 'unsure';
  }
  return 'asked';
}
