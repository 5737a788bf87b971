/** Work put off to the end of this turn of the event loop, so that what is asked for together is done together. */

/** Runs `work` once everything of this turn has run; the function it returns calls that off. */
export function atNextTurn(work: () => void): () => void {
  const scheduled = setImmediate(work);
  return () => clearImmediate(scheduled);
}
