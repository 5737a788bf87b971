/** The error of work that its signal ended. */
import { BuilderError } from '../errors.ts';

/** The error for an aborted signal: its own reason where that is one of ours. */
export function canceledBy(signal: AbortSignal): BuilderError {
  return signal.reason instanceof BuilderError
    ? signal.reason
    : new BuilderError('canceled', 'stopped on request', { cause: signal.reason });
}
