/** When a retryable failure is tried again. */
import type { RetryPolicy } from './step.ts';

/**
 * Full jitter: anything up to base doubled for each failure, capped; milliseconds. `fraction` is in [0, 1).
 * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function backoffMs(policy: RetryPolicy, failures: number, fraction: number): number {
  return Math.round(Math.min(policy.capMs, policy.baseMs * 2 ** Math.max(0, failures - 1)) * fraction);
}
