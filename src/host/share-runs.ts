/** Work that many ask for at once and that one run does for all of them. */

/**
 * One run at a time. Who asks while one is under way waits for the next, which all who asked by then share: it begins after they
 * asked, so it does what they need. A run that failed is told to those who asked for it, and keeps nobody else from running.
 */
export function shareRuns(work: () => Promise<void>): () => Promise<void> {
  let last = Promise.resolve();
  let next: Promise<void> | null = null;
  return () => {
    if (next !== null) return next;
    const run = last.then(() => {
      next = null;
      return work();
    });
    next = run;
    last = run.catch(() => undefined);
    return run;
  };
}
