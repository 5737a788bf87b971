/** What the worker writes and acknowledges, known beforehand: its secrets, its log, and the shape of what it says. */
import { plannedStep } from '../../unit/journal/temporary-state.ts';

export const CLUSTER_ID = 'cluster-a';
export const LOG_SECRETS: ReadonlyMap<string, string> = new Map([['admin_password', 'hunter2hunter2']]);
export const STEPS = [plannedStep('create', 'a'), plannedStep('stack', 'a')];

/** Paths below the state's folder. */
export const VAULT_FILE = 'vault/lab.json';
export const LOG_FILE = 'clusters/lab/logs/a/stack.1.log';

/** How far the worker has come; what it says once is on the disk for good. */
export interface Acknowledged {
  readonly isSaved: boolean;
  /** Commits of the first step's attempts: an intent and a failure of each. */
  readonly commits: number;
  readonly secrets: number;
  readonly logBytes: number;
}

export const NOTHING: Acknowledged = { isSaved: false, commits: 0, secrets: 0, logBytes: 0 };

export function secretOf(index: number): string {
  return `secret ${index} `.repeat(1 + (index % 40));
}

export function logChunk(index: number): Buffer {
  const secret = index % 5 === 0 ? ' hunter2hunter2' : '';
  return Buffer.from(`${index}: installing${secret} ${'.'.repeat((index * 37) % 900)}\n`);
}
