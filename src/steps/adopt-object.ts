/** What a person says a lost create made: taken only where its mark proves it. */
import type { Mark } from '../cloud/cloud.ts';
import type { StepContext } from '../engine/step.ts';
import { BuilderError } from '../errors.ts';
import { isOfAttempt } from './observe-creation.ts';
import type { StepPorts } from './ports.ts';

interface Marked {
  readonly mark: Mark | null;
  readonly projectId: string;
}

/** In what way the object is not the one that this attempt made; null where it is. */
function whyNot(context: StepContext<StepPorts>, found: Marked | null): string | null {
  const { cluster } = context.ports;
  if (found === null) return 'is not there';
  if (found.projectId !== cluster.projectId) return 'is in another project';
  if (found.mark === null) return 'carries no mark of ours';
  if (found.mark.cluster !== cluster.id) return `carries the mark of another cluster (${found.mark.cluster})`;
  if (found.mark.key !== context.key) return `was made by ${found.mark.key}`;
  if (found.mark.generation !== context.generation) return `is of generation ${found.mark.generation}`;
  return isOfAttempt(context, found.mark) ? null : 'was made by another attempt; create adopts or removes it by itself';
}

/** The object, proven to be made by this very attempt: it exists, in our project, with the attempt's mark. Throws `not-ours`. */
export function proveMade<Found extends Marked>(
  context: StepContext<StepPorts>,
  kind: string,
  id: string,
  found: Found | null,
): Found {
  const why = whyNot(context, found);
  if (found !== null && why === null) return found;
  throw new BuilderError('not-ours', `${kind} ${id} ${why}`, {
    at: context.key,
    state: 'nothing was adopted; what is in doubt stays in doubt',
    fix: `find what carries the nonce ${context.nonce}; where nothing does: ./builder resolve ${context.ports.cluster.name} ${context.key} --absent`,
  });
}
