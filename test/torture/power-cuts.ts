/** T3: power cuts of journal, vault and logs, and torn write-ahead logs, as a part of a torture run. */
import { nothingFound, type Part } from './part.ts';
import { runPowerCuts, whyNoPowerCuts } from './power-cut/run-power-cuts.ts';
import { runTornLogs } from './power-cut/run-torn-logs.ts';

export const runCuts: Part = async ({ seed, deadlineMs, slice }) => {
  const skipped = whyNoPowerCuts();
  if (skipped !== null) return { figures: {}, findings: nothingFound(), skipped };
  const minutes = Math.max(0, deadlineMs - Date.now()) / 60_000 / 2;
  const wishes = { seed: seed + slice.index, minutes };
  const cuts = await runPowerCuts(wishes);
  const torn = await runTornLogs(wishes);
  const lost = cuts.lostCommits + torn.lostCommits;
  const damaged = cuts.damagedImages + torn.damagedImages;
  const trials = [...cuts.complaints, ...torn.complaints];
  return {
    figures: { powerCutImages: cuts.images + torn.images, lostCommits: lost, damagedImages: damaged },
    // An acknowledged commit that is gone would let its step run again.
    findings: { ...nothingFound(), rerun: lost + damaged > 0 ? trials.slice(0, 10) : [], trials },
    skipped: null,
  };
};
