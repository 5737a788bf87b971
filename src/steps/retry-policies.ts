/** How often and how fast steps are tried again. */
import type { RetryPolicy } from '../engine/step.ts';

/** For requests to the cloud: its client has already retried what may be retried at once. */
export const CLOUD_RETRY: RetryPolicy = { attempts: 5, baseMs: 2_000, capMs: 60_000 };
/** Room for a settle window of an hour, with half an hour in which the cloud is not reached. */
export const CLOUD_LIMIT_MS = 100 * 60_000;
/** For work on nodes: mirrors and networks recover within minutes. */
export const NODE_RETRY: RetryPolicy = { attempts: 5, baseMs: 5_000, capMs: 60_000 };
