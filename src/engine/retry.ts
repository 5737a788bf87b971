/** When a retryable failure is tried again. */
import type { RetryPolicy } from './step.ts';

/** Half fixed, half jitter: base doubled for each failure, capped; milliseconds. `fraction` is in [0, 1). */
export function backoffMs(policy: RetryPolicy, failures: number, fraction: number): number {
  return Math.round(Math.min(policy.capMs, policy.baseMs * 2 ** Math.max(0, failures - 1)) * (0.5 + fraction / 2));
}
