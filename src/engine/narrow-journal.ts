/** A journal as seen by a run that is to touch some steps only. */
import type { Journal } from './journal.ts';

/** `keys` must hold, with a step, everything it comes after. */
export function narrowJournal(journal: Journal, keys: ReadonlySet<string>): Journal {
  return {
    clusterId: journal.clusterId,
    runId: journal.runId,
    epoch: journal.epoch,
    listSteps: () => journal.listSteps().filter(({ planned }) => keys.has(planned.key)),
    generationOf: (node) => journal.generationOf(node),
    openAttempt: (...attempt) => journal.openAttempt(...attempt),
    markUncertain: (...doubt) => journal.markUncertain(...doubt),
    recordDone: (...outcome) => journal.recordDone(...outcome),
    recordFailed: (...failure) => journal.recordFailed(...failure),
    recordMoot: (attemptId) => journal.recordMoot(attemptId),
    reopenFailed: (stepIds) => journal.reopenFailed(stepIds),
    replace: (replacement) => journal.replace(replacement),
  };
}
