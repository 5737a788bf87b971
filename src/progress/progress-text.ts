/** How far a step is, in words. */
import type { Progress } from '../engine/step.ts';
import { formatRemaining } from './duration.ts';
import { safeOneLine } from './safe-text.ts';

/** An estimate below this is used up: the step takes longer than it was expected to. */
const USED_UP_MS = 1000;

/** `52 %, about 4 min left: Starting Keystone`; the words alone where nothing was measured. What matters most comes first. */
export function describeProgress(text: string, { percent, remainingMs }: Partial<Omit<Progress, 'milestone'>>): string {
  const words = safeOneLine(text);
  if (percent === undefined) return words;
  const left = (remainingMs ?? 0) < USED_UP_MS ? '' : `, ${formatRemaining(remainingMs ?? 0)}`;
  return `${percent} %${left}: ${words}`;
}
