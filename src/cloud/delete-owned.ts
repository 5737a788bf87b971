/** Deleting one object, after reading it again and proving that it is ours (promise S7). */
import { BuilderError } from '../errors.ts';
import type { Cloud, Mark, ResourceKind } from './cloud.ts';
import { findObject } from './find-object.ts';

/** `gone`: it answers 404. `asked`: the delete was accepted. `unsure`: it may have been. `foreign`: it is not ours after all. */
export type Deletion = 'gone' | 'asked' | 'unsure' | 'foreign' | 'locked';

interface Ownership {
  /** The cluster's. */
  readonly id: string;
  readonly scope: { readonly projectId: string };
}

interface Deletable {
  readonly kind: ResourceKind;
  readonly id: string;
  readonly mark: Pick<Mark, 'key'>;
  /** Its mark is gone; the journal has its id from the answer to our own create. */
  readonly isUnmarked?: boolean;
}

function isOurs(
  object: Deletable,
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
  object: Deletable,
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
