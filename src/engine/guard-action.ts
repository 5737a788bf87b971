/** Running what a step does: under its time limit, with what it throws told apart. */
import { BuilderError, type ErrorCode, messageOf } from '../errors.ts';
import type { Clock } from '../host/clock.ts';

export interface ActionLimits {
  readonly clock: Clock;
  /** The run's: aborts when it stops. */
  readonly signal: AbortSignal;
  readonly timeLimitMs: number;
  /** The step's failure when time is up before it ends. */
  readonly late: BuilderError;
}

/** Trouble of this machine or this builder, not of the step: it ends the run, and the attempt stays as it is. */
const OURS: readonly ErrorCode[] = ['internal', 'fenced', 'disk-full', 'io'];

function isAbort(error: unknown, signal: AbortSignal): boolean {
  return error === signal.reason || (error instanceof Error && error.name === 'AbortError');
}

/** A bug ends the run; it is wrapped once, so that everybody above deals with one kind of error. */
export function toInternal(error: unknown): BuilderError {
  if (error instanceof BuilderError) return error;
  return new BuilderError('internal', messageOf(error), {
    state: 'nothing more is begun; what was open is looked at by the next run',
    fix: 'please report this, with the output of the same command and --debug',
    cause: error,
  });
}

/** What an action's failure means for its attempt. Throws what ends the run. */
function judge(error: unknown, { signal, late }: ActionLimits, limit: AbortSignal): BuilderError {
  if (signal.aborted && (error instanceof BuilderError || isAbort(error, signal))) {
    // Whatever it was, the next run finds out: an aborted request may have had its effect.
    return new BuilderError('canceled', messageOf(error), { cause: error });
  }
  if (limit.aborted && isAbort(error, limit)) return late;
  if (!(error instanceof BuilderError) || OURS.includes(error.code)) throw toInternal(error);
  // A request that time cut off is reported in its own way; only if its effect is unknown does that say more than we know.
  return limit.aborted && error.disposition !== 'in-doubt' ? late : error;
}

/**
 * Runs an action with a signal that aborts when the run stops or time is up; a value that comes late still counts. What the
 * action throws on purpose is returned; bugs and this machine's own trouble are thrown, as `BuilderError`.
 */
export async function guardAction<Value>(
  limits: ActionLimits,
  action: (signal: AbortSignal) => Promise<Value>,
): Promise<{ readonly value: Value } | { readonly error: BuilderError }> {
  const limit = new AbortController();
  const over = new AbortController();
  const timer = limits.clock.sleep(limits.timeLimitMs, over.signal).then(
    () => limit.abort(limits.late),
    // Its sleep is ended when the action ends.
    () => undefined,
  );
  try {
    return { value: await action(AbortSignal.any([limits.signal, limit.signal])) };
  } catch (error) {
    return { error: judge(error, limits, limit.signal) };
  } finally {
    over.abort();
    await timer;
  }
}
