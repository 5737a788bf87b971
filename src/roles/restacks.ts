/** How often stack.sh may be run again on the server where it failed, after unstack.sh (devstack.md section 2.6). */
import { ROLE_NAMES, roleNamed } from './index.ts';

/** For each server; then only a fresh one helps. */
export const MOST_RESTACKS = 2;

/** Which stack.sh of its server a step's input means: 0 for the first, also where an earlier builder did not say it. */
export function restackOf({ restack }: Readonly<Record<string, unknown>>): number {
  return typeof restack === 'number' ? restack : 0;
}

/** How many of them a node of this role has left after `restack` ones; none where its role is not known, or others hang on it. */
export function restacksLeft(role: string | undefined, restack: number): number {
  const known = ROLE_NAMES.find((name) => name === role);
  return known !== undefined && roleNamed(known).canRestack ? Math.max(0, MOST_RESTACKS - restack) : 0;
}
