/** T11: each condition of `destroy` after a death at every boundary of create, and after a whole one. */
import { CONDITIONS, tryDestroyUnder } from '../simulation/destroys.ts';
import { countBoundaries } from '../simulation/scenarios.ts';
import { addTrial, casesOf, nothingFound, type Part } from './part.ts';

export const runDestroys: Part = async (wishes) => {
  const { length } = await countBoundaries('create');
  const moments = Array.from({ length: length + 1 }, (_, index) => index + 1);
  const cases = moments.flatMap((at) => CONDITIONS.map((condition) => ({ at, condition })));
  const findings = nothingFound();
  const figures = { destroys: 0 };
  for (const { at, condition } of casesOf(cases, wishes)) {
    if (Date.now() >= wishes.deadlineMs) break;
    addTrial(findings, await tryDestroyUnder(condition, at));
    figures.destroys += 1;
  }
  return { figures, findings, skipped: null };
};
