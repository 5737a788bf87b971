/** Errors that nobody caught: bugs, told once, and the end of the process. */

/** Nothing tries to go on; the journal stands at the last committed step, which is just another crash point. */
export function onFatalError(report: (error: unknown) => void): void {
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error: unknown) => {
      report(error);
      process.exit(1);
    });
  }
}
